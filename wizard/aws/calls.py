"""The IAM call that carries out each change: its operation and parameters. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.core import plan as p
from wizard.errors import assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
