"""YAML of the kind CloudFormation reads, written from a JSON tree.

Strings that are not plainly words are quoted as in JSON, which YAML reads alike. The AWS
SDK brings no YAML and the program needs only to write it, so there is no library for it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = re.compile(r"/|[A-Za-z]([A-Za-z0-9/:._-]*[A-Za-z0-9])?")
_NOT_WORDS = {"y", "n", "yes", "no", "true", "false", "on", "off", "null"}  # YAML 1.1, any case


def dump(tree: dict[str, Any], blank_lines: int = 2) -> str:
    """The tree as block-style YAML; sections as deep as `blank_lines` are set apart."""
    lines = list(_mapping(tree, blank_lines))
    return "\n".join(lines).lstrip("\n") + "\n"


def _mapping(tree: dict[str, Any], blank_lines: int = 0) -> Iterator[str]:
    for number, (key, value) in enumerate(tree.items()):
        short = _inline(value)
        if blank_lines and short is None and number:
            yield ""
        if short is not None:
            yield f"{_scalar(key)}: {short}"
            continue
        yield f"{_scalar(key)}:"
        if isinstance(value, dict):
            yield from _indented(_mapping(value, blank_lines - 1 if blank_lines else 0))
        else:
            yield from _indented(_sequence(value))


def _sequence(items: list[Any]) -> Iterator[str]:
    for item in items:
        short = _inline(item)
        if short is not None:
            yield f"- {short}"
            continue
        lines = _mapping(item) if isinstance(item, dict) else _sequence(item)
        for number, line in enumerate(lines):
            yield f"{'  ' if number else '- '}{line}"


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _inline(value: Any) -> str | None:
    """What fits behind a key: scalars, empty collections, and intrinsic functions."""
    match value:
        case {} if not value:
            return "{}"
        case []:
            return "[]"
        case dict():
            return _intrinsic(value)
        case list():
            return None
        case _:
            return _scalar(value)


def _intrinsic(tree: dict[str, Any]) -> str | None:
    """`{"Fn::If": […]}` in CloudFormation's short form, `!If […]`."""
    if len(tree) != 1:
        return None
    ((name, argument),) = tree.items()
    if name != "Ref" and not name.startswith("Fn::"):
        return None
    if isinstance(argument, list):
        text = f"[{', '.join(_inline(item) or '' for item in argument)}]"
    else:
        text = _scalar(argument)
    return f"!{name.removeprefix('Fn::')} {text}"


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_WORDS:
        return value
    return printable(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """JSON text as YAML takes it too, which allows fewer characters to stand as themselves.

    Characters beyond U+FFFF stay: JSON writes them as two escapes, which YAML does not join.
    """
    return "".join(
        character
        if character.isprintable() or character == "\n" or ord(character) > 0xFFFF  # noqa: PLR2004
        else f"\\u{ord(character):04x}"
        for character in text
    )
