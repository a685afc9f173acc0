"""IAM Access Analyzer's policy validation, asked about a policy document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wizard.aws.ask import Adviser, ask
from wizard.errors import Refused, Unanswered
from wizard.validators import visible
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.aws.session import Session
    from wizard.core.documents import Document

ANALYZER = Adviser(
    "IAM Access Analyzer",
    "accessanalyzer",
    "ValidatePolicy",
    "Paste the policy into the IAM console's editor, which validates it too.",
)
MOST_PAGES = 10  # of findings; more than any real policy has
BLOCKING = frozenset({"ERROR", "SECURITY_WARNING"})

Kind = Literal["identity", "trust"]


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


def findings(session: Session, document: Document, kind: Kind) -> list[Finding]:
    """What Access Analyzer finds in a document. Raises Unanswered, for want of a region too."""
    if session.region is None:
        raise Unanswered(
            "IAM Access Analyzer was not asked about the policy: it needs a region.",
            "Give --region, or set AWS_REGION.",
        )
    parameters: dict[str, Any] = {
        "policyDocument": document.text(),
        "policyType": "IDENTITY_POLICY",
        "locale": "EN",
    }
    if kind == "trust":
        parameters["policyType"] = "RESOURCE_POLICY"
        parameters["validatePolicyResourceType"] = "AWS::IAM::AssumeRolePolicyDocument"
    found: list[Finding] = []
    more: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        answer = ask(session, ANALYZER, {**parameters, **more})
        page = answer.get("findings")
        if page is None:
            raise Unanswered("IAM Access Analyzer gave no usable answer.", ANALYZER.otherwise)
        found += [_finding(each) for each in page]
        if not answer.get("nextToken"):
            return found
        more = {"nextToken": answer["nextToken"]}
    return found


def _finding(answer: Mapping[str, Any]) -> Finding:
    return Finding(
        *(
            str(answer.get(key, ""))
            for key in ("findingType", "issueCode", "findingDetails", "learnMoreLink")
        )
    )


def validated(session: Session, document: Document, kind: Kind) -> list[Check]:
    """What Access Analyzer finds in a document that the account has, as checks that never fail.

    A document that drifted fails its own check already; one that is as wanted was validated
    when it was chosen, and no setup could mend what Access Analyzer has against it.
    """
    name = "trust.validated" if kind == "trust" else "permissions.validated"
    what = "trust policy" if kind == "trust" else "policy's document"
    try:
        found = findings(session, document, kind)
    except Unanswered as error:
        return [Check(name, "skip", error.message, error.hint)]
    if not found:
        return [Check(name, "pass", f"IAM Access Analyzer finds nothing wrong with the {what}.")]
    return [
        Check(name, "pass", f"IAM Access Analyzer on the {what}: {each}.")
        if each.type == "SUGGESTION"
        else Check(
            name,
            "warn",
            f"IAM Access Analyzer on the {what}: {each}.",
            f"See {visible(each.link) or 'the IAM console'}.",
        )
        for each in found
    ]


def validate_file(session: Session, document: Document) -> list[str]:
    """Ask Access Analyzer about a user's policy before it is written; sentences to show.

    Raises Refused as `judge` does; a question without an answer is a sentence too.
    """
    try:
        found = findings(session, document, "identity")
    except Unanswered as error:
        return [f"{error.message} The policy file was not validated."]
    return judge(found)


def judge(found: Sequence[Finding]) -> list[str]:
    """Raise Refused for an ERROR or SECURITY_WARNING; else every finding as a sentence."""
    blocking = [each for each in found if each.type in BLOCKING]
    if blocking:
        links = sorted({f"See {visible(each.link)}" for each in blocking if each.link})
        raise Refused(
            "IAM Access Analyzer objects to the policy file: "
            + "; ".join(str(each) for each in blocking)
            + ".",
            "Mend the file and run the command again." + "".join(f" See {each}" for each in links),
            code="policy-finding",
        )
    return [f"IAM Access Analyzer on the policy file: {each}." for each in found]
