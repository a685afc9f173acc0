"""What the tests share: a simulated AWS and the program as a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from aws_server import Server
from program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator


# How long one example takes says more about the machine than about the program.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(_server: Server) -> Server:
    """An empty simulated account."""
    _server.reset()
    return _server


@pytest.fixture
def program(aws: Server, tmp_path: Path) -> Program:
    """The console script, talking to the simulated account, with an empty home."""
    return Program(Path(sys.executable).parent / "genesys-lex-wizard", tmp_path, aws.url)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "GENESYS_LEX_")) or name in {"NO_COLOR", "ACCESSIBLE"}:
            del os.environ[name]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the size of the table of faults."""
    rows = [
        count
        for report in terminalreporter.stats.get("passed", [])
        for name, count in report.user_properties
        if name == "faults"
    ]
    if rows:
        terminalreporter.write_line(f"{sum(rows)} faults survived")
