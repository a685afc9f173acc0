"""What AWS advises on a role, by IAM's policy simulator and IAM Access Analyzer.

Each question gets one attempt. Denied, not there, not readable: that is how endpoints without
the feature reply. It is Unanswered and never another error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wizard.core import documents
from wizard.core.advice import Advice, Finding, Verdict
from wizard.core.bots import TEST_ALIAS
from wizard.errors import AccessDenied, AwsError, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from wizard.aws.session import Session
    from wizard.core.documents import Document
    from wizard.core.state import Role

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Adviser:
    """A service that advises. `marker` names the next page; `otherwise` says what to do instead."""

    name: str
    service: str
    iam_action: str
    marker: str
    otherwise: str


ANALYZER = Adviser(
    "IAM Access Analyzer",
    "accessanalyzer",
    "access-analyzer:ValidatePolicy",
    "nextToken",
    "Paste the policy into the IAM console's editor, which validates it too.",
)
SIMULATOR = Adviser(
    "IAM's simulator",
    "iam",
    "iam:SimulatePrincipalPolicy",
    "Marker",
    "Try the bot in Genesys Cloud Architect, or run verify again later.",
)
MOST_RESULTS = 1000  # of one page of the simulator; IAM's maximum
MOST_PAGES = 10  # more than any policy within IAM's limits can fill


def advise(session: Session, role: Role, desired: Document, actual: Document | None) -> Advice:
    """Everything that AWS can advise on a role, asked side by side: one round trip.

    `desired` is the policy document whose calls Genesys makes, `actual` the document of the
    customer managed policy as it is, None if there is none.
    """
    submit = session.executor.submit
    simulations = [submit(_simulate, session, role.arn, asked) for asked in questions(desired)]
    trust = submit(find, session, role.trust_policy, "trust")
    permissions = submit(find, session, actual, "permissions") if actual is not None else None
    return Advice(
        _answer(lambda: _verdicts(simulations)),
        _answer(trust.result),
        _answer(permissions.result) if permissions else None,
    )


def findings(session: Session, document: Document) -> list[Finding] | Unanswered:
    """What Access Analyzer finds in the document of a permissions policy; waits for no future."""
    return _answer(lambda: find(session, document, "permissions"))


def _answer(question: Callable[[], Answer]) -> Answer | Unanswered:
    try:
        return question()
    except Unanswered as error:
        return error


def find(
    session: Session, document: Document, kind: Literal["permissions", "trust"]
) -> list[Finding]:
    """What Access Analyzer finds in a document. Raises Unanswered, for want of a region too."""
    if session.region is None:
        raise Unanswered(
            "IAM Access Analyzer skipped: no Region is set.",
            "Give --region, or set AWS_REGION.",
        )
    parameters = {"policyDocument": document.text(), "policyType": "IDENTITY_POLICY"}
    if kind == "trust":
        parameters["policyType"] = "RESOURCE_POLICY"
        parameters["validatePolicyResourceType"] = "AWS::IAM::AssumeRolePolicyDocument"
    found: list[Finding] = []
    for page in _pages(session, ANALYZER, {**parameters, "locale": "EN"}):
        if page.get("findings") is None:
            raise Unanswered(
                "IAM Access Analyzer returned an unusable response.", ANALYZER.otherwise
            )
        found += map(_finding, page["findings"])
    return found


def _finding(answer: Mapping[str, Any]) -> Finding:
    keys = ("findingType", "issueCode", "findingDetails", "learnMoreLink")
    return Finding(*(str(answer.get(key, "")) for key in keys))


def questions(document: Document) -> list[dict[str, Any]]:
    """The calls that a policy document is there for, as parameters of the simulator.

    Without ResourceArns they are about any resource. Empty if a statement has a condition: the
    simulator does not know the tags of a bot. Statements with wildcards, or that say what they
    are not about, have no certain answer and are left out.
    """
    statements = documents.statements(document)
    if any(statement.get("Condition") for statement in statements):
        return []
    asked: list[dict[str, Any]] = []
    for statement in statements:
        actions = [str(action) for action in documents.as_list(statement.get("Action"))]
        arns = [_named(str(arn)) for arn in documents.as_list(statement.get("Resource"))]
        if statement.get("Effect") != "Allow" or not actions or "*" in "".join(actions):
            continue
        if arns == ["*"]:
            asked.append({"ActionNames": actions})
        elif arns and not set("*?$") & set("".join(arns)):
            asked.append({"ActionNames": actions, "ResourceArns": arns})
    return asked


def _named(arn: str) -> str:
    """The test alias, which every bot has, for all aliases of a bot; another ARN as it is."""
    return arn[:-1] + TEST_ALIAS if ":bot-alias/" in arn and arn.endswith("/*") else arn


def _verdicts(simulations: list[Future[list[Verdict]]]) -> list[Verdict]:
    if not simulations:
        raise Unanswered(
            (
                "IAM policy simulation skipped: what the policy allows depends on tags, "
                "conditions, or wildcards."
            ),
            SIMULATOR.otherwise,
        )
    return [verdict for simulation in simulations for verdict in simulation.result()]


def _simulate(session: Session, role_arn: str, asked: dict[str, Any]) -> list[Verdict]:
    # The role's own ARN: the simulator knows no sessions.
    parameters = {**asked, "PolicySourceArn": role_arn, "MaxItems": MOST_RESULTS}
    verdicts = [
        verdict
        for page in _pages(session, SIMULATOR, parameters)
        for result in page.get("EvaluationResults") or ()
        for verdict in _verdicts_of(result)
    ]
    answered = {verdict.action.lower() for verdict in verdicts if verdict.decision}
    if not {action.lower() for action in asked["ActionNames"]} <= answered:
        raise Unanswered(
            "The IAM policy simulator returned no result for some calls.", SIMULATOR.otherwise
        )
    return verdicts


def _verdicts_of(result: Mapping[str, Any]) -> Iterator[Verdict]:
    action = str(result.get("EvalActionName", ""))
    organization = result.get("OrganizationsDecisionDetail") or {}
    for one in result.get("ResourceSpecificResults") or (result,):
        boundary = one.get("PermissionsBoundaryDecisionDetail") or {}
        yield Verdict(
            action,
            str(one.get("EvalResourceName", "*")),
            str(one.get("EvalResourceDecision") or one.get("EvalDecision") or ""),
            boundary.get("AllowedByPermissionsBoundary"),
            organization.get("AllowedByOrganizations"),
        )


def _pages(
    session: Session, adviser: Adviser, parameters: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The pages of an answer. Raises Unanswered for whatever is no answer."""
    for _ in range(MOST_PAGES):
        page = _ask(session, adviser, parameters)
        yield page
        if not page.get(adviser.marker):
            return
        parameters = {**parameters, adviser.marker: page[adviser.marker]}


def _ask(session: Session, adviser: Adviser, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        operation = adviser.iam_action.partition(":")[2]
        return session.call_once(adviser.service, operation, parameters)
    except AccessDenied as error:
        raise Unanswered(
            f"{adviser.name} skipped: you don't have permission for {adviser.iam_action}.",
            f"Ask your IAM administrator for {adviser.iam_action}, a read-only permission.",
        ) from error
    except AwsError as error:
        raise Unanswered(
            f"{adviser.name} skipped: unexpected response ({error.code}).", adviser.otherwise
        ) from error
    except Exception as error:  # whatever botocore makes of a page that is no answer
        raise Unanswered(
            f"{adviser.name} skipped: the response can't be read.", adviser.otherwise
        ) from error
