"""IAM's policy simulator, asked about the calls that Genesys makes with the role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.aws.ask import Adviser, ask
from wizard.aws.threads import Threads
from wizard.core import documents as docs
from wizard.errors import Unanswered
from wizard.validators import visible
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.aws.session import Session
    from wizard.core.documents import Document
    from wizard.core.state import Role

SIMULATOR = Adviser(
    "IAM's simulator",
    "iam",
    "SimulatePrincipalPolicy",
    "Try the bot in Genesys Cloud Architect, or run verify again later.",
)
SIMULATED = "permissions.simulated"
MOST_RESULTS = 1000  # of one page; IAM's maximum
MOST_PAGES = 10  # more than any policy within IAM's limit can fill
TEST_ALIAS = "TSTALIASID"  # every bot has it (domain fact): stands for "all aliases"
SIDE_BY_SIDE = 8
MOST_NAMED = 4


@dataclass(frozen=True)
class Question:
    """IAM actions on resources, all with all; no resource means any."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


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


def questions(document: Document) -> tuple[Question, ...]:
    """The calls that a policy document is there for, as the simulator can be asked.

    Left out is what has no certain answer: statements under a condition (the simulator does
    not know the tags of a bot), with wildcards, or that say what they are not about.
    """
    return tuple(
        Question(tuple(actions), tuple(resources))
        for statement in docs.statements(document)
        if statement.get("Effect") == "Allow" and not statement.get("Condition")
        for actions in [[str(each) for each in docs.as_list(statement.get("Action"))]]
        for resources in [_resources(statement)]
        if actions and resources is not None and not any("*" in each for each in actions)
    )


def _resources(statement: Mapping[str, Any]) -> list[str] | None:
    """The resources by name, [] for any, None where no name can stand for them."""
    named = [str(each) for each in docs.as_list(statement.get("Resource"))]
    if named == ["*"]:
        return []
    one_each = [
        each[:-1] + TEST_ALIAS if ":bot-alias/" in each and each.endswith("/*") else each
        for each in named
    ]
    return one_each if one_each and not any(set("*?$") & set(each) for each in one_each) else None


def simulated(session: Session, role: Role, document: Document) -> list[Check]:
    """What stands between the role and the calls that Genesys makes, as IAM simulates them."""
    asked = questions(document)
    if any(statement.get("Condition") for statement in docs.statements(document)) or not asked:
        return [
            Check(
                SIMULATED,
                "skip",
                "IAM's simulator was not asked: what the policy allows depends on tags, "
                "conditions or wildcards.",
                SIMULATOR.otherwise,
            )
        ]
    try:
        with Threads(SIDE_BY_SIDE) as pool:
            answers = pool.map(lambda each: _simulate(session, role.arn, each), asked)
            verdicts = [verdict for answer in answers for verdict in answer]
    except Unanswered as error:
        return [Check(SIMULATED, "skip", error.message, error.hint)]
    return judged(verdicts, role.permissions_boundary)


def _simulate(session: Session, role_arn: str, question: Question) -> list[Verdict]:
    parameters: dict[str, Any] = {
        # The role's own ARN: the simulator knows no sessions.
        "PolicySourceArn": role_arn,
        "ActionNames": list(question.actions),
        "MaxItems": MOST_RESULTS,
    }
    if question.resources:
        parameters["ResourceArns"] = list(question.resources)
    verdicts: list[Verdict] = []
    more: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        answer = ask(session, SIMULATOR, {**parameters, **more})
        for result in answer.get("EvaluationResults") or ():
            verdicts += _verdicts(result)
        if not answer.get("IsTruncated") or not answer.get("Marker"):
            break
        more = {"Marker": answer["Marker"]}
    told = {verdict.action.lower() for verdict in verdicts if verdict.decision}
    if not {action.lower() for action in question.actions} <= told:
        raise Unanswered("IAM's simulator gave no answer for some calls.", SIMULATOR.otherwise)
    return verdicts


def _verdicts(result: Mapping[str, Any]) -> Iterator[Verdict]:
    action = str(result.get("EvalActionName", ""))
    organization = _allowed(result, "OrganizationsDecisionDetail", "AllowedByOrganizations")
    for each in result.get("ResourceSpecificResults") or (result,):
        boundary = _allowed(
            each, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"
        )
        yield Verdict(
            action,
            str(each.get("EvalResourceName", "*")),
            str(each.get("EvalResourceDecision") or each.get("EvalDecision") or ""),
            boundary,
            organization,
        )


def _allowed(result: Mapping[str, Any], detail: str, key: str) -> bool | None:
    value = (result.get(detail) or {}).get(key)
    return value if isinstance(value, bool) else None


def judged(verdicts: Sequence[Verdict], permissions_boundary: str | None) -> list[Check]:
    """The simulator's word as checks, one for each layer that denies.

    A permissions boundary and an explicit denial fail. A service control policy only warns:
    the simulator can be wrong about it both ways. So does what no policy allows: the checks
    of the attachments and the document know better.
    """
    denied = [each for each in verdicts if each.decision != "allowed"]
    if not denied:
        calls = len({each.action.lower() for each in verdicts})
        message = f"IAM's simulator lets the role make the {calls} calls that Genesys makes."
        return [Check(SIMULATED, "pass", message)]
    boundary = [each for each in denied if each.boundary is False]
    organization = [each for each in denied if each.organization is False]
    layered = {*boundary, *organization}
    others = [each for each in denied if each not in layered]
    explicit = [each for each in others if each.decision == "explicitDeny"]
    implicit = [each for each in others if each.decision != "explicitDeny"]
    name = visible(permissions_boundary or "of the role")
    found = [
        (
            "fail",
            boundary,
            f"The permissions boundary {name} denies",
            "Ask whoever administers IAM in this account to allow these calls in the boundary.",
        ),
        (
            "warn",
            organization,
            "By the simulator's word, which can be wrong here, a service control policy denies",
            "If Genesys gets no answer, ask whoever manages AWS Organizations to allow them.",
        ),
        (
            "fail",
            explicit,
            "A Deny statement in a policy of the role denies",
            "Take the statement out of the policy, or detach the policy that has it.",
        ),
        (
            "warn",
            implicit,
            "By the simulator's word no policy of the role allows",
            "See permissions.attachments and permissions.document.",
        ),
    ]
    return [
        Check(SIMULATED, "fail" if status == "fail" else "warn", f"{text} {_calls(these)}.", hint)
        for status, these, text, hint in found
        if these
    ]


def _calls(verdicts: Sequence[Verdict]) -> str:
    names = list(dict.fromkeys(visible(each.action) for each in verdicts))
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
