"""Calls and their retries: within budgets, with jitter, until the user says stop, never blindly."""

from __future__ import annotations

import threading

import pytest

from aws_server import Fault, policy
from inside import variables
from wizard.aws.session import (
    DELETE_CONFLICT_SECONDS,
    FIRST_DELAY,
    LONGEST_DELAY,
    UNDO_SECONDS,
    Attempt,
    Retry,
    Session,
    Settled,
)
from wizard.errors import AccessDenied, AwsError, CredentialsFailed, NotFound

THROTTLED, LOST, BUSY = Fault("Throttling"), Fault(), Fault("ConcurrentModification", 409)
BROKEN, CONFLICT = Fault("ServiceFailure", 500), Fault("DeleteConflict", 409)
ABSENT = Fault("NoSuchEntity", 404)


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


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(aws, clock):
    with variables({**aws.environment(), "AWS_DEFAULT_REGION": "us-east-1"}):
        yield Session(retry=Retry(stop=clock, clock=clock))


def faults(aws, *these, for_ever=False):
    """The n-th call of ListRoles meets the n-th fault (the last for ever)."""

    def fault(operation, number):
        if operation != "ListRoles" or (number > len(these) and not for_ever):
            return None
        return these[min(number, len(these)) - 1]

    aws.fault = fault


def call(session, **options):
    """One call; the reasons for trying again that were reported."""
    reasons = []
    attempt = Attempt(lambda reason, seconds: reasons.append((reason, seconds)), **options)
    answer = session.call("iam", "ListRoles", attempt=attempt)
    return answer, reasons


def failure(session, **options):
    with pytest.raises(AwsError) as raised:
        call(session, **options)
    return raised.value


def made(aws):
    return aws.operations().count("ListRoles")


def test_what_works_at_once_is_neither_waited_for_nor_reported(aws, session, clock):
    assert call(session)[1] == []
    assert (made(aws), clock.waits) == (1, [])


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, Fault("New", 503), BUSY, CONFLICT, LOST])
def test_what_is_transient_is_tried_again_and_reported(aws, session, clock, fault):
    faults(aws, fault, fault, fault)
    _, reasons = call(session)
    assert made(aws) == 4
    assert [seconds for _, seconds in reasons] == clock.waits
    assert all(reason for reason, _ in reasons)


def test_waits_double_up_to_a_limit_and_jitter_keeps_runs_apart(aws, session, clock):
    faults(aws, *[THROTTLED] * 9)
    call(session)
    for number, wait in enumerate(clock.waits):
        full = min(FIRST_DELAY * 2**number, LONGEST_DELAY)
        assert full / 2 <= wait <= full
    first, clock.waits = clock.waits, []
    aws.forget()
    call(session)
    assert clock.waits != first


@pytest.mark.parametrize(
    ("fault", "options", "cap", "budget"),
    [
        (THROTTLED, {}, None, 60),
        (THROTTLED, {"patience": 10}, None, 600),
        (ABSENT, {"unknown_yet": lambda: True}, None, 120),
        (CONFLICT, {}, None, DELETE_CONFLICT_SECONDS),
        (THROTTLED, {}, UNDO_SECONDS, 30),
        (ABSENT, {"unknown_yet": lambda: True}, UNDO_SECONDS, 30),
        (CONFLICT, {}, 3, 3),
        (THROTTLED, {}, 0, 0),
    ],
)
def test_each_budget_ends(aws, session, clock, fault, options, cap, budget):
    session.retry = session.retry.capped(cap)
    faults(aws, fault, for_ever=True)
    error = failure(session, **options)
    assert budget - LONGEST_DELAY <= clock.now - 100 <= budget
    assert error.message
    assert error.hint
    assert made(aws) == 1 if cap == 0 else made(aws) > 4


def test_a_question_that_only_advises_is_asked_once_more_and_throttling_waited_for(aws, session):
    for fault, times in ((BROKEN, 1), (LOST, 2)):
        aws.forget()
        faults(aws, fault, for_ever=True)
        failure(session, advises=True)
        assert made(aws) == times
    aws.forget()
    faults(aws, THROTTLED, THROTTLED, LOST, THROTTLED)
    call(session, advises=True)
    assert made(aws) == 5


def test_one_attempt_is_one_attempt(aws, session, clock):
    faults(aws, THROTTLED, for_ever=True)
    with pytest.raises(AwsError):
        session.call_once("iam", "ListRoles", {})
    assert (made(aws), clock.waits) == (1, [])


def test_a_cap_never_lengthens_a_budget():
    assert Retry(seconds=5).capped(60).seconds == 5
    assert Retry(seconds=5).capped(60).just_made_seconds == 60
    assert Retry(seconds=5).capped(None).seconds == 5


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("AccessDenied", 403), AccessDenied),
        (ABSENT, NotFound),
        (Fault("LimitExceeded", 409), AwsError),
        (Fault("ExpiredToken", 403), CredentialsFailed),
    ],
)
def test_what_will_fail_again_fails_at_once(aws, session, clock, fault, kind):
    faults(aws, fault, for_ever=True)
    error = failure(session)
    assert (type(error), made(aws), clock.waits) == (kind, 1, [])
    assert not error.in_doubt


@pytest.mark.parametrize(
    ("these", "in_doubt"),
    [
        ([LOST], True),
        ([BROKEN], True),
        ([LOST, Fault("AccessDenied", 403)], True),
        ([THROTTLED], False),
        ([BUSY], False),
    ],
)
def test_a_failure_is_in_doubt_if_an_answer_was_lost(aws, session, these, in_doubt):
    faults(aws, *these, for_ever=True)
    assert failure(session).in_doubt == in_doubt


def test_after_a_lost_answer_the_call_is_settled_before_it_is_made_again(aws, session):
    settled = iter([None, "made after all"])
    faults(aws, THROTTLED, LOST, LOST)
    with pytest.raises(Settled) as raised:
        call(session, settle=lambda: next(settled))
    assert (raised.value.result, made(aws)) == ("made after all", 3)
    aws.forget()
    faults(aws, THROTTLED)
    assert call(session, settle=lambda: "never asked")[0]


@pytest.mark.parametrize("fault", [THROTTLED, LOST])
def test_stop_ends_a_wait_at_once_and_what_was_lost_is_in_doubt(aws, session, clock, fault):
    faults(aws, fault, for_ever=True)
    attempt = Attempt(lambda _reason, _seconds: clock.set())
    with pytest.raises(AwsError) as stopped:
        session.call("iam", "ListRoles", attempt=attempt)
    assert (stopped.value.code, made(aws)) == ("interrupted", 1)
    assert stopped.value.in_doubt == (fault is LOST)
    aws.forget()
    failure(session)  # after stop nothing is tried again
    assert made(aws) == 1


def test_all_pages_are_read_and_each_of_them_is_tried_again(aws, session):
    client = aws.client()
    for number in range(3):
        client.create_policy(PolicyName=f"P{number}", PolicyDocument=policy("lex:ListBots"))
    aws.fault = lambda name, number: THROTTLED if name == "ListPolicies" and number == 2 else None
    found = session.items("iam", "ListPolicies", {"Scope": "Local", "MaxItems": 1}, "Policies")
    assert sorted(policy["PolicyName"] for policy in found) == ["P0", "P1", "P2"]
