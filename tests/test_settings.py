"""What the settings ask for: memory in tags, and whatever was not spoken of kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import (
    ACCOUNT,
    GENESYS,
    ORG,
    OTHER_ORG,
    POLICY,
    ROLE,
    healthy,
    policy_document,
    with_policy,
    with_role,
)
from wizard.core.changes import plan
from wizard.core.desired import desired, policy_arn, remembered_source, trust_policy
from wizard.core.documents import statements, template
from wizard.core.state import MANAGED_POLICIES
from wizard.errors import InvalidInput, Refused
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings, TaggedBots
from wizard.validators import BotRef

ASKED = Settings(ORG)
BOTS = ChosenBots((BotRef("A1B2C3D4E5", None, "eu-west-1"),))
OWN = FromFile(policy_document("lex:ListBots").tree)


def again(settings, actual):
    return desired(settings, ACCOUNT, actual)


def test_a_fresh_setup_is_what_the_page_of_genesys_asks_for():
    state = desired(ASKED, ACCOUNT)
    assert state.role.arn == ROLE
    assert state.role.trust_policy == trust_policy(ORG, GENESYS)
    assert state.role.attachments == MANAGED_POLICIES | {POLICY}
    assert state.role.permissions_boundary is None
    assert state.policies[POLICY].document == template("lex-policy")


def test_the_memory_is_in_tags_on_the_role_and_two_of_them_are_on_the_policy():
    state = desired(ASKED, ACCOUNT)
    assert state.role.tags == {
        "ManagedBy": "genesys-lex-wizard",
        "GenesysOrgId": ORG,
        "GenesysAccountId": GENESYS,
        "PolicySource": "template",
        "PolicySha256": template("lex-policy").sha256,
    }
    assert state.policies[POLICY].tags == {"ManagedBy": "genesys-lex-wizard", "GenesysOrgId": ORG}


CHOICES = {
    "template": FromTemplate(),
    "file": OWN,
    "bots": BOTS,
    "tagged bots": TaggedBots("Genesys", "yes"),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_second_run_without_options_has_nothing_to_do(choice):
    actual = healthy(replace(ASKED, policy=choice))
    assert plan(again(ASKED, actual), actual) == ()


@given(
    boundary=st.sampled_from([None, "arn:aws:iam::123456789012:policy/B"]),
    description=st.sampled_from(["", "Their words"]),
    tags=st.dictionaries(st.sampled_from(["Team", "x"]), st.sampled_from(["1", ""]), max_size=2),
    attachments=st.frozensets(st.sampled_from(["arn:aws:iam::aws:policy/X", POLICY])),
    inline=st.frozensets(st.sampled_from(["i"])),
)
def test_what_was_not_spoken_of_is_kept(boundary, description, tags, attachments, inline):
    actual = with_role(
        healthy(),
        permissions_boundary=boundary,
        description=description,
        tags={**healthy().role.tags, **tags},
        attachments=attachments,
        inline_policies=inline,
    )
    role = again(ASKED, actual).role
    assert role.permissions_boundary == boundary
    assert role.description == description
    assert tags.items() <= role.tags.items()
    assert attachments <= role.attachments
    assert role.inline_policies == inline


def test_what_was_spoken_of_wins():
    boundary = "arn:aws:iam::123456789012:policy/B"
    actual = with_role(healthy(), tags={**healthy().role.tags, "Team": "old"})
    role = again(
        replace(
            ASKED,
            permissions_boundary=boundary,
            role_description="Ours",
            tags=(("team", "new"),),
        ),
        actual,
    ).role
    assert role.permissions_boundary == boundary
    assert role.description == "Ours"
    assert role.tags["Team"] == "new"
    assert "team" not in role.tags


def test_an_empty_description_that_was_given_is_a_description():
    assert desired(replace(ASKED, role_description=""), ACCOUNT).role.description == ""


@pytest.mark.parametrize("choice", [OWN, BOTS], ids=["file", "bots"])
@pytest.mark.parametrize(
    "break_policy",
    [
        lambda state: with_policy(state, document=policy_document("lex:Drift")),
        lambda state: replace(state, policies={}),
        lambda state: with_role(
            state, tags={k: v for k, v in state.role.tags.items() if k != "PolicySha256"}
        ),
    ],
    ids=["changed", "gone", "checksum gone"],
)
def test_a_policy_of_the_users_is_never_swapped_for_the_template(choice, break_policy):
    actual = break_policy(healthy(replace(ASKED, policy=choice)))
    with pytest.raises(Refused) as refusal:
        again(ASKED, actual)
    assert refusal.value.code == "policy-document-unknown"
    assert "--default-policy" in refusal.value.hint
    assert again(replace(ASKED, policy=FromTemplate()), actual).policies[
        POLICY
    ].document == template("lex-policy")


def test_least_privilege_is_never_widened_without_being_told():
    actual = healthy(replace(ASKED, policy=BOTS))
    assert not actual.role.attachments & MANAGED_POLICIES
    assert not again(ASKED, actual).role.attachments & MANAGED_POLICIES
    wide = again(replace(ASKED, no_least_privilege=True), actual)
    assert wide.role.attachments >= MANAGED_POLICIES
    assert wide.policies[POLICY].document == template("lex-policy")


def test_leaving_least_privilege_says_nothing_about_a_policy_file():
    actual = healthy(replace(ASKED, policy=OWN))
    assert plan(again(replace(ASKED, no_least_privilege=True), actual), actual) == ()


def test_switching_to_least_privilege_detaches_the_managed_policies_alone():
    extra = "arn:aws:iam::aws:policy/X"
    actual = with_role(healthy(), attachments=healthy().role.attachments | {extra})
    role = again(replace(ASKED, policy=BOTS), actual).role
    assert role.attachments == {extra, POLICY}


def test_least_privilege_names_the_bots_and_without_an_alias_all_of_their_aliases():
    bots = (
        BotRef("A1B2C3D4E5", None, "eu-west-1"),
        BotRef("B1B2C3D4E5", "ALIAS12345", "us-east-1"),
    )
    state = desired(replace(ASKED, policy=ChosenBots(bots)), ACCOUNT)
    everything, reads, talks = statements(state.policies[POLICY].document)
    assert everything["Resource"] == "*"
    assert everything["Action"] == "lex:ListBots"
    assert reads["Resource"] == [
        f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot/A1B2C3D4E5",
        f"arn:aws:lex:us-east-1:{ACCOUNT}:bot/B1B2C3D4E5",
    ]
    assert talks["Resource"] == [
        f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot-alias/A1B2C3D4E5/*",
        f"arn:aws:lex:us-east-1:{ACCOUNT}:bot-alias/B1B2C3D4E5/ALIAS12345",
    ]


def test_too_many_bots_for_iam_are_refused_with_the_tag_as_the_way_out():
    bots = tuple(BotRef(f"B{number:09}", None, "eu-west-1") for number in range(100))
    with pytest.raises(InvalidInput) as error:
        desired(replace(ASKED, policy=ChosenBots(bots)), ACCOUNT)
    assert error.value.code == "policy-too-long"
    assert "--bot-tag" in error.value.hint


def test_a_hostile_tag_of_bots_stays_one_value():
    state = desired(replace(ASKED, policy=TaggedBots("k", '<bot_tag_key>","x')), ACCOUNT)
    for statement in statements(state.policies[POLICY].document)[1:]:
        assert statement["Condition"] == {
            "StringEquals": {"aws:ResourceTag/k": '<bot_tag_key>","x'}
        }


def test_an_account_of_genesys_that_a_tag_remembers_is_not_believed():
    actual = healthy(Settings(ORG, genesys_account_id="111111111111", fedramp=True))
    assert again(ASKED, actual).role.trust_policy == trust_policy(ORG, GENESYS)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"fedramp": True}, "fedramp-account-missing"),
        ({"fedramp": True, "genesys_account_id": GENESYS}, "fedramp-account-missing"),
        ({"genesys_account_id": "111111111111"}, "genesys-account-not-production"),
        ({"replace_org": ORG}, "replace-org-same"),
    ],
)
def test_answers_that_contradict_each_other_are_unusable(answers, code):
    with pytest.raises(InvalidInput) as error:
        Settings(ORG, **answers)
    assert error.value.code == code


def test_the_production_account_may_be_named_without_fedramp():
    assert Settings(ORG, genesys_account_id=GENESYS) == replace(ASKED, genesys_account_id=GENESYS)


def test_a_policy_that_was_named_once_is_found_again_with_its_path():
    actual = healthy(replace(ASKED, policy_name="Mine", policy_path="/team/"))
    assert policy_arn(ASKED, ACCOUNT, actual) == f"arn:aws:iam::{ACCOUNT}:policy/team/Mine"
    assert plan(again(ASKED, actual), actual) == ()


def test_replacing_the_organization_changes_trust_and_memory_alone():
    actual = healthy()
    role = again(Settings(OTHER_ORG, replace_org=ORG), actual).role
    assert role.trust_policy == trust_policy(OTHER_ORG, GENESYS)
    assert role.tags == {**actual.role.tags, "GenesysOrgId": OTHER_ORG}
    assert role.attachments == actual.role.attachments


def test_where_the_policy_came_from_is_remembered():
    assert remembered_source(healthy(replace(ASKED, policy=OWN))) == "file"
    assert remembered_source(with_role(healthy(), tags={})) is None
