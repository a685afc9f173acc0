"""Reads, describes and deletes the service-linked roles of Lex V2; touches no other role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.aws.session import SIDE_BY_SIDE, Attempt
from wizard.aws.threads import Threads
from wizard.core.documents import Document
from wizard.core.service_roles import (
    ACTIONS,
    Deletion,
    RolePolicy,
    ServiceRole,
    demand_service_linked,
)
from wizard.core.state import LastUse
from wizard.errors import AccessDenied, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.aws.session import Session

# Seconds between looks at a deletion. A role that nothing uses is gone in seconds; after this
# about ten minutes IAM goes on alone.
LOOKS = (0.5, 1.0, 2.0, 4.0, *[8.0] * 75)


def list_service_roles(session: Session) -> list[ServiceRole]:
    """The Lex V2 service-linked roles of the account, by kind and name. Raises AwsError.

    ListRoles leaves out when a role was last used, so each role is read by itself; where that
    is denied the listing has to do.
    """
    with Threads(SIDE_BY_SIDE) as pool:
        paths = [f"/aws-service-role/{service}/" for service in ACTIONS]
        listed = list(pool.map(lambda path: _listed(session, path), paths))
        roles = [role for each in listed for role in each]
        return [
            role for role in pool.map(lambda role: _whole(session, role), roles) if role is not None
        ]


def _listed(session: Session, path: str) -> list[dict[str, Any]]:
    listed = session.items("iam", "ListRoles", {"PathPrefix": path}, "Roles")
    return sorted(listed, key=lambda role: str(role["RoleName"]))


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
            "`genesys-lex-wizard service-roles list` shows the service-linked roles there are.",
            code="no-such-entity",
        ) from error


def _role(role: dict[str, Any]) -> ServiceRole:
    used = role.get("RoleLastUsed") or {}
    when = used.get("LastUsedDate")
    return ServiceRole(
        name=role["RoleName"],
        arn=role["Arn"],
        service=demand_service_linked(role["RoleName"], role["Path"]),
        description=role.get("Description", ""),
        created=role.get("CreateDate"),
        last_use=None if when is None else LastUse(when, str(used.get("Region", ""))),
        trust_policy=Document(role.get("AssumeRolePolicyDocument")),
    )


def read_policies(session: Session, role: ServiceRole) -> tuple[RolePolicy, ...]:
    """The role's managed and inline policies with their documents. Raises AwsError.

    A document that the caller may not read is None.
    """
    named = {"RoleName": role.name}
    with Threads(SIDE_BY_SIDE) as pool:
        inline = pool.submit(session.items, "iam", "ListRolePolicies", named, "PolicyNames")
        attached = session.items("iam", "ListAttachedRolePolicies", named, "AttachedPolicies")
        managed = pool.map(
            lambda each: RolePolicy(
                each["PolicyName"], each["PolicyArn"], _managed(session, each["PolicyArn"])
            ),
            attached,
        )
        own = pool.map(
            lambda name: RolePolicy(name, None, _inline(session, role.name, name)),
            inline.result(),
        )
        return (*managed, *own)


def _managed(session: Session, arn: str) -> Document | None:
    try:
        policy = session.call("iam", "GetPolicy", {"PolicyArn": arn})["Policy"]
        parameters = {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]}
        version = session.call("iam", "GetPolicyVersion", parameters)["PolicyVersion"]
    except (AccessDenied, NotFound):
        return None
    return Document(version.get("Document"))


def _inline(session: Session, role_name: str, name: str) -> Document | None:
    parameters = {"RoleName": role_name, "PolicyName": name}
    try:
        return Document(session.call("iam", "GetRolePolicy", parameters).get("PolicyDocument"))
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
    attempt = Attempt()
    try:
        answer = session.call(
            "iam", "DeleteServiceLinkedRole", {"RoleName": role.name}, attempt=attempt
        )
    except NotFound:
        if attempt.in_doubt:
            return Deletion("deleted", "")
        raise
    return Deletion("started", str(answer["DeletionTaskId"]))


def follow_deletion(
    session: Session, begun: Deletion, looks: Iterable[float] = LOOKS
) -> Iterator[Deletion]:
    """How far the deletion is, look by look, until it is done, has failed, or looks run out.

    `looks` are the seconds to wait before each. Raises AwsError.
    """
    if begun.status != "started":
        yield begun
        return
    for seconds in looks:
        if session.retry.stop.wait(seconds):
            return
        now = _deletion(session, begun)
        yield now
        if now.status != "started":
            return


def _deletion(session: Session, begun: Deletion) -> Deletion:
    parameters = {"DeletionTaskId": begun.task_id}
    answer = session.call("iam", "GetServiceLinkedRoleDeletionStatus", parameters)
    match answer["Status"]:
        case "SUCCEEDED":
            return Deletion("deleted", begun.task_id)
        case "FAILED":
            reason = answer.get("Reason") or {}
            used = reason.get("RoleUsageList") or ()
            return Deletion(
                "failed",
                begun.task_id,
                reason.get("Reason") or "AWS gave no reason.",
                tuple(arn for each in used for arn in each.get("Resources") or ()),
            )
        case _:
            return begun
