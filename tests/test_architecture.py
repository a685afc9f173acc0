"""The map in docs/architecture.md is the tree, and the import contract is the map."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
RULE = next(line for line in MAP.splitlines() if line.startswith("`cli > "))
ROOMS = re.findall(r"\w+", RULE)
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", MAP, re.MULTILINE))


def test_the_rooms_of_the_map_are_those_of_the_tree() -> None:
    tree = {path.stem for path in (ROOT / "wizard").iterdir() if path.suffix == ".py"}
    tree |= {path.parent.name for path in (ROOT / "wizard").glob("*/__init__.py")}
    assert set(ROOMS) == tree - {"__init__", "__main__"}
    assert set(ROOMS) <= set(ROWS)


@pytest.mark.parametrize("room", [room for room in ROOMS if (ROOT / "wizard" / room).is_dir()])
def test_each_module_of_a_room_is_named_in_its_row(room: str) -> None:
    modules = {path.stem for path in (ROOT / "wizard" / room).glob("*.py")} - {"__init__"}
    if room not in {"commands", "export"}:  # one module per command, and per format
        assert modules <= set(re.findall(r"`(\w+)`", ROWS[room]))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib is part of Python from 3.11 on")
def test_the_import_contract_is_the_rule_of_the_map() -> None:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(each for each in contracts["contracts"] if each["type"] == "layers")["layers"]
    written = " > ".join(
        f"{{{layer.replace(' | ', ', ')}}}" if "|" in layer else layer for layer in layers[1:]
    )
    assert written == RULE.strip("`")


def test_every_file_that_the_map_names_exists() -> None:
    for path in re.findall(r"`((?:\w+/)+\w+\.py|tests/\w+/|docs/[\w.]+)`", MAP):
        assert (ROOT / path).exists() or (ROOT / "wizard" / path).exists(), path
