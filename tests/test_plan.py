"""The laws of the plan, for any two states that IAM can lead from one to the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from wizard.core.plan import fold, kind, plan, waves
from wizard.core.undo import no_way_back, undo

from strategies import (
    POLICY,
    healthy,
    policies,
    policy_document,
    reachable_pairs,
    setup_pairs,
    states,
    with_policy,
    with_role,
)
from wizard.core import plan as p
from wizard.core.state import NOTHING, PolicyVersion
from wizard.errors import Refused


@given(reachable_pairs())
def test_folding_the_plan_over_what_is_gives_what_is_wanted(pair):
    desired, actual = pair
    assert fold(plan(desired, actual), actual) == desired


@given(states())
def test_nothing_is_to_do_where_all_is_as_wanted(state):
    assert plan(state, state) == ()


@given(reachable_pairs())
def test_after_the_plan_nothing_is_left_to_do(pair):
    desired, actual = pair
    assert plan(desired, fold(plan(desired, actual), actual)) == ()


@given(setup_pairs())
def test_undoing_any_beginning_of_a_setup_gives_back_what_was(pair):
    desired, before = pair
    changes = plan(desired, before)
    for length in range(len(changes) + 1):
        done = changes[:length]
        assert fold(undo(done, before), fold(done, before)) == before


@given(reachable_pairs())
def test_undoing_gives_back_all_but_what_was_deleted(pair):
    desired, before = pair
    done = plan(desired, before)
    after = fold(undo(done, before), fold(done, before))
    if not any(no_way_back(change) for change in done):
        assert after == before
    if not any(isinstance(change, p.DeletePolicy) for change in done):
        assert after.policies == before.policies


@given(reachable_pairs())
def test_what_takes_rights_away_precedes_what_gives_them(pair):
    order = [type(change) for change in plan(*pair)]
    grants = [order.index(each) for each in (p.AttachPolicy, p.UpdateTrustPolicy) if each in order]
    for index, change in enumerate(order):
        if change in {p.DetachPolicy, p.DeleteInlinePolicy, p.PutPermissionsBoundary}:
            assert all(index < grant for grant in grants)
        if change is p.AttachPolicy and p.UpdateTrustPolicy in order:
            assert index < order.index(p.UpdateTrustPolicy)


@given(reachable_pairs())
def test_the_waves_are_the_plan_in_its_order_without_repetition(pair):
    changes = plan(*pair)
    assert tuple(change for wave in waves(changes) for change in wave) == changes
    for wave in waves(changes):
        assert len(set(map(repr, wave))) == len(wave)


@given(policies("P"), policies("P"))
def test_a_policy_never_has_more_than_five_versions(before, after):
    state, wanted = (replace(NOTHING, policies={each.arn: each}) for each in (before, after))
    for length in range(len(plan(wanted, state)) + 1):
        policy = fold(plan(wanted, state)[:length], state).policies[before.arn]
        assert 1 + len(policy.old_versions) <= 5


def test_a_fresh_setup_takes_two_waves_of_writes():
    kinds = [[kind(change) for change in wave] for wave in waves(plan(healthy(), NOTHING))]
    assert kinds == [
        ["create-role", "create-policy"],
        ["attach-policy", "attach-policy", "attach-policy"],
    ]


def test_the_boundary_and_the_tags_go_into_the_creation_of_the_role():
    arn = "arn:aws:iam::123456789012:policy/Boundary"
    first = plan(with_role(healthy(), permissions_boundary=arn), NOTHING)[0]
    assert isinstance(first, p.CreateRole)
    assert first.role.permissions_boundary == arn
    assert first.role.tags == healthy().role.tags
    assert first.role.attachments == frozenset()


def test_at_five_versions_the_oldest_that_is_not_the_default_goes_first():
    old = tuple(PolicyVersion(f"v{number}") for number in (12, 3, 9, 10))
    full = with_policy(
        healthy(), document=policy_document("lex:Drift"), version_id="v2", old_versions=old
    )
    assert plan(healthy(), full) == (
        p.DeletePolicyVersion(POLICY, "v3"),
        p.UpdatePolicy(POLICY, healthy().policies[POLICY].document),
    )


def test_at_four_versions_none_goes():
    old = tuple(PolicyVersion(f"v{number}") for number in (1, 2, 3))
    drifted = with_policy(
        healthy(), document=policy_document("lex:Drift"), version_id="v4", old_versions=old
    )
    assert [kind(change) for change in plan(healthy(), drifted)] == ["update-policy"]


def test_everything_is_taken_off_a_role_before_it_goes_and_its_policies_go_last():
    state = with_policy(healthy(), old_versions=(PolicyVersion("v0"),))
    state = with_role(
        state, inline_policies=frozenset({"i"}), instance_profiles=frozenset({"profile"})
    )
    assert [kind(change) for change in plan(NOTHING, state)] == [
        *["detach-policy"] * 3,
        "delete-inline-policy",
        "remove-from-instance-profile",
        "delete-policy-version",
        "delete-role",
        "delete-policy",
    ]


@pytest.mark.parametrize(
    ("actual", "code"),
    [
        (with_role(healthy(), path="/other/"), "immutable-role-path"),
        (with_policy(healthy(), description="other"), "immutable-policy-description"),
    ],
)
def test_what_iam_cannot_change_is_refused(actual, code):
    with pytest.raises(Refused) as refusal:
        plan(healthy(), actual)
    assert refusal.value.code == code


def test_every_change_has_a_rank():
    assert set(p.RANK) == set(p.Change.__args__)
