"""Carries a plan out, wave by wave, and says what happened as a stream of events.

It takes a function that performs one change, so it does not know that AWS exists.
"""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wizard.core.plan import Change, Plan, waves
from wizard.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIDE_BY_SIDE = 8  # more than any wave of a set-up has; bounds a removal of many versions


@dataclass(frozen=True)
class Started:
    """A change is being carried out."""

    change: Change


@dataclass(frozen=True)
class Waiting:
    """A change met something transient (`reason`) and is tried again in `seconds`."""

    change: Change
    reason: str
    seconds: float


@dataclass(frozen=True)
class Done:
    """A change was carried out by this run; `change` has what only AWS knew before."""

    change: Change


@dataclass(frozen=True)
class AlreadySo:
    """The account was already as the change would leave it: somebody else's work."""

    change: Change


@dataclass(frozen=True)
class Failed:
    """A change was not carried out, or (`error.in_doubt`) nobody knows."""

    change: Change
    error: AwsError


@dataclass(frozen=True)
class NotBegun:
    """A change was never tried, because one before it failed or the user stopped the run."""

    change: Change


Event: TypeAlias = Started | Waiting | Done | AlreadySo | Failed | NotBegun
Wait: TypeAlias = "Callable[[str, float], None]"
Perform: TypeAlias = "Callable[[Change, Wait], Change | None]"


def apply(
    plan: Plan, perform: Perform, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Perform every change of the plan; stop at the first failure, or when `stopped()`.

    `perform(change, wait)` returns the change as carried out, or None when the account was
    already so; it calls `wait(reason, seconds)` before it tries again, and raises AwsError.
    When one change of a wave fails, the rest of the wave is finished and no further begins.
    """
    failed = False
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for wave in waves(plan):
            if failed or stopped():
                yield from (NotBegun(change) for change in wave)
                failed = True
                continue
            for event in _run_wave(wave, perform, pool):
                failed = failed or isinstance(event, Failed)
                yield event


def _run_wave(wave: Plan, perform: Perform, pool: ThreadPoolExecutor) -> Iterator[Event]:
    # The queue hands events to the one thread that draws them, and lets the main thread
    # run signal handlers while it waits.
    events: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()

    def run(change: Change) -> None:
        def wait(reason: str, seconds: float) -> None:
            events.put(Waiting(change, reason, seconds))

        try:
            done = perform(change, wait)
            events.put(AlreadySo(change) if done is None else Done(done))
        except AwsError as error:
            events.put(Failed(change, error))
        except BaseException as error:  # noqa: BLE001 - a bug: raised again where it can be told
            events.put(error)

    for change in wave:
        yield Started(change)
        pool.submit(run, change)
    running = len(wave)
    bug: BaseException | None = None
    while running:
        event = events.get()
        if isinstance(event, BaseException):
            bug, running = event, running - 1
            continue
        if not isinstance(event, Waiting):
            running -= 1
        yield event
    if bug is not None:
        raise bug
