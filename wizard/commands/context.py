"""What every command shares: how it was called, what it ends in, signals, the account's door."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.aws.retry import Retry
from wizard.aws.session import Session
from wizard.commands.signals import Signals
from wizard.errors import ExitCode, Refused, WizardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Caller
    from wizard.ui.screen import Screen


NOTICED = 0.5  # seconds from which on a wait needs a word


@dataclass(frozen=True)
class How:
    """How the command was called: everything that is not about the set-up itself."""

    profile: str | None = None
    region: str | None = None
    account_id: str | None = None
    interactive: bool = False
    yes: bool = False
    dry_run: bool = False
    rollback: bool = True
    sandbox: bool = False
    may_ask: bool = False
    retry_seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a command ended: the exit code, the object for scripts, the result for people.

    `text` goes to standard output as it stands; `draw` draws there, coloured at a terminal.
    """

    exit_code: ExitCode
    result: dict[str, Any]
    text: str = ""
    draw: Callable[[Screen], None] | None = None


class Told(Exception):
    """An error that the user has read already."""

    def __init__(self, error: WizardError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass
class Stage:
    """Where a command plays: the screen, the signals, where calls are traced, the way to AWS."""

    screen: Screen
    signals: Signals = field(default_factory=Signals)
    trace: Callable[[str], None] | None = None
    open: Callable[..., Session] = Session

    def tell(self, error: WizardError) -> None:
        """Show an error; with a trace also where it came from.

        Of what is behind it only frames and kinds are shown: the text of a foreign exception
        may hold a proxy's password or what a credential process printed.
        """
        self.screen.error(error)
        behind: BaseException | None = error
        while behind is not None and self.trace is not None:
            kind = type(behind)
            self.trace(f"{kind.__module__}.{kind.__qualname__} raised at:")
            for frame in traceback.extract_tb(behind.__traceback__):
                self.trace(f"  {frame.filename}:{frame.lineno} in {frame.name}")
            behind = behind.__cause__


def connect(how: How, stage: Stage) -> Session:
    """A session as the options say, logged in where there are credentials.

    Raises CredentialsFailed, for an unknown profile too, and AwsError.
    """
    session = stage.open(
        profile=how.profile,
        region=how.region,
        retry=Retry(stop=stage.signals.stop).capped(how.retry_seconds),
        trace=stage.trace,
        may_ask=how.may_ask,
        wait=Patience(stage.screen),
    )
    session.log_in()
    return session


class Patience:
    """Says that the program waits for AWS; once for all calls that wait side by side."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0

    def __call__(self, reason: str, seconds: float) -> None:
        """A line, unless it was said a moment ago or the wait is too short to notice."""
        with self._lock:
            now = self._clock()
            if seconds < NOTICED or now < self._until:
                return
            self._until = now + seconds
            self._screen.line(f"{reason}; trying again in {seconds:.1f} s", sign="…")


def check_account(caller: Caller, how: How, genesys_account: str) -> None:
    """Raise Refused unless this is the account that is meant and one that can serve Genesys."""
    if caller.partition != "aws":
        raise Refused(
            f"These credentials belong to the AWS partition {caller.partition}. Genesys Cloud "
            "lives in the partition aws, and no account of one partition can be trusted in "
            "another, so a role here could never serve it.",
            "Use an account in the partition aws; Genesys's FedRAMP region (us-east-2) is there "
            "too.",
            code="another-partition",
        )
    if how.account_id is not None and how.account_id != caller.account_id:
        raise Refused(
            f"These credentials belong to the AWS account {caller.account_id}, but --account-id "
            f"says {how.account_id}.",
            "Choose another --profile, or correct --account-id.",
            code="another-account",
        )
    if caller.account_id == genesys_account:
        raise Refused(
            f"The AWS account {caller.account_id} is Genesys's own: a role would trust the "
            "account it is in.",
            "Use the credentials of the account that has the Lex V2 bots.",
            code="genesys-own-account",
        )
