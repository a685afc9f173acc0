"""One model: what a State says, every export carries."""

from dataclasses import fields, replace

import pytest

from hostile import ACCOUNT, BOT, ORG, state
from wizard.core.documents import Document
from wizard.core.state import Policy, Role
from wizard.errors import InvalidInput
from wizard.export import cloudformation, policies, script, terraform
from wizard.export import model as subject
from wizard.settings import ChosenBots, Settings, TaggedBots

FORMATS = {
    "cloudformation": cloudformation.as_yaml,
    "cloudformation json": cloudformation.as_json,
    "terraform": terraform.as_hcl,
    "cli": script.as_shell,
    "policies": policies.as_json,
}
DESIRED = state(Settings(org_id=ORG))
# A new attribute of Role or Policy must be added to these tables, and by that to each export.
OTHER_ROLE = {
    "name": "Another",
    "path": "/another/",
    "description": "another",
    "trust_policy": Document({"Version": "2012-10-17", "Statement": []}),
    "tags": {**DESIRED.role.tags, "Another": "tag"},
    "permissions_boundary": "arn:aws:iam::aws:policy/Another",
    "attachments": frozenset({"arn:aws:iam::aws:policy/Another"}),
}
OTHER_POLICY = {
    "name": "Another",
    "path": "/another/",
    "description": "another",
    "document": Document({"Version": "2012-10-17", "Statement": []}),
    "tags": {"Another": "tag"},
}
CIRCUMSTANCES = {
    "account_id": "each format asks AWS whose account it is",
    "inline_policies": "nobody can want one: a set-up embeds nothing",
    "instance_profiles": "nobody can want one",
    "last_use": "what happened",
    "version_id": "AWS's to count",
    "old_versions": "what happened",
    "attached_to": "said by the role's attachments",
}
CANNOT = {("cloudformation", "tags"), ("cloudformation json", "tags")}  # of a policy


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("field", [each.name for each in fields(Role)])
def test_each_attribute_of_the_role_is_carried_by_each_export(name, field):
    if field in CIRCUMSTANCES:
        assert field not in OTHER_ROLE
        return
    changed = replace(DESIRED, role=replace(DESIRED.role, **{field: OTHER_ROLE[field]}))
    assert FORMATS[name](changed) != FORMATS[name](DESIRED)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("field", [each.name for each in fields(Policy)])
def test_each_attribute_of_the_policy_is_carried_by_each_export(name, field):
    if field in CIRCUMSTANCES:
        assert field not in OTHER_POLICY
        return
    (policy,) = DESIRED.policies.values()
    changed = replace(policy, **{field: OTHER_POLICY[field]})
    differs = FORMATS[name](replace(DESIRED, policies={changed.arn: changed})) != FORMATS[name](
        DESIRED
    )
    assert differs is ((name, field) not in CANNOT)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("choice", [ChosenBots((BOT,)), TaggedBots("Genesys", "yes")])
def test_a_policy_that_names_the_account_needs_the_account(name, choice):
    settings = Settings(org_id=ORG, policy=choice)
    with pytest.raises(InvalidInput) as caught:
        FORMATS[name](state(settings))
    assert "--account-id" in caught.value.hint
    assert BOT.bot_id in FORMATS[name](state(settings, ACCOUNT)) or choice != ChosenBots((BOT,))


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_says_the_same_each_time(name):
    assert FORMATS[name](DESIRED) == FORMATS[name](state(Settings(org_id=ORG)))


def test_the_customer_managed_policy_is_attached_last():
    it = subject(DESIRED)
    assert it.attachments[-1] == it.policy.arn
    assert len(it.attachments) == 3
