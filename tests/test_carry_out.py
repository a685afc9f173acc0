"""What became of a plan, and after a failure what is taken back, given back, or left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wizard.carry_out import Run, carry_out, interrupted, look_again, settle, take_back
from wizard.core.plan import fold, plan

from strategies import (
    GENESYS,
    OTHER_ORG,
    POLICY,
    healthy,
    policy_document,
    with_policy,
    with_role,
)
from wizard.core import plan as p
from wizard.core.desired import trust_policy
from wizard.core.state import LEX_READ_ONLY, NOTHING, PolicyVersion
from wizard.errors import AwsError

FRESH = plan(healthy(), NOTHING)
CREATE_ROLE, CREATE_POLICY, *ATTACH = FRESH
DRIFTED = with_role(
    with_policy(healthy(), document=policy_document("lex:Old"), version_id="v1"),
    trust_policy=trust_policy(OTHER_ORG, GENESYS),
    attachments=healthy().role.attachments - {LEX_READ_ONLY},
)
MEND = plan(healthy(), DRIFTED)


class Account:
    """An account that changes are performed on; some fail, with a code or unheard."""

    def __init__(self, state, failures=(), code="access-denied", *, in_doubt=False):
        self.state = state
        self.failures = failures
        self.code = code
        self.in_doubt = in_doubt
        self.performed = []

    def __call__(self, change, _wait=None):
        self.performed.append(p.kind(change))
        if any(
            isinstance(change, each) if isinstance(each, type) else change == each
            for each in self.failures
        ):
            if self.in_doubt:
                self.state = fold([change], self.state)
            error = AwsError("no", code=self.code)
            error.in_doubt = self.in_doubt
            raise error
        if isinstance(change, p.UpdatePolicy):
            change = replace(change, version_id="v2")
        self.state = fold([change], self.state)
        return change

    def look(self):
        return self.state


def unreachable():
    raise AwsError("gone")


def quiet(_event):
    """Nobody is told."""


def run(changes, account, stopped=lambda: False):
    return carry_out(changes, account, stopped, quiet)


def undo(run, before, account, now=None):
    take_back(run, tuple(run.done), before, now or account.state, perform=account, tell=quiet)


def test_a_plan_that_works_is_done_and_nothing_is_left():
    done = run(FRESH, Account(NOTHING))
    assert (len(done.done), done.left, done.remaining, done.error) == (5, [], [], None)


def test_a_failure_is_remaining_and_what_was_done_is_left_until_it_is_undone():
    account = Account(NOTHING, [ATTACH[0]])
    failed = run(FRESH, account)
    assert failed.error is not None
    assert failed.remaining == [ATTACH[0]]
    assert failed.left == failed.done
    assert not failed.as_before
    undo(failed, NOTHING, account)
    assert account.state == NOTHING
    assert failed.as_before
    assert len(failed.undone) == len(failed.done) == 4


def test_a_stopped_run_is_interrupted_whatever_else_failed():
    stopped = run(FRESH, Account(NOTHING, [CREATE_ROLE]), lambda: True)
    assert stopped.error is not None
    assert (stopped.error.code, stopped.remaining) == ("interrupted", list(FRESH))


def test_everything_is_undone_in_a_set_up_that_was_there_before():
    account = Account(DRIFTED, [p.UpdateTrustPolicy])
    failed = run(MEND, account)
    settle(failed, DRIFTED, account.look)
    undo(failed, DRIFTED, account)
    assert account.state == DRIFTED
    assert account.state.policies[POLICY].version_id == "v1"
    assert account.state.policies[POLICY].old_versions == ()


def test_what_is_in_doubt_is_sorted_out_by_looking():
    account = Account(NOTHING, [CREATE_ROLE], in_doubt=True)
    failed = run(FRESH, account)
    assert failed.in_doubt == [CREATE_ROLE]
    assert settle(failed, NOTHING, account.look) == account.state
    assert failed.in_doubt == []
    assert CREATE_ROLE in failed.done
    lost = Account(NOTHING, [CREATE_ROLE], in_doubt=True)
    failed = run(FRESH, lost)
    settle(failed, NOTHING, lambda: fold([CREATE_POLICY], NOTHING))
    assert CREATE_ROLE in failed.remaining


def test_an_update_in_doubt_gets_the_number_of_the_version_that_was_made():
    account = Account(DRIFTED, [p.UpdatePolicy], in_doubt=True)
    failed = run(MEND, account)
    settle(failed, DRIFTED, account.look)
    assert [c.version_id for c in failed.done if isinstance(c, p.UpdatePolicy)] == ["v2"]


def test_where_nobody_can_look_the_doubt_stays_and_nothing_is_undone():
    failed = run(FRESH, Account(NOTHING, [ATTACH[0]], in_doubt=True))
    assert settle(failed, NOTHING, unreachable) is None
    assert failed.in_doubt == [ATTACH[0]]
    assert len(failed.left) == 4


def test_what_is_there_all_the_same_has_not_failed():
    account = Account(NOTHING, ATTACH, in_doubt=True)
    failed = run(FRESH, account)
    settle(failed, NOTHING, account.look)
    assert failed.error is None
    denied = run(FRESH, Account(NOTHING, ATTACH))
    settle(denied, NOTHING, healthy)  # another run has made it
    assert denied.error is None
    assert denied.shared


def test_who_said_stop_is_not_told_that_all_went_well():
    stopped = Run(done=list(FRESH), error=interrupted())
    settle(stopped, NOTHING, healthy)
    assert stopped.error is not None


def test_a_part_that_is_there_all_the_same_is_another_runs_and_shared():
    failed = run(FRESH, Account(NOTHING, ATTACH))
    now = with_role(healthy(), attachments=frozenset({LEX_READ_ONLY}))
    settle(failed, NOTHING, lambda: now)
    assert failed.error is not None
    assert failed.shared
    assert not failed.as_before


def test_a_role_that_another_run_relies_on_by_now_gets_its_attachments_back():
    account = Account(NOTHING, [ATTACH[0]])
    failed = run(FRESH, account)
    account.failures, account.code = [p.DeleteRole], "delete-conflict"
    undo(failed, NOTHING, account)
    assert account.state.role is not None
    assert account.state.role.attachments == {each.policy_arn for each in ATTACH[1:]}
    assert account.state.policies != {}
    assert failed.undone == []
    assert len(failed.left) == 4


def test_what_was_undone_is_given_back_to_a_run_that_came_by():
    account = Account(DRIFTED, [p.UpdateTrustPolicy])
    failed = run(MEND, account)
    settle(failed, DRIFTED, account.look)
    undo(failed, DRIFTED, account)
    account.failures = []
    account.state = with_role(account.state, trust_policy=healthy().role.trust_policy)
    look_again(failed, DRIFTED, account.look, account, quiet)
    assert plan(healthy(), account.state) == ()
    assert failed.undone == []
    assert failed.shared


def test_an_undo_that_was_not_answered_is_sorted_out_by_looking_again():
    account = Account(NOTHING, [ATTACH[0]])
    failed = run(FRESH, account)
    account.failures, account.in_doubt = [p.DeleteRole, p.DeletePolicy], True
    undo(failed, NOTHING, account)
    assert len(failed.in_doubt) == 2
    assert not failed.as_before
    look_again(failed, NOTHING, unreachable, account, quiet)
    assert len(failed.in_doubt) == 2
    look_again(failed, NOTHING, account.look, account, quiet)
    assert failed.as_before


def test_an_undo_that_fails_leaves_what_it_could_not_take_and_goes_on():
    account = Account(NOTHING, [ATTACH[0]])
    failed = run(FRESH, account)
    account.failures, account.code = [p.DeleteRole], "access-denied"
    undo(failed, NOTHING, account)
    assert failed.left == [CREATE_ROLE]
    assert len(failed.undone) == 3
    assert account.state.policies == {}


def test_attachments_are_taken_back_first_and_the_policy_last():
    account = Account(NOTHING, [ATTACH[0]])
    failed = run(FRESH, account)
    account.performed.clear()
    undo(failed, NOTHING, account)
    assert account.performed == ["detach-policy", "detach-policy", "delete-role", "delete-policy"]


@pytest.mark.parametrize("changes", [FRESH, MEND])
def test_what_somebody_else_wrote_over_is_left_to_them(changes):
    before = NOTHING if changes is FRESH else DRIFTED
    account = Account(before)
    failed = run(changes, account)
    failed.error = AwsError("no")
    theirs = with_policy(
        account.state,
        document=policy_document("lex:Theirs"),
        version_id="v9",
        old_versions=(PolicyVersion("v1"), PolicyVersion("v2")),
    )
    theirs = with_role(theirs, tags={**theirs.role.tags, "theirs": "yes"})
    account.state = theirs
    undo(failed, before, account)
    assert account.state.policies[POLICY].document == policy_document("lex:Theirs")
    assert account.state.role.tags["theirs"] == "yes"
    assert any(change.target == POLICY for change in failed.left)
