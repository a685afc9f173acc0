"""Reads, describes and deletes the service-linked roles of Lex V2; touches no other role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wizard.aws.observe import last_use
from wizard.aws.session import Attempt
from wizard.core.documents import Document
from wizard.errors import AccessDenied, NotFound, Refused
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wizard.aws.session import Session
    from wizard.core.bots import Usage
    from wizard.core.state import LastUse

# The principals of the three kinds.
BOTS = "lexv2.amazonaws.com"
CHANNELS = "channels.lexv2.amazonaws.com"
REPLICATION = "replication.lexv2.amazonaws.com"
# Only AWS can make roles below `/aws-service-role/`, so the path of a role can be relied on.
PATHS = {f"/aws-service-role/{service}/": service for service in (BOTS, CHANNELS, REPLICATION)}
# Seconds between the questions how far a deletion is. A role that nothing uses is deleted within
# seconds; after this, about ten minutes, IAM goes on alone.
DELAYS = (0.5, 1.0, 2.0, 4.0, *[8.0] * 75)


@dataclass(frozen=True)
class ServiceRole:
    """A service-linked role of Lex V2, as IAM describes it. `service` is its principal."""

    name: str
    arn: str
    service: str
    description: str
    created: datetime | None
    last_use: LastUse | None
    trust_policy: Document


@dataclass(frozen=True)
class RolePolicy:
    """A policy of a role: managed (with an ARN) or inline. `document` None: could not be read."""

    name: str
    arn: str | None
    document: Document | None


@dataclass(frozen=True)
class Deletion:
    """How far the deletion of a role is. `resources` are what AWS says still uses it."""

    status: Literal["started", "deleted", "failed"]
    task_id: str
    reason: str | None = None
    resources: tuple[str, ...] = ()


def list_service_roles(session: Session) -> list[ServiceRole]:
    """The Lex V2 service-linked roles of the account, by kind and name. Raises AwsError.

    ListRoles leaves out when a role was last used, so each role is read by itself; where that
    is denied the listing has to do.
    """
    side_by_side = session.executor.map
    listed = side_by_side(
        lambda path: session.items("iam", "ListRoles", {"PathPrefix": path}, "Roles"), PATHS
    )
    roles = [role for found in listed for role in sorted(found, key=lambda role: role["RoleName"])]
    read = side_by_side(lambda role: _whole(session, role), roles)
    return [role for role in read if role is not None]


def _whole(session: Session, listed: dict[str, Any]) -> ServiceRole | None:
    try:
        return find_service_role(session, listed["RoleName"])
    except NotFound:
        return None
    except AccessDenied:
        return _role(listed)


def find_service_role(session: Session, name: str) -> ServiceRole:
    """The service-linked role of that name.

    Raises NotFound if there is no such role, Refused if it is not one of Lex V2's, AwsError.
    """
    try:
        return _role(session.call("iam", "GetRole", {"RoleName": name})["Role"])
    except NotFound as error:
        raise NotFound(
            f"There is no role {name} in this account.",
            (
                "To list the Lex V2 service-linked roles, run `genesys-lex-wizard "
                "service-roles list`."
            ),
            code="no-such-entity",
        ) from error


def _role(role: dict[str, Any]) -> ServiceRole:
    name, path = role["RoleName"], role["Path"]
    if path not in PATHS:
        raise Refused(
            f"{visible(name)} is not a service-linked role of Lex V2: its path is {visible(path)}.",
            (
                "To list the Lex V2 service-linked roles, run `genesys-lex-wizard "
                "service-roles list`. To delete the role that Genesys Cloud uses, run "
                "`genesys-lex-wizard remove`."
            ),
            code="not-a-lex-service-role",
        )
    return ServiceRole(
        name=name,
        arn=role["Arn"],
        service=PATHS[path],
        description=role.get("Description", ""),
        created=role.get("CreateDate"),
        last_use=last_use(role),
        trust_policy=Document(role.get("AssumeRolePolicyDocument")),
    )


def bots_of(role: ServiceRole, usage: Usage) -> tuple[str, ...] | None:
    """The ARNs of the bots that use the role; None where that is not known.

    Lex reports for no bot which channels or replicas it has, so a role of that kind is never
    known to be unused.
    """
    bots = usage.by_role.get(role.arn, ())
    return bots if bots or (role.service == BOTS and not usage.unread) else None


def refuse_if_used(role: ServiceRole, bots: tuple[str, ...] | None) -> None:
    """Raise Refused if these bots use the role."""
    if not bots:
        return
    count, they = ("a bot", "that bot") if len(bots) == 1 else (f"{len(bots)} bots", "they")
    raise Refused(
        f"{role.name} is in use by {count}: {', '.join(bots)}. Without it {they} can't work.",
        (
            "If you don't need the bot, delete it in the Lex V2 console (Bots > Action > "
            "Delete), wait a few minutes, and run this command again."
        ),
        code="role-in-use",
    )


def read_policies(session: Session, role: ServiceRole) -> tuple[RolePolicy, ...]:
    """The role's managed and inline policies with their documents. Raises AwsError."""
    submit, named = session.executor.submit, {"RoleName": role.name}
    inline = submit(session.items, "iam", "ListRolePolicies", named, "PolicyNames")
    attached = session.items("iam", "ListAttachedRolePolicies", named, "AttachedPolicies")
    policies = [submit(_managed, session, policy) for policy in attached]
    policies += [submit(_inline, session, role.name, name) for name in inline.result()]
    return tuple(policy.result() for policy in policies)


