"""The laws of the plan and of rolling back, for any two states that IAM can lead to each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from strategies import (
    GENESYS,
    OTHER_ORG,
    POLICY,
    ROLE,
    healthy,
    policies,
    policy_document,
    reachable_pairs,
    setup_pairs,
    states,
    with_policy,
    with_role,
)
from wizard.core.changes import (
    KINDS,
    Change,
    Kind,
    Version,
    bare,
    fold,
    opposite,
    plan,
    shows,
    still_ours,
    undo,
    waves,
)
from wizard.core.desired import trust_policy
from wizard.core.state import LEX_READ_ONLY, NOTHING, PolicyVersion
from wizard.errors import Refused

BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"
THEIRS = trust_policy(OTHER_ORG, GENESYS)
OURS = healthy().role.trust_policy
BROKEN = policy_document("sts:AssumeRole")


def carried_out(changes, state):
    """The changes as IAM carries them out: a new version gets its number."""
    done = []
    for change in changes:
        state = fold([change], state)
        if change.kind == "update-policy":
            version_id = state.policies[change.target].version_id
            done.append(replace(change, after=replace(change.after, version_id=version_id)))
        else:
            done.append(change)
    return done, state


def kinds(changes):
    return [change.kind for change in changes]


@given(reachable_pairs())
def test_folding_the_plan_over_actual_gives_desired_and_leaves_nothing_to_do(pair):
    desired, actual = pair
    assert fold(plan(desired, actual), actual) == desired
    assert plan(desired, fold(plan(desired, actual), actual)) == ()


@given(states())
def test_nothing_is_to_do_where_all_is_as_desired(state):
    assert plan(state, state) == ()


@given(setup_pairs())
def test_undoing_any_beginning_of_a_setup_gives_back_what_was(pair):
    desired, before = pair
    changes = plan(desired, before)
    for length in range(len(changes) + 1):
        done, after = carried_out(changes[:length], before)
        assert fold(undo(done), after) == before


@given(reachable_pairs())
def test_undoing_gives_back_all_but_what_was_deleted(pair):
    desired, before = pair
    done, after = carried_out(plan(desired, before), before)
    after = fold(undo(done), after)
    if all(opposite(change) for change in done):
        assert after == before
    if "delete-policy" not in kinds(done):
        assert after.policies == before.policies


@given(reachable_pairs())
def test_what_takes_permissions_precedes_what_grants_them(pair):
    order = kinds(plan(*pair))
    grants = [
        order.index(kind) for kind in ("attach-policy", "update-trust-policy") if kind in order
    ]
    for index, kind in enumerate(order):
        if kind in {"detach-policy", "delete-inline-policy", "put-permissions-boundary"}:
            assert all(index < grant for grant in grants)
        if kind == "attach-policy" and "update-trust-policy" in order:
            assert index < order.index("update-trust-policy")


@given(reachable_pairs())
def test_the_waves_are_the_plan_in_its_order_without_repetition(pair):
    changes = plan(*pair)
    assert tuple(change for wave in waves(changes) for change in wave) == changes
    for wave in waves(changes):
        assert len(set(map(repr, wave))) == len(wave)


@given(policies("P"), policies("P"))
def test_a_policy_never_has_more_than_five_versions(before, after):
    state, desired = (replace(NOTHING, policies={policy.arn: policy}) for policy in (before, after))
    for length in range(len(plan(desired, state)) + 1):
        policy = fold(plan(desired, state)[:length], state).policies[before.arn]
        assert 1 + len(policy.old_versions) <= 5


def test_a_fresh_setup_takes_two_waves_of_writes():
    assert [kinds(wave) for wave in waves(plan(healthy(), NOTHING))] == [
        ["create-role", "create-policy"],
        ["attach-policy", "attach-policy", "attach-policy"],
    ]


def test_the_boundary_and_the_tags_go_into_the_creation_of_the_role():
    role = plan(with_role(healthy(), permissions_boundary=BOUNDARY), NOTHING)[0].after
    assert role.permissions_boundary == BOUNDARY
    assert role.tags == healthy().role.tags
    assert role.attachments == frozenset()


def test_at_five_versions_the_oldest_that_is_not_the_default_goes_first():
    old = tuple(PolicyVersion(f"v{number}") for number in (12, 3, 9, 10))
    drift = policy_document("lex:Drift")
    full = with_policy(healthy(), document=drift, version_id="v2", old_versions=old)
    new = Version(healthy().policies[POLICY].document)
    assert plan(healthy(), full) == (
        Change("delete-policy-version", POLICY, before="v3"),
        Change("update-policy", POLICY, Version(drift, "v2"), new),
    )
    four = with_policy(full, old_versions=old[1:])
    assert kinds(plan(healthy(), four)) == ["update-policy"]


def test_everything_is_taken_off_a_role_before_it_goes_and_its_policies_go_last():
    state = with_policy(healthy(), old_versions=(PolicyVersion("v0"),))
    state = with_role(
        state, inline_policies=frozenset({"i"}), instance_profiles=frozenset({"profile"})
    )
    assert kinds(plan(NOTHING, state)) == [
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


def test_a_row_with_a_missing_column_does_not_construct():
    row = KINDS["attach-policy"]
    with pytest.raises(TypeError):
        Kind(row.of, row.rank, row.attribute, row.operation, row.parameters)  # type: ignore[call-arg]


@given(setup_pairs())
def test_alone_in_the_account_the_whole_way_back_is_taken(pair):
    desired, before = pair
    changes = plan(desired, before)
    for length in range(len(changes) + 1):
        done, actual = carried_out(changes[:length], before)
        ways, left = still_ours(done, actual)
        assert not any(opposite(change) for change in left)
        assert fold([back for _, way in ways for back in way], actual) == before


@given(setup_pairs())
def test_every_change_is_shown_by_the_state_that_it_leaves(pair):
    desired, before = pair
    for change in plan(desired, before):
        before = fold([change], before)
        assert shows(change, before)


def test_a_trust_policy_is_put_back_unless_somebody_changed_it_meanwhile():
    change = Change("update-trust-policy", ROLE, BROKEN, OURS)
    assert still_ours([change], with_role(healthy(), trust_policy=THEIRS)) == ([], (change,))
    back = Change("update-trust-policy", ROLE, OURS, BROKEN)
    assert still_ours([change], healthy()) == ([(change, (back,))], ())


def test_a_policy_update_is_undone_unless_it_got_another_version_meanwhile():
    ours = Version(policy_document("lex:Ours"), "v7")
    change = Change("update-policy", POLICY, Version(BROKEN, "v4"), ours)
    back = (
        Change("set-default-policy-version", POLICY, ours, Version(BROKEN, "v4")),
        Change("delete-policy-version", POLICY, before="v7"),
    )
    assert undo([change]) == back
    theirs = with_policy(
        healthy(),
        document=ours.document,
        version_id="v8",
        old_versions=(PolicyVersion("v4"), PolicyVersion("v7")),
    )
    assert still_ours([change], theirs) == ([], (change,))


def test_a_role_that_others_attached_something_to_is_not_deleted():
    created = Change("create-role", ROLE, after=bare(healthy().role))
    actual = with_role(healthy(), attachments=frozenset({"arn:aws:iam::aws:policy/Theirs"}))
    assert still_ours([created], actual) == ([], (created,))
    assert shows(created, healthy())  # it is still the one that was made
    assert not shows(created, with_role(healthy(), trust_policy=THEIRS))


def test_what_iam_does_not_show_yet_is_undone_all_the_same():
    done = list(plan(healthy(), NOTHING))
    ways, left = still_ours(done, NOTHING)
    assert left == ()
    assert len(ways) == len(done)


def test_a_changed_boundary_is_put_back_and_a_new_one_is_deleted():
    old = "arn:aws:iam::123456789012:policy/A"
    new = Change("put-permissions-boundary", ROLE, None, BOUNDARY)
    assert undo([new]) == (Change("delete-permissions-boundary", ROLE, BOUNDARY, None),)
    changed = Change("put-permissions-boundary", ROLE, old, BOUNDARY)
    assert undo([changed]) == (Change("put-permissions-boundary", ROLE, BOUNDARY, old),)


def test_tags_get_their_former_values_and_new_ones_go():
    change = Change("tag-role", ROLE, {"old": "1"}, {"old": "2", "new": "3"})
    assert undo([change]) == (
        Change("tag-role", ROLE, {"old": "2"}, {"old": "1"}),
        Change("untag-role", ROLE, {"new": "3"}, {}),
    )


def test_of_the_tags_only_those_that_are_still_as_this_run_set_them_are_undone():
    change = Change("tag-role", ROLE, {"team": "old"}, {"team": "ours", "x": "ours"})
    actual = with_role(healthy(), tags={"team": "theirs", "x": "ours"})
    untag = Change("untag-role", ROLE, {"x": "ours"}, {})
    assert still_ours([change], actual) == ([(change, (untag,))], ())
    nothing_ours = with_role(healthy(), tags={"team": "theirs", "x": "theirs"})
    assert still_ours([change], nothing_ours) == ([], (change,))


@pytest.mark.parametrize(
    "change",
    [
        Change("delete-role", ROLE, before=healthy().role),
        Change("delete-policy", POLICY, before=healthy().policies[POLICY]),
        Change("delete-policy-version", POLICY, before="v1"),
        Change("delete-inline-policy", ROLE, before="i"),
        Change("remove-from-instance-profile", ROLE, before="profile"),
    ],
    ids=lambda change: change.kind,
)
def test_what_is_deleted_has_no_way_back_and_is_reported(change):
    assert undo([change]) == ()
    assert still_ours([change], NOTHING) == ([], (change,))


def test_the_latest_change_is_undone_first():
    done = [
        Change("detach-policy", ROLE, before=LEX_READ_ONLY),
        Change("attach-policy", ROLE, after=POLICY),
    ]
    assert undo(done) == (
        Change("detach-policy", ROLE, before=POLICY),
        Change("attach-policy", ROLE, after=LEX_READ_ONLY),
    )


@pytest.mark.parametrize("user", ["role/Another", "user/u"])
def test_a_policy_that_somebody_attached_elsewhere_is_not_deleted(user):
    created = Change("create-policy", POLICY, after=healthy().policies[POLICY])
    actual = with_policy(healthy(), attached_to=frozenset({user}))
    actual = with_role(actual, attachments=frozenset())
    assert still_ours([created], actual) == ([], (created,))


def test_a_role_goes_before_its_policies_so_that_it_tells_whether_it_is_in_use():
    ways, _ = still_ours(plan(healthy(), NOTHING), healthy())
    order = [change.kind for change, _ in ways]
    assert order.index("create-role") < order.index("create-policy") == len(order) - 1
