"""One file per command; here is what every command runs with, and what it ends in."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wizard.errors import ExitCode, Refused, WizardError, frames
from wizard.system import ENDING, TERMINATING
from wizard.validators import GENESYS_ACCOUNT

# What most runs need and --help does not is imported in functions: half of its time.

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from wizard.apply import Event
    from wizard.aws.session import Caller, Session
    from wizard.core.shell import Place
    from wizard.ui.screen import Screen

# What a signal is answered with at once, while the current call is finished.
UNDOING = "Interrupted. Finishing the current call, then undoing the changes."
STOPPING = "Interrupted. Stopping after the current call."
SHORTEST_WAIT = 0.5  # seconds from which on a wait is reported


class Signals:
    """Ctrl-C, SIGTERM, SIGHUP: raised at once, or, while changes are applied, only noted."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.received: int | None = None
        self._deferred: str | None = None

    def install(self) -> None:
        """From now on these signals come here; what nohup has set aside stays so."""
        for number in ENDING:
            asked_for = number in {signal.SIGINT, signal.SIGTERM}
            if asked_for or signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        first, self.received = self.received is None, number
        self.stop.set()
        if self._deferred is None:
            raise KeyboardInterrupt
        if first and self._deferred:
            # Not by way of the screen, which this may have interrupted in the middle of a line.
            with contextlib.suppress(OSError):
                os.write(2, f"\n  {self._deferred}\n".encode())

    @contextmanager
    def deferred(self, answer: str = "") -> Iterator[None]:
        """Within it a signal does not interrupt: what is under way is finished first.

        `answer` is written to standard error when the first signal comes.
        """
        self._deferred = answer
        try:
            yield
        finally:
            self._deferred = None

    @property
    def exit_code(self) -> ExitCode:
        """The code of a run that a signal ended."""
        ended = self.received in TERMINATING
        return ExitCode.TERMINATED if ended else ExitCode.CANCELLED


@dataclass(frozen=True)
class RunOptions:
    """How the command was called: everything that is not about the setup itself."""

    profile: str | None = None
    region: str | None = None
    account_id: str | None = None
    yes: bool = False
    dry_run: bool = False
    rollback: bool = True
    sandbox: bool = False
    may_ask: bool = False
    retry_seconds: float | None = None


@dataclass
class Context:
    """What a command runs with: how it was called, where it shows things, how it reaches AWS.

    `result` is the JSON object as far as it is known; it is what scripts get of a command that
    fails, too. `place` is where printed commands shall work: the profile and the account, as far
    as they are known. `open_session` is `aws.session.Session`, or what a test has in its place.
    """

    command: str
    screen: Screen
    options: RunOptions = field(default_factory=RunOptions)
    signals: Signals = field(default_factory=Signals)
    trace: Callable[[str], None] | None = None
    open_session: Callable[..., Session] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the keys that the command's object always has."""
        from wizard.core.shell import Place
        from wizard.ui.objects import KEYS

        options = self.options
        self.place = Place(options.profile, options.account_id, options.region)
        self.result = {"command": self.command, **KEYS[self.command], **self.result}

    def show(self, error: WizardError) -> None:
        """Show an error, once; with a trace also where it came from."""
        if error.shown:
            return
        error.shown = True
        self.screen.error(error)
        if self.trace is not None:
            for line in frames(error):
                self.trace(line)

    def sign_in(self) -> Session:
        """A session as the options say, with its credentials where there are any.

        Raises CredentialsFailed, for an unknown profile too, and AwsError.
        """
        from wizard.aws.session import Retry, Session

        session = (self.open_session or Session)(
            profile=self.options.profile,
            region=self.options.region,
            retry=Retry(stop=self.signals.stop).capped(self.options.retry_seconds),
            trace=self.trace,
            may_ask=self.options.may_ask,
            wait=WaitLine(self.screen),
        )
        if session.runs_a_program:
            self.screen.line("Waiting for the profile's credential_process", sign="…")
        session.log_in()
        self.place = replace(self.place, profile=session.profile)
        return session

    def check_account(self, caller: Caller, genesys_account: str = GENESYS_ACCOUNT) -> None:
        """Raise Refused unless this is the account that is meant and one that can serve Genesys."""
        if caller.partition != "aws":
            raise Refused(
                (
                    f"These credentials belong to the AWS partition {caller.partition}. "
                    "Genesys Cloud is in the partition aws, and a role can't trust an account "
                    "in another partition."
                ),
                (
                    "Use an account in the aws partition. The Genesys Cloud FedRAMP region "
                    "(us-east-2) is in that partition too."
                ),
                code="another-partition",
            )
        self.check_account_id(caller)
        if caller.account_id == genesys_account:
            raise Refused(
                (
                    f"You're signed in to the Genesys Cloud AWS account, {caller.account_id}. "
                    "The role would trust its own account."
                ),
                "Use the credentials of the account that has the Lex V2 bots.",
                code="genesys-own-account",
            )

    def check_account_id(self, caller: Caller) -> None:
        """Raise Refused for the credentials of another account than the one that is meant."""
        meant = self.options.account_id
        if meant not in {None, caller.account_id}:
            raise Refused(
                f"You're signed in to AWS account {caller.account_id}, but --account-id is "
                f"{meant}.",
                "Use another --profile, or correct --account-id.",
                code="another-account",
            )
        self.place = replace(self.place, account_id=caller.account_id)

    def deferred(self, answer: str) -> AbstractContextManager[None]:
        """As `Signals.deferred`; a quiet run answers nothing."""
        return self.signals.deferred("" if self.screen.quiet else answer)

    def ended(self, exit_code: ExitCode = ExitCode.DONE, **more: Any) -> Outcome:
        """How the command ended, with these keys of its result beside those known already."""
        return Outcome(exit_code, {**self.result, **more})


@dataclass(frozen=True)
class Outcome:
    """How a command ended: the exit code, the object for scripts, the result for people.

    `text` goes to standard output as it stands; `draw` draws there, colored at a terminal.
    """

    exit_code: ExitCode
    result: dict[str, Any]
    text: str = ""
    draw: Callable[[Screen], None] | None = None


class Progress:
    """Shows what happens while changes are applied.

    Why the first change failed is told at the end, as the error; here only of further ones.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._wait = WaitLine(screen)
        self._failed = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.status == "waiting":
            self._wait(event.reason, event.seconds)
            return
        from wizard.ui import words

        failed = event.status == "failed"
        self._screen.lines([words.event_line(event, why=failed and self._failed)])
        self._failed = self._failed or failed


class WaitLine:
    """Reports that the program waits for AWS; once for all calls that wait side by side."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0

    def __call__(self, reason: str, seconds: float) -> None:
        """A line, unless one was written a moment ago or the wait is too short to notice."""
        with self._lock:
            now = self._clock()
            if seconds < SHORTEST_WAIT or now < self._until:
                return
            self._until = now + seconds
            self._screen.line(f"{reason}. Retrying in {seconds:.1f} s", sign="…")
