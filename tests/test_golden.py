"""Whole runs against their transcripts in `golden/`: what a user and a script see.

`make golden` writes the transcripts anew. What differs from run to run is replaced by a
placeholder in angle brackets. Changes that run side by side end in any order: neighboring
lines about the same verb are sorted.
"""

from __future__ import annotations

import difflib
import itertools
import json
import os
import re
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import inside
import terminal
from lex_fake import Alias, LexFake, Locale, bot, bots_test_alias
from transcripts import Run, learn, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_server import Server
    from program import Program

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(runs())


@pytest.fixture(scope="module")
def lex() -> Iterator[LexFake]:
    """A bot that is ready, and three that are not."""
    failed = {"1": {"en_US": Locale("Failed", failures=("The slot type City has no values.",))}}
    off = Alias("ALIAS00001", "prod", locales={"en_US": False})
    own, test = Alias("ALIAS00001", "prod"), bots_test_alias()
    with LexFake(
        [
            bot("A1B2C3D4E5", "OrderFlowers"),
            bot("B1B2C3D4E5", "Invoices", aliases=[test]),
            bot("C1B2C3D4E5", "Hotline", aliases=[test, own], versions=failed),
            bot("D1B2C3D4E5", "Returns", aliases=[test, off]),
        ]
    ) as fake:
        yield fake


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_as_its_transcript_says(
    name: str, program: Program, aws: Server, lex: LexFake
) -> None:
    actual = transcript(runs()[name], program, aws, lex)
    file = GOLDEN / f"{name.lower()}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(actual, encoding="utf-8")
    expected = file.read_text("utf-8")
    difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), lineterm="")
    assert actual == expected, "\n".join(difference)


def test_every_transcript_belongs_to_a_run() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {name.lower() for name in NAMES}


def transcript(run: Run, program: Program, aws: Server, lex: LexFake) -> str:
    """The run as a readable text."""
    if not run.offline:
        learn(program)
        aws._swept_up = aws._swept_up or bool(aws.calls)
        aws.reset()
    for arrange in run.arrange:
        arrange(aws.client())
    for name, text in run.files.items():
        (program.home / name).write_text(text)
    if run.fault:
        aws.fault_for = run.fault
    environment = {"COLUMNS": "100", **run.environment}
    if run.lex:
        environment |= lex.lex_environment()
    if run.offline:
        program = type(program)(program.path, program.home)
    parts = [f"$ genesys-lex-wizard {run.line}".strip()]
    parts = [f"{name}={value}" for name, value in sorted(run.environment.items())] + parts
    if run.keys:
        parts += [_typed(run, program, environment)]
    else:
        with inside.home(program.environment(**environment), program.home):
            ended = inside.run(*shlex.split(run.line))
        parts += [f"exit code: {ended.code}", "--- standard output", _readable(ended.out)]
        # Whether a slow step is announced depends on how long it takes.
        told = re.sub(r"(?m)^ *(Looking at bots|Waiting for AWS) …\n", "", ended.err)
        parts += ["--- standard error", _in_order(told)]
    text = "\n".join(part.rstrip("\n") for part in parts) + "\n"
    written = [path for path in sorted(program.home.iterdir()) if path.is_file()]
    for path in written:
        if path.name not in run.files and path.suffix in {".sh", ".json", ".md"}:
            text += f"--- {path.name}\n{path.read_text()}"
    return _placeholders(text, program, aws, lex)


def _typed(run: Run, program: Program, environment: dict[str, str]) -> str:
    """The plain lines of a terminal, with what was typed at each prompt."""
    shown = terminal.start(program, *shlex.split(run.line), columns=200, TERM="dumb", **environment)
    for prompt, answer in zip(run.keys[::2], run.keys[1::2], strict=True):
        begin, deadline = len(shown.raw), time.monotonic() + terminal.PATIENCE
        while prompt not in shown.raw[begin:]:
            assert time.monotonic() < deadline, f"no {prompt!r} in:\n{shown.raw}"
            shown._read()
        while not re.search(r": $", shown.raw):
            assert time.monotonic() < deadline, f"nothing asked in:\n{shown.raw}"
            shown._read()
        shown.type(answer if answer.startswith("\x03") else answer + "\r")
    code = shown.end()
    assert "\x1b" not in shown.raw
    text = shown.raw.replace("\r\n", "\n").replace("\r", "\n")
    return f"exit code: {code}\n--- terminal\n{_in_order(text)}"


# Kinds and verbs of changes that run side by side, so that they end in any order.
TOGETHER = (
    {"attach-policy", "attach"},
    {"detach-policy", "delete-inline-policy", "remove-from-instance-profile"}
    | {"set-default-policy-version", "detach", "delete inline", "remove from", "restore"},
    {"create-role", "create-policy", "tag-role", "tag-policy", "untag-role", "untag-policy"}
    | {"update-role-description", "put-permissions-boundary", "delete-policy-version"}
    | {"delete-permissions-boundary", "remove boundary", "untag"}
    | {"create role", "create policy", "tag", "describe", "set boundary", "delete version"},
    {"undone", "left"},
)
CHANGES = ("changes", "done", "undone", "left", "remaining", "in_doubt")
LINE = re.compile(
    r"  [✓✗!…] (\w+(?: \w+)?) {2,}|  [✓✗!] (remove boundary|set boundary|delete version) "
)


def _readable(text: str) -> str:
    """Standard output; one JSON object is printed with its changes in a fixed order."""
    try:
        tree = json.loads(text)
    except ValueError:
        return text
    if isinstance(tree, dict):
        for key in CHANGES:
            if isinstance(tree.get(key), list):
                tree[key] = _fixed_order(tree[key], lambda change: change["change"])
    return _in_order(json.dumps(tree, indent=2, ensure_ascii=False))


def _in_order(text: str) -> str:
    """Lines and lists about changes that ran side by side, sorted; repeated waits once."""
    lines = _fixed_order(text.split("\n"), _verb)
    lines = [_sorted_list(line) for line in lines]
    lines = [re.sub(r"Retrying in [0-9.]+ s", "Retrying in <seconds> s", line) for line in lines]
    return "\n".join(
        line
        for number, line in enumerate(lines)
        if not (number and line == lines[number - 1] and "Retrying in" in line)
    )


def _verb(line: str) -> str:
    found = LINE.match(line)
    return (found[1] or found[2]) if found else ""


def _fixed_order(items: list[Any], kind: Any) -> list[Any]:
    """Neighbors that ran side by side, sorted."""

    def group(numbered: tuple[int, Any]) -> int:
        number, item = numbered
        named = [index for index, kinds in enumerate(TOGETHER) if kind(item) in kinds]
        return named[0] if named else -1 - number

    return [
        item
        for _, together in itertools.groupby(enumerate(items), group)
        for item in sorted((item for _, item in together), key=json.dumps)
    ]


def _sorted_list(line: str) -> str:
    """The changes that one line lists, sorted."""

    def listed(match: re.Match[str]) -> str:
        return f"{match[1]}{'; '.join(sorted(match[2].split('; ')))}."

    return re.sub(r"((?:Not undone|Still to do|no answer): )([^.]*)\.", listed, line)


def _placeholders(text: str, program: Program, aws: Server, lex: LexFake) -> str:
    text = text.replace(aws.url, "<url of the server>").replace(lex.url, "<url of the Lex fake>")
    text = text.replace(str(program.home), "<home>")
    text = re.sub(r"/\S*genesys-lex-wizard-\w+\.log", "<log file>", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.+]+", "<time>", text)
    return re.sub(r"made \d{4}-\d\d-\d\d", "made <date>", text)
