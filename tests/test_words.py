"""The English that users read: no word of the list below stands in any text of the program."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SAY = {
    "mends?|mended": "fix, correct, repair",
    "anew": "again, re-create",
    "stands? in": "Find it in …",
    "struck out": "optional",
    "what is there": "the current value",
    "rights": "permissions",
    "take(s|n)? away|take it away": "remove, delete",
    "log in|logged in|log in again": "sign in",
    "set-up": "setup",
    "as it should be": "up to date, matches",
    "nobody|somebody|whoever|anybody": "no one, someone, your administrator",
    "hangs on": "is attached to",
    "it belongs to": "it is used by",
    "is another one than": "doesn't match",
    "nothing more: go on": "Continue",
    "change an answer": "Change a setting",
    "change anything else": "Change a setting",
    "the same run as a command": "To run the same setup again",
    "to check it later": "To verify it later",
    "cancelled": "canceled",
    "login": "sign-in",
    "please": "",
    "let in|lets in|let anybody in": "trusts",
}
NOT = re.compile(rf"\b({'|'.join(SAY)})\b", re.IGNORECASE)


def texts(source: str) -> Iterator[str]:
    """The strings of a module that are no docstrings, with {} for every inserted value."""
    tree = ast.parse(source)
    silent = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                silent.add(first.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.value


MODULES = sorted((ROOT / "wizard").rglob("*.py"))
FILES = [path for path in sorted((ROOT / "templates").iterdir()) if path.is_file()]
TEMPLATES = [path for path in FILES if path.suffix != ".py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_of_a_module_has_a_word_that_readers_stumble_over(path: Path) -> None:
    prose = [re.sub(r"`[^`]*`", "", text) for text in texts(path.read_text("utf-8"))]
    assert [text for text in prose if " " in text and NOT.search(text)] == []


PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("path", [*TEMPLATES, *PAGES], ids=lambda path: path.name)
def test_no_template_or_page_has_a_word_that_readers_stumble_over(path: Path) -> None:
    # What is quoted as code is no prose: names of tests, options, output.
    text = re.sub(r"```.*?```|`[^`]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    found = [line for line in text.splitlines() if NOT.search(line)]
    assert found == []
