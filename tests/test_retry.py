"""Trying again: within budgets, with jitter, until the user says stop, and never blindly."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, SSLError
from wizard.aws.retry import FIRST_DELAY, IN_USE_SECONDS, LONGEST_DELAY, UNDO_SECONDS, Retry

from wizard.errors import AccessDenied, AwsError, NotFound, Unreachable


def error(code, status=400):
    metadata = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "CreateRole")


LOST = ConnectionClosedError(endpoint_url="https://iam.amazonaws.com")


class Clock(threading.Event):
    """A clock that only waiting moves on; as an event, it is what a retry waits for."""

    def __init__(self):
        super().__init__()
        self.now = 100.0
        self.waits = []

    def __call__(self):
        return self.now

    def wait(self, timeout=None):
        self.waits.append(timeout)
        self.now += timeout
        return self.is_set()


@dataclass
class Calls:
    """Fails with these errors, one after another (the last for ever), then answers."""

    errors: list
    for_ever: bool = False
    made: int = 0
    told: list = field(default_factory=list)

    def __call__(self):
        self.made += 1
        if self.for_ever:
            raise self.errors[min(self.made, len(self.errors)) - 1]
        if self.made <= len(self.errors):
            raise self.errors[self.made - 1]
        return "answer"

    def wait(self, reason, seconds):
        self.told.append((reason, seconds))


def tried(calls, retry=None, **options):
    clock = Clock()
    retry = retry or Retry(stop=clock, clock=clock)
    answer = retry.call(calls, operation="iam:CreateRole", wait=calls.wait, **options)
    return answer, clock


def failed(calls, **options):
    """The failure, and the seconds that were spent waiting for it."""
    clock = Clock()
    retry = Retry(stop=clock, clock=clock)
    for_seconds = options.pop("capped", None)
    with pytest.raises(AwsError) as raised:
        retry.capped(for_seconds).call(
            calls, operation="iam:CreateRole", wait=calls.wait, **options
        )
    return raised.value, clock.now - 100


def test_what_works_at_once_is_neither_waited_for_nor_told():
    calls = Calls([])
    answer, clock = tried(calls)
    assert (answer, calls.made, clock.waits, calls.told) == ("answer", 1, [], [])


@pytest.mark.parametrize(
    "transient",
    [
        error("Throttling"),
        error("ServiceFailure", 500),
        error("SomethingNew", 503),
        error("ConcurrentModification", 409),
        error("DeleteConflict", 409),
        LOST,
    ],
)
def test_what_is_transient_is_tried_again_and_told(transient):
    calls = Calls([transient] * 3)
    answer, clock = tried(calls)
    assert (answer, calls.made) == ("answer", 4)
    assert [seconds for _, seconds in calls.told] == clock.waits
    assert all(reason for reason, _ in calls.told)


def test_waits_double_up_to_a_limit_and_jitter_keeps_runs_apart():
    for _ in range(20):
        _, clock = tried(Calls([error("Throttling")] * 9))
        for number, wait in enumerate(clock.waits):
            full = min(FIRST_DELAY * 2**number, LONGEST_DELAY)
            assert full / 2 <= wait <= full
    assert len({tuple(tried(Calls([LOST] * 3))[1].waits) for _ in range(9)}) > 1


@pytest.mark.parametrize(
    ("transient", "options", "budget"),
    [
        (error("Throttling"), {}, 60),
        (error("NoSuchEntity", 404), {"unknown_yet": lambda: True}, 120),
        (error("DeleteConflict", 409), {}, IN_USE_SECONDS),
        (error("Throttling"), {"capped": UNDO_SECONDS}, 30),
        (error("NoSuchEntity", 404), {"unknown_yet": lambda: True, "capped": UNDO_SECONDS}, 30),
        (error("DeleteConflict", 409), {"capped": 3}, 3),
        (error("Throttling"), {"capped": 0}, 0),
    ],
)
def test_each_budget_ends(transient, options, budget):
    failure, spent = failed(Calls([transient], for_ever=True), **options)
    assert budget - LONGEST_DELAY <= spent <= budget
    assert failure.message
    assert failure.hint


def test_a_budget_of_nothing_tries_once():
    calls = Calls([error("Throttling")], for_ever=True)
    failed(calls, capped=0)
    assert calls.made == 1


def test_a_small_budget_holds_several_attempts():
    calls = Calls([error("Throttling")], for_ever=True)
    failed(calls, capped=1)
    assert calls.made > 4


def test_a_cap_never_lengthens_a_budget():
    assert Retry(seconds=5).capped(60).seconds == 5
    assert Retry(seconds=5).capped(60).just_made_seconds == 60
    assert Retry(seconds=5).capped(None).seconds == 5


def test_the_budget_begins_with_the_first_failure():
    clock = Clock()

    def slow():
        clock.now += 500
        raise error("Throttling")

    calls = Calls([])
    with pytest.raises(AwsError):
        Retry(stop=clock, clock=clock).call(slow, operation="x", wait=calls.wait)
    assert len(calls.told) == 1


@pytest.mark.parametrize(
    ("final", "kind"),
    [
        (error("AccessDenied", 403), AccessDenied),
        (error("NoSuchEntity", 404), NotFound),
        (error("LimitExceeded", 409), AwsError),
        (SSLError(endpoint_url="x", error="self-signed"), Unreachable),
    ],
)
def test_what_will_fail_again_fails_at_once(final, kind):
    calls = Calls([final], for_ever=True)
    failure, spent = failed(calls)
    assert (type(failure), calls.made, spent) == (kind, 1, 0)
    assert not failure.in_doubt


def test_what_is_no_error_of_aws_is_a_bug_and_comes_through():
    with pytest.raises(ZeroDivisionError):
        tried(Calls([ZeroDivisionError()]))


@pytest.mark.parametrize(
    ("errors", "in_doubt"),
    [
        ([LOST], True),
        ([error("ServiceFailure", 500)], True),
        ([LOST, error("AccessDenied", 403)], True),
        ([error("Throttling")], False),
        ([error("ConcurrentModification")], False),
    ],
)
def test_a_failure_is_in_doubt_if_an_answer_was_lost(errors, in_doubt):
    failure, _ = failed(Calls(errors, for_ever=True))
    assert failure.in_doubt == in_doubt


def test_after_a_lost_answer_the_call_is_settled_before_it_is_made_again():
    calls, settled = Calls([error("Throttling"), LOST, LOST]), iter([None, "made after all"])
    answer, _ = tried(calls, settle=lambda: next(settled))
    assert (answer, calls.made) == ("made after all", 3)


def test_nothing_is_settled_while_no_answer_was_lost():
    answer, _ = tried(Calls([error("Throttling")]), settle=lambda: "never asked")
    assert answer == "answer"


@pytest.mark.parametrize("errors", [[error("Throttling")], [LOST]])
def test_stop_ends_a_wait_at_once_and_what_was_lost_is_in_doubt(errors):
    clock = Clock()
    calls = Calls(errors, for_ever=True)

    def wait(reason, seconds):
        calls.wait(reason, seconds)
        clock.set()

    with pytest.raises(AwsError) as stopped:
        Retry(stop=clock, clock=clock).call(calls, operation="x", wait=wait)
    assert (stopped.value.code, calls.made) == ("interrupted", 1)
    assert stopped.value.in_doubt == (errors == [LOST])


def test_after_stop_a_failure_is_not_tried_again():
    clock = Clock()
    clock.set()
    calls = Calls([error("Throttling")], for_ever=True)
    with pytest.raises(AwsError):
        Retry(stop=clock, clock=clock).call(calls, operation="x", wait=calls.wait)
    assert (calls.made, clock.waits) == (1, [])
