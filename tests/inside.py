"""The program inside the test's own process: its command line, without starting Python anew."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli import program

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what stood on the two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as the one JSON object that it must be."""
        return json.loads(self.out)


def run(*arguments: str, context: dict[str, Any] | None = None, **environment: str) -> Ended:
    """Run a command line with these variables; signals and environment are put back afterwards.

    `context` replaces parts of the command's Context.
    """
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with variables(environment), redirect_stdout(out), redirect_stderr(err):
        code = program.run(list(arguments), **(context or {}))
        out.flush()
    # The simulated AWS runs in this process, too, and prints what it does not have.
    lines = out.buffer.getvalue().decode().splitlines(keepends=True)
    lines = [line for line in lines if not line.startswith("Unable to find appropriate backend")]
    return Ended(code, "".join(lines), err.getvalue())


def run_json(*arguments: str, **environment: str) -> Ended:
    """The same with one JSON object on standard output."""
    return run(*arguments, "--output", "json", **environment)


@contextmanager
def home(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """A user's environment and folder, and no terminal, for a while."""
    before, where, stdin = dict(os.environ), Path.cwd(), sys.stdin
    own = {name: value for name, value in before.items() if name.startswith("MOTO_")}
    os.environ.clear()
    os.environ.update(own | environment)  # the simulated AWS is in this process, too
    os.chdir(folder)
    sys.stdin = io.StringIO()
    try:
        yield
    finally:
        sys.stdin = stdin
        os.chdir(where)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def variables(environment: dict[str, str]) -> Iterator[None]:
    """These environment variables, for a while."""
    before = dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        os.environ.update(environment)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
