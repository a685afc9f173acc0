"""The program inside the test's own process: its command line, without starting Python anew."""

from __future__ import annotations

import io
import os
import signal
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.cli import commands
from wizard.cli.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.commands.context import Outcome


@dataclass(frozen=True)
class Ended:
    """How a command ended: its outcome, and what stood on standard error."""

    outcome: Outcome
    err: str

    @property
    def code(self) -> int:
        return int(self.outcome.exit_code)

    @property
    def result(self) -> dict[str, Any]:
        return self.outcome.result


def run(*arguments: str, **environment: str) -> Ended:
    """Run a command with these variables; signals and environment are put back afterwards."""
    commands.add_to(program)
    err = io.StringIO()
    with variables(environment), redirect_stderr(err):
        outcome = program.main(list(arguments), prog_name="test", standalone_mode=False)
    return Ended(outcome, err.getvalue())


@contextmanager
def variables(environment: dict[str, str]) -> Iterator[None]:
    """These environment variables, for a while."""
    before = dict(os.environ)
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        os.environ.update(environment)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