def _managed(session: Session, attached: dict[str, Any]) -> RolePolicy:
    arn, version = attached["PolicyArn"], None
    if policy := _read(session, "GetPolicy", "Policy", PolicyArn=arn):
        named = {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]}
        version = _read(session, "GetPolicyVersion", "PolicyVersion", **named)
    document = Document(version.get("Document")) if version else None
    return RolePolicy(attached["PolicyName"], arn, document)


def _inline(session: Session, role_name: str, name: str) -> RolePolicy:
    named = {"RoleName": role_name, "PolicyName": name}
    tree = _read(session, "GetRolePolicy", "PolicyDocument", **named)
    return RolePolicy(name, None, None if tree is None else Document(tree))


def _read(session: Session, operation: str, key: str, **parameters: str) -> Any:
    """What stands under that key of the answer; None where reading it is denied."""
    try:
        return session.call("iam", operation, parameters).get(key)
    except (AccessDenied, NotFound):
        return None


def set_description(session: Session, name: str, text: str) -> ServiceRole:
    """Write the role's description; the role as it was before.

    Raises NotFound, Refused if it is not a service-linked role of Lex V2, AwsError.
    """
    role = find_service_role(session, name)
    if role.description != text:
        session.call("iam", "UpdateRole", {"RoleName": role.name, "Description": text})
    return role


def begin_deletion(session: Session, role: ServiceRole) -> Deletion:
    """Ask IAM to delete the role; it answers at once and checks and deletes afterwards.

    Asked twice (an answer was lost), IAM gives the same task. Raises AwsError.
    """
    attempt, named = Attempt(), {"RoleName": role.name}
    try:
        answer = session.call("iam", "DeleteServiceLinkedRole", named, attempt=attempt)
    except NotFound:
        if attempt.in_doubt:
            return Deletion("deleted", "")
        raise
    return Deletion("started", str(answer["DeletionTaskId"]))


def follow_deletion(
    session: Session, begun: Deletion, delays: Iterable[float] = DELAYS
) -> Iterator[Deletion]:
    """How far the deletion is, until it is done, has failed, or the delays run out.

    `delays` are the seconds to wait before each question. Raises AwsError.
    """
    now = begun
    for seconds in delays:
        if now.status != "started" or session.retry.stop.wait(seconds):
            return
        now = _deletion(session, begun.task_id)
        yield now


def _deletion(session: Session, task_id: str) -> Deletion:
    parameters = {"DeletionTaskId": task_id}
    answer = session.call("iam", "GetServiceLinkedRoleDeletionStatus", parameters)
    if answer["Status"] != "FAILED":
        return Deletion("deleted" if answer["Status"] == "SUCCEEDED" else "started", task_id)
    reason = answer.get("Reason") or {}
    usages = reason.get("RoleUsageList") or ()
    resources = tuple(arn for usage in usages for arn in usage.get("Resources") or ())
    return Deletion("failed", task_id, reason.get("Reason"), resources)
