"""What one policy document allows and another does not, in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wizard.core.documents import Document

MOST_NAMED = 6


@dataclass(frozen=True)
class Grant:
    """One IAM action on one resource, allowed or denied under a condition (canonical JSON)."""

    effect: str
    action: str
    resource: str
    condition: str

    def __str__(self) -> str:
        where = "" if self.resource == "*" else f" on {self.resource}"
        when = " under a condition" if self.condition else ""
        return visible(f"{self.action}{where}{when}")


def wider(actual: Document, wanted: Document) -> list[str]:
    """What `actual` allows beyond `wanted`: grants that it adds, denials that it lacks."""
    have, want = list(_grants(actual)), list(_grants(wanted))
    return [str(each) for each in _beyond(have, want, "Allow")] + [
        f"{each}, no longer denied" for each in _beyond(want, have, "Deny")
    ]


def narrower(actual: Document, wanted: Document) -> list[str]:
    """What `actual` keeps Genesys from that `wanted` allows."""
    have, want = list(_grants(actual)), list(_grants(wanted))
    return [str(each) for each in _beyond(want, have, "Allow")] + [
        f"{each}, denied" for each in _beyond(have, want, "Deny")
    ]


def enumerated(found: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    named = "; ".join(found[:MOST_NAMED])
    more = len(found) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _beyond(these: Iterable[Grant], those: Iterable[Grant], effect: str) -> list[Grant]:
    """Of these grants of that effect the ones that none of those covers."""
    others = {each for each in those if each.effect == effect}
    return [
        each
        for each in dict.fromkeys(these)
        if each.effect == effect and not any(_covers(other, each) for other in others)
    ]


def _covers(wide: Grant, narrow: Grant) -> bool:
    return (
        wide.condition in {"", narrow.condition}
        and _matches(wide.action.lower(), narrow.action.lower())
        and _matches(wide.resource, narrow.resource)
    )


def _matches(pattern: str, text: str) -> bool:
    """Whether IAM's `*` and `?` in the pattern can stand for what is in the text."""
    if pattern in {"*", text}:
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _grants(document: Document) -> Iterator[Grant]:
    for statement in docs.statements(document):
        condition = statement.get("Condition")
        when = "" if not condition else _canonical(condition)
        for action in _named(statement, "Action"):
            for resource in _named(statement, "Resource"):
                yield Grant(str(statement.get("Effect")), action, resource, when)


def _named(statement: dict[str, Any], key: str) -> list[str]:
    """The values of a key, or of its opposite as one phrase that equals only itself."""
    if f"Not{key}" in statement:
        values = sorted(str(each) for each in docs.as_list(statement[f"Not{key}"]))
        return [f"everything but {', '.join(values)}"]
    return [str(each) for each in docs.as_list(statement.get(key))]


def _canonical(condition: Any) -> str:
    """Conditions that IAM reads alike as one text."""
    return json.dumps(docs.Document({"Statement": {"Condition": condition}}).canonical)
