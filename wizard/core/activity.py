"""What CloudTrail recorded of a role: who assumed it, and what was called with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Use:
    """One record about a role: it was assumed, or Lex V2 was called with it.

    It holds what may be shown: no credential, and nothing of the answer to the caller. `kind` is
    empty until `verify.activity` has judged it.
    """

    kind: str
    time: datetime
    region: str
    event_id: str
    event_name: str
    account_id: str | None = None
    external_id: str | None = None
    session_name: str | None = None
    bot_id: str | None = None
    bot_alias_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class RegionRead:
    """How a region's history was read: read, cut (more than is read), or why it was not.

    `events` is how many records came, `broken` how many of them could not be understood.
    """

    region: str
    status: str  # read, cut, denied, not-enabled or unavailable
    events: int = 0
    broken: int = 0
    hint: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether its answer counts."""
        return self.status in {"read", "cut"}
