"""Whose a role is while two runs with different answers are at it: its tags tell. Pure.

A role's tags are written at once and first of all that gives rights, so whoever wrote them
last holds the role: it writes once more whatever the other wrote over. The other yields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.core.plan import AttachPolicy, CreateRole, DetachPolicy, UpdatePolicy
from wizard.core.state import MANAGED_POLICIES
from wizard.validators import OUR_TAGS, TAG_POLICY_SHA, TAG_POLICY_SOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.core.plan import Change, Plan
    from wizard.core.state import State


def another_holds(before: State, want: State, done: Sequence[Change], now: State) -> bool:
    """Whether the role carries tags that are neither what they were nor what this run wants.

    A role that was made meanwhile, by somebody else, was never this run's to hold.
    """
    if now.role is None or want.role is None:
        return False
    made = any(isinstance(change, CreateRole) for change in done)
    if before.role is None and not made:
        return False
    old = before.role.tags if before.role else {}
    wanted = want.role.tags
    ours = {key for key in wanted if key in OUR_TAGS or wanted[key] != old.get(key)}
    return any(now.role.tags.get(key) not in {wanted[key], old.get(key)} for key in ours)


def not_the_holders(done: Sequence[Change], now: State) -> Plan:
    """What of `done` does not belong to the set-up that the role's tags speak of.

    Only what can be told apart for certain: a document with another checksum, and the AWS
    managed policies, which are not attached under least privilege and are otherwise. The rest
    may be what the other run has written, too.
    """
    tags = now.role.tags if now.role else {}
    least = tags.get(TAG_POLICY_SOURCE) == "least-privilege"

    def is_not(change: Change) -> bool:
        match change:
            case UpdatePolicy(_, document):
                return document.sha256 != tags.get(TAG_POLICY_SHA)
            case AttachPolicy(_, arn):
                return arn in MANAGED_POLICIES and least
            case DetachPolicy(_, arn):
                return arn in MANAGED_POLICIES and not least
            case _:
                return False

    return tuple(change for change in done if is_not(change))
