"""The pages show the program as it is, and every command in them runs."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from arrange import set_up
from lex_fake import LexFake, bot, recorded
from trail import assumed, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_server import Server
    from program import Program

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
SVG = sorted((ROOT / "docs").glob("*.svg"))


@pytest.fixture(scope="module")
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


def test_what_the_pages_show_of_the_program_is_current(made: Any) -> None:
    blocks = 0
    for path in made.PAGES:
        text = path.read_text("utf-8")
        blocks += text.count("<!-- end -->")
        assert made.page(text) == text, f"{path.name} is stale: run `make docs`"
    assert blocks >= 15


def test_the_pictures_are_current_and_load_nothing_from_elsewhere(made: Any) -> None:
    assert words(made.PICTURE.read_text("utf-8")) == words(made.picture()), "run `make docs`"
    assert made.DIAGRAM.read_text("utf-8") == made.diagram(), "run `make docs`"
    for path in SVG:
        addresses = set(re.findall(r"https?://[^\s\"'<>)]+", path.read_text("utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}


def anchors(path: Path) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("#")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_readme_is_short_and_fetches_this_program_from_no_index() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 200
    fetch = r"(pip|pipx|uv|uvx)\b[^\n]*\b(install|run|inject|uvx)\b[^\n]*[ '\"]genesys-lex-wizard"
    texts = [*PAGES, ROOT / "Dockerfile", *(ROOT / "wizard").rglob("*.py")]
    for path in texts:
        found = [
            line
            for line in path.read_text("utf-8").splitlines()
            if re.search(fetch, line) and "uninstall" not in line
        ]
        assert found == [], path.name


def commands() -> Iterator[str]:
    """Every command line of the pages that calls the program."""
    for page in PAGES:
        text = page.read_text("utf-8")
        blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
        spans = re.findall(r"`(genesys-lex-wizard [^`]+)`", text)
        yield from (
            line for line in (*blocks.splitlines(), *spans) if line.startswith("genesys-lex-wizard")
        )


# They ask, and there is no terminal: refused before anything happens.
ASKING = {"genesys-lex-wizard", "genesys-lex-wizard remove"}
NEEDS_MORE = {"genesys-lex-wizard export policies"}


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_in_the_pages_runs(line: str, aws: Server, program: Program) -> None:
    set_up(aws)
    lex = [bot("A1B2C3D4E5", "OrderFlowers", region="us-east-1")]
    came_in = [recorded(assumed(aws)), recorded(called(aws))]  # what --follow waits for
    with LexFake(lex, trail=came_in) as fake:
        words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
        ended = program(*words, **fake.lex_environment())
    refused = line in ASKING | NEEDS_MORE
    # A role of all bots is not what a verification of some bots is about.
    failing = "verify --least-privilege" in line
    assert ended.code == (2 if refused else 4 if failing else 0), ended.err


def test_the_tour_plays_every_step() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "tour.py"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"(?m)^# (\d+)\. ", done.stdout) == [str(n) for n in range(1, 11)]
    assert "This was a simulation" in done.stdout
