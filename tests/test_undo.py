"""The way back touches what this run did and nothing that others did meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from wizard.core.plan import fold, plan
from wizard.core.undo import no_way_back, shows, undo, undo_what_is_still_ours

from strategies import (
    GENESYS,
    OTHER_ORG,
    POLICY,
    ROLE,
    healthy,
    policy_document,
    setup_pairs,
    with_policy,
    with_role,
)
from wizard.core import plan as p
from wizard.core.desired import trust_policy
from wizard.core.state import LEX_READ_ONLY, NOTHING, PolicyVersion

THEIRS = trust_policy(OTHER_ORG, GENESYS)
OURS = healthy().role.trust_policy
BROKEN = policy_document("sts:AssumeRole")


@given(setup_pairs())
def test_alone_in_the_account_the_whole_way_back_is_taken(pair):
    desired, before = pair
    for length in range(len(plan(desired, before)) + 1):
        done = plan(desired, before)[:length]
        now = fold(done, before)
        ways, left = undo_what_is_still_ours(done, before, now)
        assert all(no_way_back(change) for change in left)
        assert fold([back for _, way in ways for back in way], now) == before


@given(setup_pairs())
def test_every_change_is_shown_by_the_state_that_it_leaves(pair):
    desired, before = pair
    for change in plan(desired, before):
        before = fold([change], before)
        assert shows(change, before)


def test_a_trust_policy_that_somebody_changed_meanwhile_is_left_to_them():
    before = with_role(healthy(), trust_policy=BROKEN)
    done = [p.UpdateTrustPolicy(ROLE, OURS)]
    now = with_role(healthy(), trust_policy=THEIRS)
    assert undo_what_is_still_ours(done, before, now) == ([], done)


def test_a_trust_policy_as_this_run_left_it_is_put_back():
    before = with_role(healthy(), trust_policy=BROKEN)
    change = p.UpdateTrustPolicy(ROLE, OURS)
    ways, left = undo_what_is_still_ours([change], before, healthy())
    assert ways == [(change, (p.UpdateTrustPolicy(ROLE, BROKEN),))]
    assert left == []


def test_a_policy_that_got_another_version_meanwhile_is_left_alone():
    before = with_policy(healthy(), document=BROKEN, version_id="v1")
    done = [p.UpdatePolicy(POLICY, policy_document("lex:Ours"), "v2")]
    theirs = with_policy(
        healthy(),
        document=policy_document("lex:Ours"),
        version_id="v3",
        old_versions=(PolicyVersion("v1"), PolicyVersion("v2")),
    )
    assert undo_what_is_still_ours(done, before, theirs) == ([], done)


def test_an_undone_policy_update_makes_the_former_version_the_default_and_removes_its_own():
    before = with_policy(healthy(), document=BROKEN, version_id="v4")
    done = [p.UpdatePolicy(POLICY, policy_document("lex:Ours"), "v7")]
    assert undo(done, before) == (
        p.SetDefaultPolicyVersion(POLICY, "v4", BROKEN),
        p.DeletePolicyVersion(POLICY, "v7"),
    )


def test_a_role_that_others_attached_something_to_is_not_deleted():
    created = p.CreateRole(p.bare(healthy().role))
    now = with_role(healthy(), attachments=frozenset({"arn:aws:iam::aws:policy/Theirs"}))
    assert undo_what_is_still_ours([created], NOTHING, now) == ([], [created])


def test_what_iam_does_not_show_yet_is_taken_back_all_the_same():
    done = list(plan(healthy(), NOTHING))
    ways, left = undo_what_is_still_ours(done, NOTHING, NOTHING)
    assert left == []
    assert {change.target for change, _ in ways} == {ROLE, POLICY}
    assert len(ways) == len(done)


def test_a_changed_boundary_is_put_back_and_a_new_one_is_taken_off():
    arn, old = "arn:aws:iam::123456789012:policy/B", "arn:aws:iam::123456789012:policy/A"
    change = p.PutPermissionsBoundary(ROLE, arn)
    assert undo([change], healthy()) == (p.DeletePermissionsBoundary(ROLE),)
    before = with_role(healthy(), permissions_boundary=old)
    assert undo([change], before) == (p.PutPermissionsBoundary(ROLE, old),)


def test_tags_get_their_former_values_and_new_ones_go():
    before = with_role(healthy(), tags={"old": "1", "foreign": "kept"})
    assert undo([p.TagRole(ROLE, {"old": "2", "new": "3"})], before) == (
        p.TagRole(ROLE, {"old": "1"}),
        p.UntagRole(ROLE, ("new",)),
    )


@pytest.mark.parametrize(
    "change",
    [
        p.DeleteRole(ROLE),
        p.DeletePolicy(POLICY),
        p.DeletePolicyVersion(POLICY, "v1"),
        p.DeleteInlinePolicy(ROLE, "i"),
        p.RemoveFromInstanceProfile(ROLE, "profile"),
    ],
)
def test_what_is_deleted_has_no_way_back_and_is_reported(change):
    assert no_way_back(change)
    assert undo([change], healthy()) == ()
    assert undo_what_is_still_ours([change], healthy(), NOTHING) == ([], [change])


def test_the_latest_change_is_undone_first():
    done = [p.DetachPolicy(ROLE, LEX_READ_ONLY), p.AttachPolicy(ROLE, POLICY)]
    assert undo(done, healthy()) == (
        p.DetachPolicy(ROLE, POLICY),
        p.AttachPolicy(ROLE, LEX_READ_ONLY),
    )


def test_of_the_tags_only_those_that_are_still_as_this_run_set_them_are_taken_back():
    before = with_role(healthy(), tags={"team": "old"})
    change = p.TagRole(ROLE, {"team": "ours", "x": "ours"})
    now = with_role(healthy(), tags={"team": "theirs", "x": "ours"})
    ways, left = undo_what_is_still_ours([change], before, now)
    assert (ways, left) == ([(change, (p.UntagRole(ROLE, ("x",)),))], [])
    nothing_ours = with_role(healthy(), tags={"team": "theirs", "x": "theirs"})
    assert undo_what_is_still_ours([change], before, nothing_ours) == ([], [change])


def test_a_version_that_somebody_made_meanwhile_becomes_the_default_again():
    before = with_policy(healthy(), document=BROKEN, version_id="v1")
    change = p.UpdatePolicy(POLICY, policy_document("lex:Ours"), "v3")
    now = with_policy(
        healthy(),
        document=policy_document("lex:Ours"),
        version_id="v3",
        old_versions=(PolicyVersion("v1"), PolicyVersion("v2")),
    )
    ((_, way),), left = undo_what_is_still_ours([change], before, now)
    assert left == []
    assert [p.kind(each) for each in way] == ["set-default-policy-version", "delete-policy-version"]
    assert [each.version_id for each in way] == ["v2", "v3"]


@pytest.mark.parametrize("user", ["role/Another", "user/u"])
def test_a_policy_that_somebody_attached_elsewhere_is_not_deleted(user):
    created = p.CreatePolicy(healthy().policies[POLICY])
    now = with_policy(healthy(), attached_to=frozenset({user}))
    now = with_role(now, attachments=frozenset())
    assert undo_what_is_still_ours([created], NOTHING, now) == ([], [created])


def test_a_policy_that_another_run_attached_to_the_role_is_not_deleted():
    created = p.CreatePolicy(healthy().policies[POLICY])
    assert undo_what_is_still_ours([created], NOTHING, healthy()) == ([], [created])


def test_a_role_goes_before_its_policies_so_that_it_tells_whether_it_is_in_use():
    done = list(plan(healthy(), NOTHING))
    ways, _ = undo_what_is_still_ours(done, NOTHING, healthy())
    order = [p.kind(change) for change, _ in ways]
    assert order.index("create-role") < order.index("create-policy")
    assert order[-1] == "create-policy"


def test_a_role_with_what_another_run_attached_is_still_the_one_that_was_made():
    created = p.CreateRole(p.bare(healthy().role))
    assert shows(created, healthy())
    assert not shows(created, with_role(healthy(), trust_policy=THEIRS))
