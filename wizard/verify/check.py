"""One thing that `verify` looked at, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wizard.core.state import Reason


@dataclass(frozen=True)
class Check:
    """`message` is one plain sentence; `hint` says what mends it and is None for a pass."""

    id: str
    status: Literal["pass", "warn", "fail", "skip"]
    message: Reason | str
    hint: Reason | str | None = None
