"""Applies a plan wave by wave, reads the account back, and rolls back after a failure.

It takes functions: `perform` carries out one change, `observe` reads the account. So it does
not know that AWS exists.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from wizard.core.changes import REMOVING, Change, plan, shows, still_ours, waves
from wizard.errors import AwsError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wizard.core.changes import Plan
    from wizard.core.desired import PlannedSetup
    from wizard.core.state import State

SIDE_BY_SIDE = 8  # more than any wave of a setup has; bounds a removal of many versions
CONFIRM_SECONDS = 120.0  # how long AWS may take to show everything that was written
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
FOREIGN_LOOKS = 6  # readings after which a third value is somebody else's, not IAM's delay
INTERRUPTED = "interrupted"
NOT_CONFIRMED = "not-confirmed"
CHANGED_MEANWHILE = "changed-meanwhile"


@dataclass(frozen=True)
class Event:
    """What happened to a change: `already` is done, by somebody else; `error` of a failure.

    `waiting`: it met something transient (`reason`) and is tried again in `seconds`.
    """

    status: Literal["waiting", "done", "already", "failed"]
    change: Change
    error: AwsError | None = None
    reason: str = ""
    seconds: float = 0.0


Wait: TypeAlias = "Callable[[str, float], None]"
Perform: TypeAlias = "Callable[[Change, Wait], Change | None]"
Observe: TypeAlias = "Callable[[Sequence[Change]], State]"
Report: TypeAlias = "Callable[[Event], None]"


@dataclass
class Result:
    """What became of a plan. `error` is None when every change is in place.

    `actual` is the account as it was read last, None where it could not be read.
    """

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    remaining: list[Change] = field(default_factory=list)
    in_doubt: list[Change] = field(default_factory=list)
    error: AwsError | None = None
    actual: State | None = None

    @property
    def as_before(self) -> bool:
        """Whether the account is as this run found it, as far as this run touched it."""
        return not self.left and not self.in_doubt


@dataclass(frozen=True)
class Runner:
    """What it takes to apply a plan.

    `perform(change, wait)` returns the change as carried out, or None when the account was
    already so; it calls `wait(reason, seconds)` before it tries again, and raises AwsError.
    `observe(done)` reads the account after these changes. `describe` words changes for an
    error. `stop` is set when the user wants to stop, `seconds` caps the read-back.
    """

    perform: Perform
    observe: Observe
    report: Report
    describe: Callable[[Iterable[Change]], str]
    stop: threading.Event
    seconds: float = CONFIRM_SECONDS


def apply(changes: Plan, runner: Runner) -> Result:
    """Perform every change; stop at the first failure, or when the user says so.

    When one change of a wave fails, the rest of the wave is finished and no further begins.
    Nothing is rolled back here.
    """
    result = Result()
    for wave in waves(changes):
        if result.error or runner.stop.is_set():
            result.remaining += wave
            continue
        for event in _perform_all(wave, runner):
            if event.error is None:
                result.done += [event.change] if event.status == "done" else []
                continue
            result.error = result.error or event.error
            (result.in_doubt if event.error.in_doubt else result.remaining).append(event.change)
    if runner.stop.is_set() and (result.error or result.remaining):
        result.error = _interrupted()
    result.left = list(result.done) if result.error else []
    return result


def _perform_all(wave: Iterable[Change], runner: Runner) -> Iterable[Event]:
    """Perform independent changes side by side; their events as they come."""

    def perform(change: Change) -> Event:
        def wait(reason: str, seconds: float) -> None:
            runner.report(Event("waiting", change, reason=reason, seconds=seconds))

        try:
            done = runner.perform(change, wait)
        except AwsError as error:
            return Event("failed", change, error)
        return Event("already", change) if done is None else Event("done", done)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for future in as_completed([pool.submit(perform, change) for change in wave]):
            event = future.result()
            runner.report(event)
            yield event


def set_up(
    planned: PlannedSetup, runner: Runner, *, roll_back: bool, rolling_back: Callable[[], None]
) -> Result:
    """Apply the plan and read the account back; after a failure undo what this run did.

    Where the account is as desired after a failure, another run has done it: nothing has
    failed. `rolling_back` is called before the first change is undone.
    """
    result = apply(planned.changes, runner)
    if result.error is None:
        read_back(planned, result, runner)
    if result.error is None and runner.stop.is_set():
        result.error, result.left = _interrupted(), list(result.done)
    if result.error is None or result.error.code in {NOT_CONFIRMED, CHANGED_MEANWHILE}:
        return result
    runner.stop.clear()  # it was heard; what follows may wait again
    settle(result, runner)
    if result.actual is None:
        return result
    if result.error.code != INTERRUPTED and not _missing(planned, result.actual):
        result.error, result.left, result.remaining = None, [], []
    elif roll_back:
        rolling_back()
        _roll_back(result, result.actual, runner)
    return result


def settle(result: Result, runner: Runner) -> None:
    """Read the account after a failure and find out which changes in doubt were made."""
    try:
        actual = result.actual = runner.observe(result.done)
    except AwsError:
        return
    for change in result.in_doubt:
        if shows(change, actual):
            result.done.append(_as_made(change, actual))
        else:
            result.remaining.append(change)
    result.in_doubt, result.left = [], list(result.done)


def _as_made(change: Change, actual: State) -> Change:
    """The change with what only the account tells: the version that was made."""
    if change.kind != "update-policy":
        return change
    version_id = actual.policies[change.target].version_id
    return replace(change, after=replace(change.after, version_id=version_id))


def read_back(planned: PlannedSetup, result: Result, runner: Runner) -> None:
    """Read until AWS shows what is desired; `result.error` says so when it never does.

    IAM takes time to show what was written, and shows what was before until then. A third
    value is somebody else's: then running again settles it.
    """
    began, pause, looks = time.monotonic(), min(FIRST_PAUSE, runner.seconds / 40), 0
    while True:
        try:
            actual = result.actual = runner.observe(result.done)
            missing = _missing(planned, actual)
        except AwsError as error:
            result.error, result.left = _not_confirmed(error.message), list(result.done)
            return
        except Refused as error:
            result.error, result.left = _changed_meanwhile(error.message), list(result.done)
            return
        if not missing:
            return
        looks += 1
        time_is_up = time.monotonic() - began + pause > runner.seconds
        foreign = any(change not in planned.changes for change in missing)
        if time_is_up or (foreign and looks > FOREIGN_LOOKS):
            what = runner.describe(missing)
            result.error = _changed_meanwhile(what) if foreign else _not_shown(what)
            result.left = list(result.done)
            return
        if runner.stop.wait(pause):
            return
        pause = min(pause * 2, LONGEST_PAUSE)


def _missing(planned: PlannedSetup, actual: State) -> list[Change]:
    """What is still to do; what others have added since is kept, as in any later run."""
    still = plan(planned.desired, actual)
    return [change for change in still if change in planned.changes or change.kind not in REMOVING]


def _roll_back(result: Result, actual: State, runner: Runner) -> None:
    """Undo what this run did and nothing that others did; the rest stays in `result.left`."""
    runner = replace(runner, stop=threading.Event())  # nothing stops half-way from here on
    ways, left = still_ours(result.done, actual)
    result.left = list(left)
    attached = [pair for pair in ways if pair[0].kind == "attach-policy"]
    for batch in (attached, *([pair] for pair in ways if pair not in attached)):
        undoing = apply(tuple(back for _, way in batch for back in way), runner)
        for change, way in batch:
            if any(back in undoing.in_doubt for back in way):
                result.in_doubt.append(change)
            elif any(back in undoing.remaining for back in way):
                result.left.append(change)
            else:
                result.undone.append(change)
    if not result.in_doubt:
        return
    try:
        result.actual = runner.observe(())
    except AwsError:
        return
    for change in result.in_doubt:
        (result.left if shows(change, result.actual) else result.undone).append(change)
    result.in_doubt = []


def _interrupted() -> AwsError:
    """Ctrl-C or SIGTERM while changes were carried out."""
    return AwsError("Interrupted.", code=INTERRUPTED)


def _not_shown(what: str) -> AwsError:
    return _not_confirmed(f"AWS does not show: {what}.")


def _not_confirmed(why: str) -> AwsError:
    return AwsError(
        f"The changes were made, but AWS doesn't show all of them yet. {why}",
        ("Nothing was undone. Run `genesys-lex-wizard verify` in a minute, or run setup again."),
        code=NOT_CONFIRMED,
    )


def _changed_meanwhile(what: str) -> AwsError:
    return AwsError(
        f"Someone else changed this role during the run: {what}.",
        "Coordinate with them, then run the command again.",
        code=CHANGED_MEANWHILE,
    )
