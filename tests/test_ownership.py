"""What is not ours, another organization's or unsafe to take over is refused."""

from __future__ import annotations

import pytest

from strategies import (
    ACCOUNT,
    GENESYS,
    ORG,
    OTHER_ORG,
    POLICY,
    healthy,
    policy_document,
    with_policy,
    with_role,
)
from wizard.core.changes import plan
from wizard.core.desired import trust_policy
from wizard.core.ownership import organizations, plan_setup, policy_is_ours
from wizard.core.state import NOTHING, TAG_STACK, State
from wizard.errors import Refused
from wizard.settings import Settings

ASKED = Settings(ORG)
ADOPTING = Settings(ORG, adopt=True)
FOREIGN = with_role(healthy(), tags={"Team": "voice"})
UNTAGGED = with_policy(healthy(), tags={})


def code(settings, actual):
    with pytest.raises(Refused) as refusal:
        plan_setup(settings, ACCOUNT, actual)
    assert refusal.value.hint
    return refusal.value.code


REFUSED = {
    "a role that is not ours": (ASKED, FOREIGN, "role-not-ours"),
    "a role that says another program made it": (
        ASKED,
        with_role(healthy(), tags={"ManagedBy": "terraform"}),
        "role-not-ours",
    ),
    "another organization's role by its tag": (
        Settings(OTHER_ORG),
        healthy(),
        "another-organization",
    ),
    "another organization's role by its trust policy": (
        ADOPTING,
        with_role(FOREIGN, trust_policy=trust_policy(OTHER_ORG, GENESYS)),
        "another-organization",
    ),
    "a third organization than was to be replaced": (
        Settings(OTHER_ORG, replace_org="00000000-5e6f-7081-92a3-b4c5d6e7f809"),
        healthy(),
        "another-organization",
    ),
    "adopting a role with another attachment": (
        ADOPTING,
        with_role(
            FOREIGN,
            attachments=FOREIGN.role.attachments | {"arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        "adopt-existing-rights",
    ),
    "adopting a role with an inline policy": (
        ADOPTING,
        with_role(FOREIGN, inline_policies=frozenset({"i"})),
        "adopt-existing-rights",
    ),
    "a role of a stack": (
        ASKED,
        with_role(healthy(), tags={**healthy().role.tags, "aws:cloudformation:stack-name": "s"}),
        "managed-by-stack",
    ),
    "adopting a role of a stack": (
        ADOPTING,
        with_role(healthy(), tags={"aws:cloudformation:stack-name": "s"}),
        "managed-by-stack",
    ),
    "a service-linked role": (
        ADOPTING,
        with_role(FOREIGN, path="/aws-service-role/lexv2.amazonaws.com/"),
        "service-linked-role",
    ),
    "a policy that is not ours": (ASKED, State(None, UNTAGGED.policies), "policy-not-ours"),
    "adopting a policy that is attached to something else": (
        ADOPTING,
        State(None, with_policy(UNTAGGED, attached_to=frozenset({"user/x"})).policies),
        "adopt-attached-policy",
    ),
    "another organization's policy": (
        Settings(OTHER_ORG),
        State(None, healthy().policies),
        "another-organization",
    ),
    "another document for a policy that others have too": (
        ASKED,
        with_policy(
            healthy(),
            document=policy_document("lex:Drift"),
            attached_to=frozenset({"role/GenesysCloudLexV2Role", "role/Other"}),
        ),
        "policy-shared",
    ),
}


@pytest.mark.parametrize(("settings", "actual", "expected"), REFUSED.values(), ids=REFUSED)
def test_refused_is(settings, actual, expected):
    assert code(settings, actual) == expected


ACCEPTED = {
    "nothing there yet": (ASKED, NOTHING),
    "our own setup": (ASKED, healthy()),
    "our setup with extra rights": (
        ASKED,
        with_role(healthy(), inline_policies=frozenset({"i"})),
    ),
    "adopting a role with no more than the setup's rights": (ADOPTING, FOREIGN),
    "adopting a policy that hangs on nothing": (
        ADOPTING,
        State(None, with_policy(UNTAGGED, attached_to=frozenset()).policies),
    ),
    "an untagged policy on our role alone": (ASKED, UNTAGGED),
    "replacing the organization that the role serves": (
        Settings(OTHER_ORG, replace_org=ORG),
        healthy(),
    ),
    "a shared policy that stays as it is": (
        ASKED,
        with_policy(healthy(), attached_to=frozenset({"role/Other"})),
    ),
}


@pytest.mark.parametrize(("settings", "actual"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted_is(settings, actual):
    state = plan_setup(settings, ACCOUNT, actual).desired
    assert state.role.trust_policy == trust_policy(settings.org_id, GENESYS)
    assert plan_setup(settings, ACCOUNT, state).desired == state
    assert plan(state, state) == ()


def test_other_names_are_proposed_before_taking_over():
    with pytest.raises(Refused) as refusal:
        plan_setup(ASKED, ACCOUNT, FOREIGN)
    hint = refusal.value.hint
    assert hint.index("--role-name GenesysCloudLexV2Role-1a2b3c4d") < hint.index("--adopt")
    assert "tag-role" in hint


def test_what_is_not_ours_is_told_before_what_is_wrong_with_its_policy():
    actual = with_policy(healthy(), document=policy_document("lex:Drift"))
    actual = with_role(
        actual,
        tags={**actual.role.tags, "PolicySource": "file", "GenesysOrgId": OTHER_ORG},
    )
    assert code(ASKED, actual) == "another-organization"
    mine = with_role(actual, tags={**actual.role.tags, "GenesysOrgId": ORG})
    assert code(ASKED, mine) == "policy-document-unknown"


def test_hostile_text_in_a_refusal_has_no_effect():
    actual = with_role(healthy(), tags={**healthy().role.tags, TAG_STACK: "\x1b[31mred\u202e"})
    with pytest.raises(Refused) as refusal:
        plan_setup(ASKED, ACCOUNT, actual)
    assert "\x1b" not in refusal.value.message + refusal.value.hint
    assert "\u202e" not in refusal.value.message + refusal.value.hint


def test_what_is_no_organization_id_in_a_tag_is_nobodys():
    nonsense = with_role(healthy(), tags={**healthy().role.tags, "GenesysOrgId": "*"})
    assert plan_setup(ASKED, ACCOUNT, nonsense).desired.role.tags["GenesysOrgId"] == ORG
    capitals = with_role(healthy(), trust_policy=trust_policy(ORG.upper(), GENESYS), tags={})
    assert organizations(capitals.role) == [ORG]


def test_a_policy_of_another_program_is_not_ours_even_on_our_role_alone():
    state = with_policy(healthy(), tags={"ManagedBy": "terraform"})
    assert not policy_is_ours(state.policies[POLICY], state.role)
    assert not policy_is_ours(UNTAGGED.policies[POLICY], None)


def test_more_tags_than_iam_takes_are_refused_before_the_first_write():
    many = {f"tag{number}": "x" for number in range(46)}
    crowded = with_role(healthy(), tags={**healthy().role.tags, **many})
    assert code(ASKED, crowded) == "too-many-tags"
