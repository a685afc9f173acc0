"""One thing that `verify` looked at, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wizard.core.state import reason

if TYPE_CHECKING:
    from wizard.core.state import Reason


@dataclass(frozen=True)
class Check:
    """`message` becomes one plain sentence; `hint` says what to do and is None for a pass."""

    id: str
    status: Literal["pass", "warn", "fail", "skip"]
    message: Reason | str
    hint: Reason | str | None = None


def passed(check_id: str, **facts: Any) -> Check:
    """A check that passes; the code of its reason is the check's ID."""
    return Check(check_id, "pass", reason(check_id, **facts))


def failed(check_id: str, hint: Reason, code: str, **facts: Any) -> Check:
    """A check that fails for the reason of that code."""
    return Check(check_id, "fail", reason(code, **facts), hint)
