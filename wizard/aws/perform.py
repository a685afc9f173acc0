"""Carries out one change: one IAM write, repeated while that may help, settled when in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard import plan as p
from wizard.aws.observe import observe
from wizard.aws.retry import Attempt
from wizard.errors import AwsFailed, Gone, assert_never
from wizard.undo import shows

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.connection import Connection
    from wizard.aws.retry import Retry
    from wizard.state import State

CLASH = "entity-already-exists"


class Performer:
    """`perform` for `apply`: remembers what it has just made, since IAM takes time to show it."""

    def __init__(self, connection: Connection, retry: Retry | None = None) -> None:
        self._connection = connection
        self._retry = retry or connection.retry
        self._just_made: set[str] = set()

    def __call__(self, change: p.Change, wait: Callable[[str, float], None]) -> p.Change | None:
        """Carry out one change. None: the account was already so. Raises AwsFailed."""
        operation, parameters = call_for(change)
        attempt = Attempt()
        try:
            answer = self._write(change, operation, parameters, attempt, wait)
        except Gone:
            if not isinstance(change, _TAKES_AWAY):
                raise
            return change if attempt.may_be_done else None
        except AwsFailed as error:
            if error.code != CLASH:
                raise
            return self._settle_clash(change, error, attempt)
        if isinstance(change, p.CreateRole | p.CreatePolicy):
            self._just_made.add(change.target)
        if isinstance(change, p.UpdatePolicy):
            return p.UpdatePolicy(
                change.target, change.document, answer["PolicyVersion"]["VersionId"]
            )
        return change

    def _write(
        self,
        change: p.Change,
        operation: str,
        parameters: dict[str, Any],
        attempt: Attempt,
        wait: Callable[[str, float], None],
    ) -> Any:
        method = self._connection.method("iam", operation)
        made = {change.target}
        if isinstance(change, p.AttachPolicy | p.DetachPolicy):
            made.add(change.policy_arn)
        return self._retry.call(
            lambda: method(**parameters),
            operation=f"iam:{operation}",
            profile=self._connection.profile,
            wait=wait,
            just_made=bool(made & self._just_made) and not isinstance(change, p.DetachPolicy),
            attempt=attempt,
            settle=(lambda: self._made_version(change))
            if isinstance(change, p.UpdatePolicy)
            else None,
        )

    def _made_version(self, change: p.UpdatePolicy) -> dict[str, Any] | None:
        """After a lost answer: the version that was made after all, if it was."""
        policy = self._look(change).policies.get(change.target)
        if policy is None or policy.document != change.document:
            return None
        return {"PolicyVersion": {"VersionId": policy.version_id}}

    def _settle_clash(
        self, change: p.Change, error: AwsFailed, attempt: Attempt
    ) -> p.Change | None:
        """Something of that name exists: ours after a lost answer, an identical run's, or not."""
        state = self._look(change)
        if shows(change, _without_what_hangs(change, state)):
            self._just_made.add(change.target)
            return change if attempt.may_be_done else None
        what, name = (
            ("role", change.target)
            if isinstance(change, p.CreateRole)
            else (
                "policy",
                change.target,
            )
        )
        listed = self._same_name(what, name.rsplit("/", 1)[-1])
        if listed and listed != name:
            raise AwsFailed(
                f"The {what} {listed} has the same name: IAM ignores case and path in names.",
                f"Use that one, or choose another --{what}-name.",
                code="name-taken",
            ) from error
        raise AwsFailed(
            f"The {what} {name} was made by somebody else while this run was about to.",
            "Run the command again: it will look at what is there now.",
            code="name-taken",
        ) from error

    def _look(self, change: p.Change) -> State:
        if isinstance(change, p.CreateRole):
            return observe(self._connection, change.role.name, lambda _: {})
        # No role: the caller may read none but that of the set-up.
        return observe(self._connection, None, lambda _: {change.target: "v1"})

    def _same_name(self, what: str, name: str) -> str | None:
        """The ARN of what has this name in another case or under another path."""
        operation, key, field, extra = (
            ("ListRoles", "Roles", "RoleName", {})
            if what == "role"
            else ("ListPolicies", "Policies", "PolicyName", {"Scope": "Local"})
        )
        try:
            listed = self._connection.pages("iam", operation, extra, key)
        except AwsFailed:
            return None  # the clash is told all the same, without the other's name
        return next((e["Arn"] for e in listed if e[field].lower() == name.lower()), None)


