"""A plan is applied wave by wave, read back, and rolled back after a failure."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from strategies import (
    GENESYS,
    OTHER_ORG,
    POLICY,
    ROLE,
    healthy,
    policy_document,
    with_policy,
    with_role,
)
from wizard.apply import Event, Runner, apply, set_up, settle
from wizard.core.changes import Change, fold, plan
from wizard.core.desired import PlannedSetup, trust_policy
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, NOTHING, PolicyVersion
from wizard.errors import AwsError

FRESH = plan(healthy(), NOTHING)
CREATE_ROLE, CREATE_POLICY, *ATTACH = FRESH
DRIFTED = with_role(
    with_policy(healthy(), document=policy_document("lex:Old"), version_id="v1"),
    trust_policy=trust_policy(OTHER_ORG, GENESYS),
    attachments=healthy().role.attachments - {LEX_READ_ONLY},
)
REPAIR = plan(healthy(), DRIFTED)


class Account:
    """An account that changes are performed on; some fail, with a code or with a lost answer."""

    def __init__(self, state=NOTHING, failing=(), code="access-denied", *, in_doubt=False):
        self.state = state
        self.failing = failing
        self.code = code
        self.in_doubt = in_doubt
        self.performed = []
        self.events = []
        self.stop = threading.Event()
        self.readable = True

    def perform(self, change, _wait):
        self.performed.append(change.kind)
        if change in self.failing or change.kind in self.failing:
            if self.in_doubt:
                self.state = fold([change], self.state)
            error = AwsError("no", code=self.code)
            error.in_doubt = self.in_doubt
            raise error
        if change.kind == "update-policy":
            change = replace(change, after=replace(change.after, version_id="v2"))
        self.state = fold([change], self.state)
        return change

    def observe(self, _done=()):
        if not self.readable:
            raise AwsError("unreachable")
        return self.state

    def runner(self, **more):
        options = {"perform": self.perform, "seconds": 0.2, **more}

        def describe(changes):
            return ", ".join(change.kind for change in changes)

        return Runner(
            observe=self.observe,
            report=self.events.append,
            describe=describe,
            stop=self.stop,
            **options,
        )

    def set_up(self, before=NOTHING, desired=None, *, roll_back=True, **more):
        desired = desired or healthy()
        planned = PlannedSetup(before, desired, plan(desired, before), POLICY)

        def heading():
            self.events.append("rolling back")

        return set_up(planned, self.runner(**more), roll_back=roll_back, rolling_back=heading)

    def of(self, status):
        return [e.change for e in self.events if isinstance(e, Event) and e.status == status]


def test_every_change_is_done_in_the_order_of_the_waves_and_nothing_is_left():
    account = Account()
    result = account.set_up()
    assert set(account.performed[:2]) == {"create-role", "create-policy"}
    assert account.performed[2:] == ["attach-policy"] * 3
    assert (len(result.done), result.left, result.remaining, result.error) == (5, [], [], None)
    assert result.actual == healthy()


def test_a_wave_runs_side_by_side():
    together = threading.Barrier(len(ATTACH), timeout=5)

    def perform(change, _wait):
        if change in ATTACH:
            together.wait()  # breaks unless all three are there at the same time
        return change

    assert len(apply(FRESH, Account().runner(perform=perform)).done) == len(FRESH)


def test_a_failure_lets_its_wave_finish_and_no_further_begins():
    account = Account(failing=["create-role"])
    result = apply(FRESH, account.runner())
    assert account.of("failed") == [CREATE_ROLE]
    assert result.done == result.left == [CREATE_POLICY]
    assert result.remaining == [CREATE_ROLE, *ATTACH]
    assert not result.as_before


def test_stopped_before_a_wave_nothing_of_it_begins_and_all_is_undone():
    account = Account()

    def perform(change, wait):
        account.stop.set()
        return account.perform(change, wait)

    result = account.set_up(perform=perform)
    assert (result.error.code, result.remaining) == ("interrupted", ATTACH)
    assert result.as_before
    assert account.state == NOTHING


def test_stopped_after_the_last_wave_all_is_undone_although_it_is_as_desired():
    account = Account()

    def perform(change, wait):
        if change == ATTACH[-1]:
            account.stop.set()
        return account.perform(change, wait)

    result = account.set_up(perform=perform)
    assert (result.error.code, account.state) == ("interrupted", NOTHING)


def test_what_was_so_already_is_somebody_elses_and_not_undone():
    account = Account()
    result = apply(FRESH, account.runner(perform=lambda *_: None))
    assert len(account.of("already")) == len(FRESH)
    assert result.done == []


def test_waits_are_reported_with_their_reason():
    account = Account()
    change = Change("attach-policy", ROLE, after=LEX_READ_ONLY)

    def perform(change, wait):
        wait("slow down", 0.5)
        return change

    apply((change,), account.runner(perform=perform))
    waiting, done = account.events
    assert (waiting.status, waiting.reason, waiting.seconds) == ("waiting", "slow down", 0.5)
    assert done == Event("done", change)


def test_a_bug_comes_through_once_its_wave_has_ended():
    ended = threading.Event()

    def perform(change, _wait):
        if change is ATTACH[0]:
            raise ZeroDivisionError
        if change is ATTACH[1]:
            ended.wait(0.05)
            ended.set()
        return change

    with pytest.raises(ZeroDivisionError):
        apply(FRESH, Account().runner(perform=perform))
    assert ended.is_set()


def test_a_hundred_changes_of_a_wave_are_all_done():
    many = tuple(
        Change("delete-policy-version", POLICY, before=f"v{number}") for number in range(100)
    )
    assert len(apply(many, Account(healthy()).runner()).done) == 100


@pytest.mark.parametrize("before", [NOTHING, DRIFTED], ids=["fresh", "existing"])
@pytest.mark.parametrize("failing", ["attach-policy", "update-trust-policy", "create-policy"])
def test_after_a_failure_everything_that_was_done_is_undone(before, failing):
    account = Account(before, [failing])
    result = account.set_up(before)
    if failing in {change.kind for change in plan(healthy(), before)}:
        assert result.error.code == "access-denied"
        assert result.as_before
        assert account.state == before
    else:
        assert result.error is None


def test_without_rollback_what_was_done_is_left():
    account = Account(failing=[ATTACH[0]])
    result = account.set_up(roll_back=False)
    assert (len(result.left), result.undone) == (4, [])
    assert "rolling back" not in account.events


def test_detaching_comes_first_and_the_policy_goes_last():
    account = Account(failing=[ATTACH[0]])
    account.set_up()
    assert account.performed[5:] == [
        "detach-policy",
        "detach-policy",
        "delete-role",
        "delete-policy",
    ]


def test_an_undo_that_fails_leaves_what_it_could_not_take_and_goes_on():
    account = Account(failing=[ATTACH[0], "delete-role"])
    result = account.set_up()
    assert result.left == [CREATE_ROLE]
    assert len(result.undone) == 3
    assert account.state.policies == {}


def test_what_is_in_doubt_is_settled_by_reading():
    account = Account(DRIFTED, ["update-policy"], in_doubt=True)
    result = apply(REPAIR, account.runner())
    assert [change.kind for change in result.in_doubt] == ["update-policy"]
    settle(result, account.runner())
    (update,) = [change for change in result.done if change.kind == "update-policy"]
    assert update.after.version_id == "v2"  # the number of the version that was made
    lost = Account(failing=[CREATE_ROLE], in_doubt=True)
    result = apply(FRESH, lost.runner())
    lost.state = fold([CREATE_POLICY], NOTHING)
    settle(result, lost.runner())
    assert CREATE_ROLE in result.remaining


def test_where_the_account_can_not_be_read_the_doubt_stays_and_nothing_is_undone():
    account = Account(failing=[ATTACH[0]], in_doubt=True)
    account.readable = False
    result = account.set_up()
    assert result.in_doubt == [ATTACH[0]]
    assert (len(result.left), result.actual) == (4, None)


def test_where_the_account_is_as_desired_after_a_failure_nothing_has_failed():
    account = Account(failing=["attach-policy"], in_doubt=True)
    result = account.set_up()
    assert (result.error, result.left, account.state) == (None, [], healthy())
    another = Account(failing=["attach-policy"])
    another.observe = lambda _done=(): healthy()  # another run has made it
    assert another.set_up().error is None


def test_an_undo_without_an_answer_is_settled_by_reading_again():
    account = Account(failing=[ATTACH[0]])
    failing = account.perform

    def perform(change, wait):
        if change.kind in {"delete-role", "delete-policy"}:
            account.failing, account.in_doubt = [change], True
        return failing(change, wait)

    result = account.set_up(perform=perform)
    assert result.as_before
    assert account.state == NOTHING


@pytest.mark.parametrize("before", [NOTHING, DRIFTED], ids=["fresh", "existing"])
def test_what_somebody_else_wrote_over_is_left_to_them(before):
    account = Account(before)

    def perform(change, wait):
        done = account.perform(change, wait)
        if change == plan(healthy(), before)[-1]:
            document = policy_document("lex:Theirs")
            old = (PolicyVersion("v1"), PolicyVersion("v2"))
            account.state = with_policy(
                account.state, document=document, version_id="v9", old_versions=old
            )
            account.stop.set()
        return done

    result = account.set_up(before, perform=perform)
    assert account.state.policies[POLICY].document == policy_document("lex:Theirs")
    assert any(change.target == POLICY for change in result.left)


def test_what_iam_does_not_show_is_waited_for_and_then_reported():
    account = Account()
    readings = iter([NOTHING, NOTHING])
    observe = account.observe
    account.observe = lambda done=(): next(readings, None) or observe(done)
    assert account.set_up().error is None
    account = Account()
    account.observe = lambda _done=(): NOTHING
    result = account.set_up()
    assert result.error.code == "not-confirmed"
    assert "create-role" in result.error.message
    assert len(result.left) == 5
    assert result.undone == []


def test_a_third_value_is_somebody_elses_and_running_again_settles_it():
    account = Account()
    other = with_role(healthy(), trust_policy=trust_policy(OTHER_ORG, GENESYS))
    account.observe = lambda _done=(): other
    result = account.set_up()
    assert result.error.code == "changed-meanwhile"
    assert "run the command again" in result.error.hint
    assert result.undone == []


def test_what_others_add_meanwhile_is_kept():
    account = Account()
    more = healthy().role.attachments | {"arn:aws:iam::aws:policy/Theirs"}
    account.observe = lambda _done=(): with_role(healthy(), attachments=more)
    assert account.set_up().error is None


def test_the_managed_policies_are_in_the_last_wave_of_a_fresh_setup():
    assert {change.after for change in ATTACH} == {LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, POLICY}
