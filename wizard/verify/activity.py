"""Judges what CloudTrail recorded of a role: is Genesys in, and is anybody else? Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.core.documents import as_list, matches, statements
from wizard.core.state import reason
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.core.activity import RegionRead, Use
    from wizard.core.documents import Document

    Read = Sequence[tuple[RegionRead, list[Use]]]

# Conversations are data events, which the event history does not have.
NOT_RECORDED = (
    "recognizetext recognizeutterance startconversation putsession getsession deletesession"
)
WRONG = {"assumed-by-other", "assumed-for-other-org"}


@dataclass(frozen=True)
class Verdict:
    """What is known of a role's activity: `uses` are judged, in the order of their time."""

    status: str  # proven, denied, not-seen or wrong-caller
    uses: tuple[Use, ...]
    regions: tuple[RegionRead, ...]

    def of(self, *kinds: str) -> list[Use]:
        """The uses of these kinds."""
        return [use for use in self.uses if use.kind in kinds]

    @property
    def is_settled(self) -> bool:
        """Whether looking on would tell nothing new: in and served, denied, or somebody else."""
        served = bool(self.of("assumed")) and bool(self.of("call"))
        return served or self.status in {"denied", "wrong-caller"}


def judge(read: Read, genesys_account: str, org_id: str) -> Verdict:
    """The verdict: somebody else outweighs a denial, and a denial outweighs success."""
    found = [use for _, uses in read for use in uses]
    found.sort(key=lambda use: (use.time, use.event_name != "AssumeRole", use.event_id))
    uses = tuple(replace(use, kind=_kind(use, genesys_account, org_id)) for use in found)
    kinds = {use.kind for use in uses}
    status = "proven" if "assumed" in kinds else "not-seen"
    status = "denied" if "call-denied" in kinds else status
    status = "wrong-caller" if kinds & WRONG else status
    return Verdict(status, uses, tuple(region for region, _ in read))


def _kind(use: Use, genesys_account: str, org_id: str) -> str:
    if use.event_name == "AssumeRole":
        if use.account_id != genesys_account:
            return "assumed-by-other"
        return "assumed" if use.external_id == org_id else "assumed-for-other-org"
    code = use.error_code or ""
    if code.startswith("AccessDenied") or code.endswith("UnauthorizedOperation"):
        return "call-denied"
    return "call-failed" if code else "call"


def not_seen(document: Document, uses: Sequence[Use]) -> list[str]:
    """The Lex actions that a policy document allows and that were not seen, though they could be.

    Names in records are not always IAM's, so what is not seen may be needed all the same.
    """
    seen = [f"lex:{use.event_name}".lower() for use in uses]
    allowed = [as_list(statement.get("Action")) for statement in statements(document)]
    return [
        action
        for action in sorted({str(action) for actions in allowed for action in actions})
        if action.lower().startswith("lex:")
        and action.lower().removeprefix("lex:") not in NOT_RECORDED.split()
        and not any(matches(action.lower(), name) for name in seen)
    ]


def denied_check(read: Read) -> Check:
    """The check of `verify`: calls that AWS denied lately; skipped where they can't be read."""
    verdict, hint = judge(read, "", ""), reason("try-activity")
    regions = [region.region for region in verdict.regions if region.is_read]
    if not regions:
        unread = verdict.regions[0]
        code = "activity-not-permitted" if unread.status == "denied" else "activity-unread"
        return Check("activity.denied", "skip", reason(code, status=unread.status), hint)
    if denied := verdict.of("call-denied"):
        actions, said = sorted({use.event_name for use in denied}), denied[-1].error_message
        message = reason("activity-denied", actions=actions, said=said or "nothing")
        return Check("activity.denied", "warn", message, hint)
    if not verdict.uses:
        return Check("activity.denied", "pass", reason("activity.denied", regions=regions))
    last = verdict.uses[-1]
    when = f"{last.time:%Y-%m-%d %H:%M} UTC in {last.region}"
    return Check("activity.denied", "pass", reason("activity-last", when=when))
