"""What one policy document allows and another does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.core.documents import Document


@dataclass(frozen=True)
class Grant:
    """One IAM action on one resource, allowed or denied.

    `!a, b` as action or resource is everything but a and b (NotAction, NotResource). The
    condition is canonical JSON, "" where there is none.
    """

    effect: str
    action: str
    resource: str
    condition: str


def surplus(document: Document, other: Document) -> list[Grant]:
    """What a document allows beyond the other: its own grants, and denials of the other."""
    ours, others = list(_grants(document)), list(_grants(other))
    return [*_uncovered(ours, others, "Allow"), *_uncovered(others, ours, "Deny")]


def _uncovered(grants: Iterable[Grant], others: Iterable[Grant], effect: str) -> list[Grant]:
    """The grants of that effect that no single one of the others covers, each once."""
    covering = {grant for grant in others if grant.effect == effect}
    return [
        grant
        for grant in dict.fromkeys(grants)
        if grant.effect == effect and not any(_covers(other, grant) for other in covering)
    ]


def _covers(wide: Grant, narrow: Grant) -> bool:
    return (
        wide.condition in {"", narrow.condition}
        and docs.matches(wide.action.lower(), narrow.action.lower())
        and docs.matches(wide.resource, narrow.resource)
    )


def _grants(document: Document) -> Iterator[Grant]:
    for statement in docs.statements(document):
        effect, condition = str(statement.get("Effect")), statement.get("Condition")
        # Conditions that IAM reads alike are one text.
        alone = docs.Document({"Statement": {"Condition": condition}})
        for action in _values(statement, "Action"):
            for resource in _values(statement, "Resource"):
                yield Grant(effect, action, resource, alone.canonical if condition else "")


def _values(statement: dict[str, Any], key: str) -> list[str]:
    """The values of a key, or those of its opposite as one."""
    if f"Not{key}" in statement:
        values = sorted(str(value) for value in docs.as_list(statement[f"Not{key}"]))
        return [f"!{', '.join(values)}"]
    return [str(value) for value in docs.as_list(statement.get(key))]
