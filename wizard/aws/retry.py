"""Trying again: with backoff and jitter, within a budget, and knowing what may be done already."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.aws.errors import GONE, IN_USE, error_code, transient, translated
from wizard.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGE_SECONDS = 60.0
JUST_MADE_SECONDS = 120.0  # NoSuchEntity on what was just made is propagation
IN_USE_SECONDS = 20.0  # DeleteConflict just after the last thing was taken off
UNDO_SECONDS = 30.0
FIRST_DELAY = 0.25
LONGEST_DELAY = 8.0
DELAYS = 40  # a small budget begins with small steps: it shall hold several attempts


def _never() -> bool:
    return False


def silent(_reason: str, _seconds: float) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Retry:
    """How long to go on trying. `seconds` is the budget from the first failure on.

    `stop` ends every wait at once: the user pressed Ctrl-C.
    """

    seconds: float = CHANGE_SECONDS
    just_made_seconds: float = JUST_MADE_SECONDS
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    @property
    def first_delay(self) -> float:
        """Seconds before the second attempt; it doubles from there on."""
        return min(FIRST_DELAY, self.seconds / DELAYS)

    def capped(self, seconds: float | None) -> Retry:
        """The same with no budget longer than `seconds`."""
        if seconds is None:
            return self
        return Retry(
            min(self.seconds, seconds),
            min(self.just_made_seconds, seconds),
            self.stop,
            self.clock,
        )

    def call(
        self,
        function: Callable[[], Any],
        *,
        operation: str,
        profile: str | None = None,
        wait: Callable[[str, float], None] = silent,
        unknown_yet: Callable[[], bool] = _never,
        attempt: Attempt | None = None,
        settle: Callable[[], Any] | None = None,
    ) -> Any:
        """Call until it succeeds, fails for good, or the budget is spent. Raises AwsError.

        `unknown_yet` is asked at NoSuchEntity: true if what was called for is there all the
        same, and AWS only has to spread it. `attempt.may_be_done` becomes true when an answer
        was lost; `settle`, asked before trying again then, returns the result if the call was
        carried out after all.
        """
        attempt = attempt or Attempt()
        began: float | None = None
        delay = self.first_delay
        while True:
            try:
                return function()
            except Exception as error:  # noqa: BLE001 - sorted out and raised again
                reason, budget = self._why_again(error, attempt, unknown_yet)
                now = self.clock()
                began = now if began is None else began
                pause = delay * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
                if not reason or now - began + pause >= budget or self.stop.is_set():
                    _fail(error, operation, profile, attempt)
            wait(reason, pause)
            if self.stop.wait(pause):
                _stopped(operation, attempt)
            if attempt.may_be_done and settle is not None:
                result = settle()
                if result is not None:
                    return result
            delay = min(delay * 2, LONGEST_DELAY)

    def _why_again(
        self, error: Exception, attempt: Attempt, unknown_yet: Callable[[], bool]
    ) -> tuple[str, float]:
        """Why trying again may help, and how long; an empty reason if it can't."""
        code = error_code(error)
        if code in GONE and unknown_yet():
            return "AWS is still spreading what was just made", self.just_made_seconds
        if code in IN_USE:
            reason = "AWS still sees something that hangs on it"
            return reason, min(self.seconds, IN_USE_SECONDS)
        again = transient(error)
        if again is None:
            return "", 0.0
        reason, may_be_done = again
        attempt.may_be_done = attempt.may_be_done or may_be_done
        return reason, self.seconds


@dataclass
class Attempt:
    """What is known of a call that is tried several times."""

    may_be_done: bool = False


def _fail(error: Exception, operation: str, profile: str | None, attempt: Attempt) -> None:
    try:
        with translated(operation, profile):
            raise error
    except AwsError as failure:
        failure.in_doubt = attempt.may_be_done
        raise


def _stopped(operation: str, attempt: Attempt) -> None:
    failure = AwsError(f"{operation} was stopped while it waited.", "", code="interrupted")
    failure.in_doubt = attempt.may_be_done
    raise failure
