"""Judges what AWS advises on a role or a policy file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wizard.core.state import Reason, reason
from wizard.errors import Refused, Unanswered
from wizard.validators import visible
from wizard.verify.check import Check

if TYPE_CHECKING:
    from wizard.core.advice import Advice, Finding, Verdict

SIMULATED = "permissions.simulated"
BLOCKING = frozenset({"ERROR", "SECURITY_WARNING"})
MOST_NAMED = 4


def advice_checks(advice: Advice, permissions_boundary: str | None) -> list[Check]:
    """All advice on a role as checks; a question without an answer is a skipped one."""
    found = simulated(advice.verdicts, permissions_boundary) + validated("trust", advice.trust)
    if advice.permissions is not None:
        found += validated("permissions", advice.permissions)
    return found


def simulated(verdicts: list[Verdict] | Unanswered, boundary: str | None) -> list[Check]:
    """The simulator's verdicts as checks, one for each layer that denies.

    A permissions boundary and an explicit denial fail. A service control policy only warns:
    the simulator can be wrong about it both ways. So does what no policy allows: the checks
    of the attachments and the document know better.
    """
    if isinstance(verdicts, Unanswered):
        return [Check(SIMULATED, "skip", verdicts.message, verdicts.hint)]
    denied = [verdict for verdict in verdicts if verdict.decision != "allowed"]
    if not denied:
        calls = len({verdict.action.lower() for verdict in verdicts})
        return [Check(SIMULATED, "pass", reason("simulated", calls=calls))]
    by_boundary = [verdict for verdict in denied if verdict.boundary is False]
    by_organization = [verdict for verdict in denied if verdict.organization is False]
    others = [verdict for verdict in denied if verdict not in by_boundary + by_organization]
    explicit = [verdict for verdict in others if verdict.decision == "explicitDeny"]
    implicit = [verdict for verdict in others if verdict.decision != "explicitDeny"]
    layers: tuple[tuple[Literal["fail", "warn"], str, list[Verdict]], ...] = (
        ("fail", "boundary", by_boundary),
        ("warn", "organization", by_organization),
        ("fail", "explicit", explicit),
        ("warn", "implicit", implicit),
    )
    return [
        Check(
            SIMULATED,
            status,
            reason(
                f"denied-{layer}", boundary=boundary or "of the role", calls=_calls(by_the_layer)
            ),
            reason(f"denied-{layer}-hint"),
        )
        for status, layer, by_the_layer in layers
        if by_the_layer
    ]


def _calls(verdicts: list[Verdict]) -> list[str] | Reason:
    names = list(dict.fromkeys(verdict.action for verdict in verdicts))
    more = len(names) - MOST_NAMED
    return reason("and-more", names=names[:MOST_NAMED], more=more) if more > 0 else names


def validated(
    what: Literal["trust", "permissions"], found: list[Finding] | Unanswered
) -> list[Check]:
    """What Access Analyzer finds in a document that the account has, as checks that never fail.

    A document that drifted fails its own check already; one that is as desired was validated
    when it was chosen, and no setup could mend what Access Analyzer has against it.
    """
    name = f"{what}.validated"
    if isinstance(found, Unanswered):
        return [Check(name, "skip", found.message, found.hint)]
    return [_validated(name, finding) for finding in found] or [Check(name, "pass", reason(name))]


def _validated(name: str, finding: Finding) -> Check:
    message = reason(f"{name}-finding", finding=finding)
    if finding.type == "SUGGESTION":
        return Check(name, "pass", message)
    hint = reason("see", link=finding.link) if finding.link else reason("see-console")
    return Check(name, "warn", message, hint)


def file_warnings(found: list[Finding] | Unanswered) -> list[Reason]:
    """What Access Analyzer says of a user's policy before it is written, as warnings.

    Raises Refused for an ERROR or SECURITY_WARNING.
    """
    if isinstance(found, Unanswered):
        return [reason("file-not-validated", why=found.message)]
    blocking = [finding for finding in found if finding.type in BLOCKING]
    if blocking:
        links = sorted({visible(finding.link) for finding in blocking if finding.link})
        raise Refused(
            (
                "IAM Access Analyzer found an error in the policy file: "
                f"{'; '.join(map(str, blocking))}."
            ),
            "Correct the file and run the command again."
            + "".join(f" See {link}" for link in links),
            code="policy-finding",
        )
    return [reason("file-finding", finding=finding) for finding in found]
