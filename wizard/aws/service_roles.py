"""Reads, describes and deletes the service-linked roles of Lex V2; touches no other role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.aws.connection import SIDE_BY_SIDE
from wizard.aws.retry import Attempt
from wizard.aws.threads import Threads
from wizard.documents import Document
from wizard.errors import AccessDenied, Gone
from wizard.service_roles import (
    ACTIONS,
    Deletion,
    RolePolicy,
    ServiceRole,
    demand_service_linked,
)
from wizard.state import LastUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.aws.connection import Connection

# Seconds between looks at a deletion. A role that nothing uses is gone in seconds; after this
# about ten minutes IAM goes on alone.
LOOKS = (0.5, 1.0, 2.0, 4.0, *[8.0] * 75)


def list_service_roles(connection: Connection) -> list[ServiceRole]:
    """The Lex V2 service-linked roles of the account, by kind and name. Raises AwsFailed.

    ListRoles leaves out when a role was last used, so each role is read by itself; where that
    is denied the listing has to do.
    """
    with Threads(SIDE_BY_SIDE) as pool:
        paths = [f"/aws-service-role/{service}/" for service in ACTIONS]
        listed = list(pool.map(lambda path: _listed(connection, path), paths))
        roles = [role for each in listed for role in each]
        return [
            role
            for role in pool.map(lambda role: _whole(connection, role), roles)
            if role is not None
        ]


def _listed(connection: Connection, path: str) -> list[dict[str, Any]]:
    listed = connection.pages("iam", "ListRoles", {"PathPrefix": path}, "Roles")
    return sorted(listed, key=lambda role: str(role["RoleName"]))


def _whole(connection: Connection, listed: dict[str, Any]) -> ServiceRole | None:
    try:
        return find_service_role(connection, listed["RoleName"])
    except Gone:
        return None
    except AccessDenied:
        return _role(listed)


def find_service_role(connection: Connection, name: str) -> ServiceRole:
    """The service-linked role of that name.

    Raises Gone if there is no such role, Refused if it is not one of Lex V2's, AwsFailed.
    """
    try:
        return _role(connection.call("iam", "GetRole", {"RoleName": name})["Role"])
    except Gone as error:
        raise Gone(
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


def read_policies(connection: Connection, role: ServiceRole) -> tuple[RolePolicy, ...]:
    """The role's managed and inline policies with their documents. Raises AwsFailed.

    A document that the caller may not read is None.
    """
    named = {"RoleName": role.name}
    with Threads(SIDE_BY_SIDE) as pool:
        inline = pool.submit(connection.pages, "iam", "ListRolePolicies", named, "PolicyNames")
        attached = connection.pages("iam", "ListAttachedRolePolicies", named, "AttachedPolicies")
        managed = pool.map(
            lambda each: RolePolicy(
                each["PolicyName"], each["PolicyArn"], _managed(connection, each["PolicyArn"])
            ),
            attached,
        )
        own = pool.map(
            lambda name: RolePolicy(name, None, _inline(connection, role.name, name)),
            inline.result(),
        )
        return (*managed, *own)


def _managed(connection: Connection, arn: str) -> Document | None:
    try:
        policy = connection.call("iam", "GetPolicy", {"PolicyArn": arn})["Policy"]
        parameters = {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]}
        version = connection.call("iam", "GetPolicyVersion", parameters)["PolicyVersion"]
    except (AccessDenied, Gone):
        return None
    return Document(version.get("Document"))


def _inline(connection: Connection, role_name: str, name: str) -> Document | None:
    parameters = {"RoleName": role_name, "PolicyName": name}
    try:
        return Document(connection.call("iam", "GetRolePolicy", parameters).get("PolicyDocument"))
    except (AccessDenied, Gone):
        return None


def set_description(connection: Connection, name: str, text: str) -> ServiceRole:
    """Write the role's description; the role as it was before.

    Raises Gone, Refused if it is not a service-linked role of Lex V2, AwsFailed.
    """
    role = find_service_role(connection, name)
    if role.description != text:
        connection.call("iam", "UpdateRole", {"RoleName": role.name, "Description": text})
    return role


def begin_deletion(connection: Connection, role: ServiceRole) -> Deletion:
    """Ask IAM to delete the role; it answers at once and checks and deletes afterwards.

    Asked twice (an answer was lost), IAM gives the same task. Raises AwsFailed.
    """
    method = connection.method("iam", "DeleteServiceLinkedRole")
    attempt = Attempt()
    try:
        answer = connection.retry.call(
            lambda: method(RoleName=role.name),
            operation="iam:DeleteServiceLinkedRole",
            profile=connection.profile,
            attempt=attempt,
        )
    except Gone:
        if attempt.may_be_done:
            return Deletion("deleted", "")
        raise
    return Deletion("started", str(answer["DeletionTaskId"]))


def follow_deletion(
    connection: Connection, begun: Deletion, looks: Iterable[float] = LOOKS
) -> Iterator[Deletion]:
    """How far the deletion is, look by look, until it is done, has failed, or looks run out.

    `looks` are the seconds to wait before each. Raises AwsFailed.
    """
    if begun.status != "started":
        yield begun
        return
    for seconds in looks:
        if connection.retry.stop.wait(seconds):
            return
        now = _deletion(connection, begun)
        yield now
        if now.status != "started":
            return


def _deletion(connection: Connection, begun: Deletion) -> Deletion:
    parameters = {"DeletionTaskId": begun.task_id}
    answer = connection.call("iam", "GetServiceLinkedRoleDeletionStatus", parameters)
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
