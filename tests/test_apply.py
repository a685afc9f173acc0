"""A plan is carried out wave by wave; a failure lets its wave finish and begins no other."""

from __future__ import annotations

import threading

import pytest
from wizard.core.plan import plan, waves

from strategies import POLICY, ROLE, healthy
from wizard.apply import AlreadySo, Done, Failed, NotBegun, Started, Waiting, apply
from wizard.core import plan as p
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, NOTHING
from wizard.errors import AwsError

FRESH = plan(healthy(), NOTHING)
CREATE_ROLE, CREATE_POLICY, *ATTACH = FRESH


def perform_all(change, _wait):
    return change


def failing(*failures, in_doubt=False):
    """Performs everything but these changes."""

    def perform(change, _wait):
        if change in failures:
            error = AwsError("no")
            error.in_doubt = in_doubt
            raise error
        return change

    return perform


def of(kind, events):
    return [event.change for event in events if isinstance(event, kind)]


def test_every_change_is_begun_and_done_in_the_order_of_the_waves():
    events = list(apply(FRESH, perform_all))
    done = of(Done, events)
    first, second = (set(map(id, wave)) for wave in waves(FRESH))
    assert {id(change) for change in done[:2]} == first
    assert {id(change) for change in done[2:]} == second
    assert of(Started, events) == list(FRESH)


def test_an_empty_plan_does_nothing():
    assert list(apply((), perform_all)) == []


def test_a_wave_runs_side_by_side():
    together = threading.Barrier(len(ATTACH), timeout=5)

    def perform(change, _wait):
        if change in ATTACH:
            together.wait()  # breaks unless all three are there at the same time
        return change

    assert len(of(Done, apply(FRESH, perform))) == len(FRESH)


def test_a_failure_lets_its_wave_finish_and_no_further_begins():
    events = list(apply(FRESH, failing(CREATE_ROLE)))
    assert of(Failed, events) == [CREATE_ROLE]
    assert of(Done, events) == [CREATE_POLICY]
    assert of(NotBegun, events) == ATTACH
    assert set(map(id, of(Started, events))) == {id(CREATE_ROLE), id(CREATE_POLICY)}


def test_several_failures_of_one_wave_are_all_told():
    events = list(apply(FRESH, failing(*ATTACH[:2])))
    assert of(Failed, events) == ATTACH[:2] or of(Failed, events) == ATTACH[1::-1]
    assert of(Done, events)[-1] == ATTACH[2]


def test_stopped_before_a_wave_nothing_of_it_begins():
    begun = []

    def perform(change, _wait):
        begun.append(change)
        return change

    events = list(apply(FRESH, perform, lambda: len(begun) >= 2))
    assert of(NotBegun, events) == ATTACH
    assert len(of(Done, events)) == 2
    assert of(NotBegun, apply(FRESH, perform, lambda: True)) == list(FRESH)


def test_what_was_so_already_is_told_as_somebody_elses():
    assert of(AlreadySo, apply(FRESH, lambda *_: None)) == [CREATE_ROLE, CREATE_POLICY, *ATTACH]


def test_what_is_only_known_afterwards_is_in_what_was_done():
    made = p.UpdatePolicy(POLICY, healthy().policies[POLICY].document, "v7")
    events = list(apply((p.UpdatePolicy(POLICY, made.document),), lambda *_: made))
    assert of(Done, events) == [made]


def test_waits_are_told_between_begin_and_end():
    def perform(change, wait):
        wait("slow down", 0.5)
        return change

    change = p.AttachPolicy(ROLE, LEX_READ_ONLY)
    assert list(apply((change,), perform)) == [
        Started(change),
        Waiting(change, "slow down", 0.5),
        Done(change),
    ]


def test_a_bug_comes_through_once_its_wave_has_ended():
    ended = threading.Event()

    def perform(change, _wait):
        if change is ATTACH[0]:
            raise ZeroDivisionError
        if change is ATTACH[1]:
            ended.wait(0.05)
            ended.set()
        return change

    events = []
    with pytest.raises(ZeroDivisionError):
        events.extend(apply(FRESH, perform))
    assert ended.is_set()


def test_a_hundred_changes_of_a_wave_are_all_done():
    many = tuple(p.DeletePolicyVersion(POLICY, f"v{number}") for number in range(100))
    assert len(of(Done, apply(many, perform_all))) == 100


def test_the_managed_policies_are_in_the_last_wave_of_a_fresh_set_up():
    assert {change.policy_arn for change in ATTACH} == {LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, POLICY}