def _without_what_hangs(change: p.Change, state: State) -> State:
    """The state with the role bare, as CreateRole made it: others may have attached already."""
    from dataclasses import replace

    if isinstance(change, p.CreateRole) and state.role is not None:
        return replace(state, role=p.bare(state.role))
    return state


_TAKES_AWAY = (
    p.DetachPolicy
    | p.DeleteInlinePolicy
    | p.RemoveFromInstanceProfile
    | p.DeletePolicyVersion
    | p.DeletePermissionsBoundary
    | p.DeleteRole
    | p.DeletePolicy
)


def _role_parameters(change: p.RoleChange) -> dict[str, Any]:
    return {"RoleName": change.target.rsplit("/", 1)[-1]}


def call_for(change: p.Change) -> tuple[str, dict[str, Any]]:
    """The IAM operation and parameters that carry out this change."""
    match change:
        case p.CreateRole(role):
            parameters: dict[str, Any] = {
                "RoleName": role.name,
                "Path": role.path,
                "AssumeRolePolicyDocument": role.trust_policy.text(),
                "Description": role.description,
                "Tags": _tag_list(role.tags),
            }
            if role.permissions_boundary is not None:
                parameters["PermissionsBoundary"] = role.permissions_boundary
            return "CreateRole", parameters
        case p.UpdateTrustPolicy(_, document):
            parameters = _role_parameters(change)
            return "UpdateAssumeRolePolicy", {**parameters, "PolicyDocument": document.text()}
        case p.UpdateRoleDescription(_, description):
            return "UpdateRole", {**_role_parameters(change), "Description": description}
        case p.PutPermissionsBoundary(_, arn):
            parameters = _role_parameters(change)
            return "PutRolePermissionsBoundary", {**parameters, "PermissionsBoundary": arn}
        case p.DeletePermissionsBoundary():
            return "DeleteRolePermissionsBoundary", _role_parameters(change)
        case p.TagRole(_, tags):
            return "TagRole", {**_role_parameters(change), "Tags": _tag_list(tags)}
        case p.UntagRole(_, keys):
            return "UntagRole", {**_role_parameters(change), "TagKeys": list(keys)}
        case p.AttachPolicy(_, arn):
            return "AttachRolePolicy", {**_role_parameters(change), "PolicyArn": arn}
        case p.DetachPolicy(_, arn):
            return "DetachRolePolicy", {**_role_parameters(change), "PolicyArn": arn}
        case p.DeleteInlinePolicy(_, name):
            return "DeleteRolePolicy", {**_role_parameters(change), "PolicyName": name}
        case p.RemoveFromInstanceProfile(_, name):
            parameters = _role_parameters(change)
            return "RemoveRoleFromInstanceProfile", {**parameters, "InstanceProfileName": name}
        case p.DeleteRole():
            return "DeleteRole", _role_parameters(change)
        case p.CreatePolicy(policy):
            return "CreatePolicy", {
                "PolicyName": policy.name,
                "Path": policy.path,
                "PolicyDocument": policy.document.text(),
                "Description": policy.description,
                "Tags": _tag_list(policy.tags),
            }
        case p.UpdatePolicy(target, document):
            return "CreatePolicyVersion", {
                "PolicyArn": target,
                "PolicyDocument": document.text(),
                "SetAsDefault": True,
            }
        case p.SetDefaultPolicyVersion(target, version_id):
            return "SetDefaultPolicyVersion", {"PolicyArn": target, "VersionId": version_id}
        case p.DeletePolicyVersion(target, version_id):
            return "DeletePolicyVersion", {"PolicyArn": target, "VersionId": version_id}
        case p.TagPolicy(target, tags):
            return "TagPolicy", {"PolicyArn": target, "Tags": _tag_list(tags)}
        case p.UntagPolicy(target, keys):
            return "UntagPolicy", {"PolicyArn": target, "TagKeys": list(keys)}
        case p.DeletePolicy(target):
            return "DeletePolicy", {"PolicyArn": target}
        case _:
            assert_never(change)


def _tag_list(tags: Any) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
