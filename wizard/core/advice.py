"""What AWS advises on a role: verdicts of IAM's simulator, findings of Access Analyzer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.validators import visible

if TYPE_CHECKING:
    from wizard.errors import Unanswered


@dataclass(frozen=True)
class Verdict:
    """What the simulator says of one IAM action on one resource.

    `boundary` and `organization` tell whether that layer allows it, None where there is none.
    """

    action: str
    resource: str
    decision: str
    boundary: bool | None
    organization: bool | None


@dataclass(frozen=True)
class Finding:
    """What Access Analyzer says of a policy; `type` is ERROR, SECURITY_WARNING, WARNING, …."""

    type: str
    code: str
    details: str
    link: str

    def __str__(self) -> str:
        kind = self.type.replace("_", " ").capitalize()
        details = self.details.strip().removesuffix(".")
        return visible(f"{kind}: {details} ({self.code})" if details else f"{kind}: {self.code}")


@dataclass(frozen=True)
class Advice:
    """All advice on a role. `permissions` is None if it has no customer managed policy."""

    verdicts: list[Verdict] | Unanswered
    trust: list[Finding] | Unanswered
    permissions: list[Finding] | Unanswered | None
