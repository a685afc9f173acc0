"""Which bots use which role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Usage:
    """The ARNs of the bots of each role's ARN, by DescribeBot.roleArn.

    `unread` are the regions that could not be read, with the reason.
    """

    by_role: Mapping[str, tuple[str, ...]]
    unread: Mapping[str, str]
