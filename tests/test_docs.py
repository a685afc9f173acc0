"""The README shows the program as it is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def made() -> Any:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(svg: str) -> list[str]:
    """What the picture says; changes of one wave may end in any order."""
    return sorted(re.findall(r">([^<]+)</text>", svg))


def test_the_help_texts_and_option_tables_in_the_readme_are_current() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count("<!-- end -->") >= 8
    assert made().readme(text) == text, "stale: run `make docs`"


def test_the_picture_in_the_readme_is_current() -> None:
    module = made()
    assert words(module.PICTURE.read_text("utf-8")) == words(module.picture()), "run `make docs`"


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    svg = (ROOT / "docs" / "set-up.svg").read_text("utf-8")
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}


def test_every_link_within_the_readme_leads_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target
