"""What can go wrong on purpose: errors as text, each kind with its exit code.

An error says what happened and what to do about it; `report` draws it. Drift and a failed
change are results, not errors.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExitCode(IntEnum):
    """The program's exit codes, as scripts rely on them."""

    DONE = 0
    AWS = 1
    INVALID = 2
    REFUSED = 3
    CHECK_FAILED = 4
    BUG = 70
    CANCELLED = 130
    TERMINATED = 143


class WizardError(Exception):
    """Something foreseeable went wrong.

    `message` says what happened, `hint` what to do (may be empty), `code` is a kebab-case
    word for scripts.
    """

    exit_code: ClassVar[ExitCode]
    status: ClassVar[str]

    def __init__(self, message: str, hint: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).__name__.lower()
        self.shown = False  # whether the user has read it already


class InvalidInput(WizardError):
    """The command line, an answer or a file is not usable; AWS was not asked to change anything."""

    exit_code = ExitCode.INVALID
    status = "invalid"


class Refused(WizardError):
    """The program will not do it, for safety's sake; nothing was changed."""

    exit_code = ExitCode.REFUSED
    status = "refused"


class Bug(WizardError):
    """Something unforeseen: our fault."""

    exit_code = ExitCode.BUG
    status = "bug"


class Cancelled(WizardError):
    """The user said no, or pressed Ctrl-C, before anything was changed."""

    exit_code = ExitCode.CANCELLED
    status = "cancelled"


class AwsError(WizardError):
    """AWS or the way to it failed.

    `in_doubt` is true when the request may have been carried out although no answer came.
    """

    exit_code = ExitCode.AWS
    status = "failed"
    in_doubt = False


class CredentialsFailed(AwsError):
    """There are no usable credentials: none, expired, or of an unknown profile."""


class AccessDenied(AwsError):
    """AWS denied the caller an IAM action."""


class Unreachable(AwsError):
    """No answer came: network, proxy, certificate, or a service that kept failing."""


class AlreadyExists(AwsError):
    """AWS says EntityAlreadyExists: the name of what was to be made is taken."""


class NotFound(AwsError):
    """AWS says NoSuchEntity for something that a change needs."""


class Unanswered(AwsError):
    """A question that only advises got no usable answer; the check is skipped."""


def frames(error: BaseException) -> Iterator[str]:
    """Where an error and those behind it came from, line by line.

    Only frames and kinds: the text of a foreign exception may hold a password or a token.
    """
    import traceback  # takes a while to import, and few runs need it

    behind: BaseException | None = error
    while behind is not None:
        kind = type(behind)
        yield f"{kind.__module__}.{kind.__qualname__} raised at:"
        for frame in traceback.extract_tb(behind.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        behind = behind.__cause__ or behind.__context__


def assert_never(value: NoReturn) -> NoReturn:
    """For the end of a `match` that knows every case (typing has it from Python 3.11 on)."""
    raise AssertionError(f"unexpected: {value!r}")
