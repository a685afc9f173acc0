"""Removing takes away what is ours and nothing else, and says what it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import (
    ACCOUNT,
    ORG,
    OTHER_ORG,
    POLICY,
    healthy,
    with_policy,
    with_role,
)
from wizard.core.changes import fold, plan
from wizard.core.ownership import removal
from wizard.core.state import NOTHING, UNKNOWN_ORG, PolicyVersion, State, reason
from wizard.errors import Refused
from wizard.settings import Settings

ASKED = Settings(ORG)
ANY = Settings(UNKNOWN_ORG)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
THEIRS = f"arn:aws:iam::{ACCOUNT}:policy/Theirs"
OTHER_NAME = f"arn:aws:iam::{ACCOUNT}:policy/OldName"


def remove(actual, settings=ANY):
    wanted, kept = removal(settings, ACCOUNT, actual)
    changes = plan(wanted, actual)
    assert fold(changes, actual) == wanted
    return [(change.kind, change) for change in changes], kept


def kinds(actual, settings=ANY):
    return [name for name, _ in remove(actual, settings)[0]]


def with_another(state, arn, **changes):
    """The state with one more customer managed policy attached to its role."""
    policy = replace(state.policies[POLICY], name=arn.rsplit("/", 1)[-1], **changes)
    state = replace(state, policies={**state.policies, arn: policy})
    return with_role(state, attachments=state.role.attachments | {arn})


WHOLE = [*["detach-policy"] * 3, "delete-role", "delete-policy"]


@pytest.mark.parametrize("settings", [ASKED, ANY], ids=["with the ID", "without"])
def test_a_healthy_set_up_goes_as_a_whole(settings):
    assert kinds(healthy(), settings) == WHOLE
    assert remove(healthy(), settings)[1] == ()


def test_where_nothing_is_there_is_nothing_to_do():
    assert remove(NOTHING) == ([], ())


def test_what_else_hangs_on_the_role_is_taken_off_before_it_goes():
    actual = with_role(
        with_policy(healthy(), old_versions=(PolicyVersion("v2"), PolicyVersion("v3"))),
        inline_policies=frozenset({"i"}),
        instance_profiles=frozenset({"profile"}),
        attachments=healthy().role.attachments | {ADMIN},
    )
    assert kinds(actual) == [
        *["detach-policy"] * 4,
        "delete-inline-policy",
        "remove-from-instance-profile",
        *["delete-policy-version"] * 2,
        "delete-role",
        "delete-policy",
    ]
    assert remove(actual)[1] == ()


def test_a_policy_of_ours_under_another_name_goes_too():
    changes, kept = remove(with_another(healthy(), OTHER_NAME))
    assert [change.target for name, change in changes if name == "delete-policy"] == [
        POLICY,
        OTHER_NAME,
    ]
    assert kept == ()


@pytest.mark.parametrize("tags", [{}, {"ManagedBy": "terraform"}])
def test_somebody_elses_policy_is_only_detached_and_named(tags):
    actual = with_another(healthy(), THEIRS, tags=tags)
    changes, (kept,) = remove(actual)
    assert [name for name, _ in changes] == ["detach-policy", *WHOLE]
    assert kept.target == THEIRS
    assert kept.reason.code == "kept-not-ours"


def test_a_policy_that_is_attached_elsewhere_stays_and_is_named():
    actual = with_policy(
        healthy(), attached_to=frozenset({"role/GenesysCloudLexV2Role", "user/anna"})
    )
    changes, (kept,) = remove(actual)
    assert [name for name, _ in changes] == [*["detach-policy"] * 3, "delete-role"]
    assert (kept.target, kept.reason) == (POLICY, reason("kept-attached", others=["user/anna"]))


def test_the_named_policy_without_tags_goes_when_it_hangs_on_our_role_alone():
    assert kinds(with_policy(healthy(), tags={})) == WHOLE
    shared = with_policy(healthy(), tags={}, attached_to=frozenset({"role/Other"}))
    assert kinds(shared) == WHOLE[:-1]


def test_a_policy_that_can_not_be_read_is_only_detached_and_named():
    actual = with_role(healthy(), attachments=healthy().role.attachments | {THEIRS})
    changes, (kept,) = remove(actual)
    assert len(changes) == len(WHOLE) + 1
    assert kept.target == THEIRS


def test_a_second_run_after_the_role_is_gone_takes_the_policy():
    left = State(None, with_policy(healthy(), attached_to=frozenset()).policies)
    assert kinds(left) == kinds(left, ASKED) == ["delete-policy"]


def test_what_is_left_of_another_organization_stays():
    left = State(None, with_policy(healthy(), attached_to=frozenset()).policies)
    changes, (kept,) = remove(left, Settings(OTHER_ORG))
    assert changes == []
    assert kept.reason.facts == {"organization": ORG}


def test_a_policy_of_another_program_without_a_role_stays():
    changes, (kept,) = remove(State(None, with_policy(healthy(), tags={}).policies))
    assert changes == []
    assert kept.target == POLICY


REFUSED = {
    "not ours": (ANY, with_role(healthy(), tags={}), "role-not-ours"),
    "another program's": (
        ANY,
        with_role(healthy(), tags={"ManagedBy": "terraform"}),
        "role-not-ours",
    ),
    "another organization's": (Settings(OTHER_ORG), healthy(), "another-organization"),
    "a stack's": (
        ANY,
        with_role(healthy(), tags={**healthy().role.tags, "aws:cloudformation:stack-name": "s"}),
        "managed-by-stack",
    ),
    "service-linked, whatever its tags say": (
        ANY,
        with_role(healthy(), path="/aws-service-role/lexv2.amazonaws.com/"),
        "service-linked-role",
    ),
}


@pytest.mark.parametrize(("settings", "actual", "code"), REFUSED.values(), ids=REFUSED)
def test_a_role_is_left_alone_that_is(settings, actual, code):
    with pytest.raises(Refused) as refusal:
        removal(settings, ACCOUNT, actual)
    assert refusal.value.code == code
    assert refusal.value.hint


others = st.frozensets(st.sampled_from(["role/GenesysCloudLexV2Role", "role/Other", "user/x"]))


@given(
    attached_to=others,
    tags=st.sampled_from([{}, {"ManagedBy": "terraform"}, healthy().policies[POLICY].tags]),
    arn=st.sampled_from([OTHER_NAME, THEIRS]),
)
def test_what_is_deleted_is_ours_and_nobody_elses_and_what_is_not_is_named(attached_to, tags, arn):
    actual = with_another(healthy(), arn, attached_to=attached_to, tags=tags)
    changes, kept = remove(actual)
    deleted = {change.target for name, change in changes if name == "delete-policy"}
    assert {each.target for each in kept} == set(actual.policies) - deleted
    if arn in deleted:
        assert tags.get("ManagedBy") == "genesys-lex-wizard"
        assert attached_to <= {"role/GenesysCloudLexV2Role"}
    assert POLICY in deleted
