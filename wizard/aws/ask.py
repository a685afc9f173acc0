"""A question that only advises: one attempt, and what is no answer says so.

Denied, not there, not readable: that is how endpoints without the feature reply. It makes a
skipped check and never an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.errors import AccessDenied, AwsError, Unanswered

if TYPE_CHECKING:
    from wizard.aws.session import Session


@dataclass(frozen=True)
class Adviser:
    """Something at AWS that gives advice; `otherwise` is what to do without it."""

    name: str
    service: str
    operation: str
    otherwise: str

    @property
    def iam_action(self) -> str:
        """The IAM action that asking it takes."""
        prefix = "access-analyzer" if self.service == "accessanalyzer" else self.service
        return f"{prefix}:{self.operation}"


def ask(session: Session, adviser: Adviser, parameters: dict[str, Any]) -> dict[str, Any]:
    """One call, one attempt. Raises Unanswered for whatever is no answer."""
    try:
        return session.call_once(adviser.service, adviser.operation, parameters)
    except AccessDenied as error:
        raise Unanswered(
            f"{adviser.name} was not asked, since this caller may not ({adviser.iam_action}).",
            f"Ask whoever administers IAM for {adviser.iam_action}; it only reads.",
        ) from error
    except AwsError as error:
        raise Unanswered(
            f"{adviser.name} gave no usable answer ({error.code}).", adviser.otherwise
        ) from error
    except Exception as error:  # whatever botocore makes of a page that is no answer
        raise Unanswered(
            f"{adviser.name} gave an answer that can't be read.", adviser.otherwise
        ) from error
