"""Every command of ours that an error or a hint prints exists, and its options do, too."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from wizard.cli.program import program

ROOT = Path(__file__).parent.parent
SOURCES = [path for path in (ROOT / "wizard").rglob("*.py") if path.parent.name != "cli"]
TRANSCRIPTS = sorted((ROOT / "tests" / "golden").glob("*.txt"))


def printed(text: str) -> set[str]:
    """The commands of ours between backticks, with a value in the place of every field."""
    found = re.findall(r"`(genesys-lex-wizard [^`]+)`", text)
    return {re.sub(r"\{[^}]*\}", "GenesysCloudLexV2Role", command) for command in found}


COMMANDS = sorted(
    set().union(*(printed(path.read_text("utf-8")) for path in [*SOURCES, *TRANSCRIPTS]))
)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_printed_command_can_be_parsed(line: str) -> None:
    words = shlex.split(line.replace("\\n", " "))[1:]
    command: click.Command = program
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert given <= {*known, "--help"}
    takes_words = any(isinstance(parameter, click.Argument) for parameter in command.params)
    assert takes_words or not [word for word in words if word in program.commands]


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) > 20
