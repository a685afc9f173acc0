"""One thing that `verify` looked at: its name, how it stands, a sentence, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """What came of one check; `hint` is None where nothing needs mending."""

    id: str
    status: Literal["pass", "warn", "fail", "skip"]
    message: str
    hint: str | None = None
