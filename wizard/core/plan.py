"""The writes that lead from one state to another, as values; and the way back. Pure.

A plan is a tuple of changes in the order in which they may be carried out; an empty one
means that there is nothing to do. Neighbours of equal rank are independent of each other
and may run side by side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from wizard.core.state import Policy, PolicyVersion, Role, State
from wizard.errors import Refused, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wizard.core.documents import Document

VERSIONS_PER_POLICY = 5  # IAM quota, cannot be raised


@dataclass(frozen=True)
class CreateRole:
    """Make this role, with its boundary and tags but without anything attached to it."""

    role: Role

    @property
    def target(self) -> str:
        """The ARN that the role will have."""
        return self.role.arn


@dataclass(frozen=True)
class UpdateTrustPolicy:
    """Replace the trust policy of the role `target`."""

    target: str
    trust_policy: Document


@dataclass(frozen=True)
class UpdateRoleDescription:
    """Replace the description of the role `target`."""

    target: str
    description: str


@dataclass(frozen=True)
class PutPermissionsBoundary:
    """Set the permissions boundary of the role `target`."""

    target: str
    permissions_boundary: str


@dataclass(frozen=True)
class DeletePermissionsBoundary:
    """Take the permissions boundary off the role `target`; only ever to undo."""

    target: str


@dataclass(frozen=True)
class TagRole:
    """Set these tags on the role `target`."""

    target: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class UntagRole:
    """Take these tags off the role `target`."""

    target: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class DeleteRole:
    """Delete the role `target`."""

    target: str


@dataclass(frozen=True)
class CreatePolicy:
    """Make this customer managed policy, with its tags."""

    policy: Policy

    @property
    def target(self) -> str:
        """The ARN that the policy will have."""
        return self.policy.arn


@dataclass(frozen=True)
class UpdatePolicy:
    """Give the policy `target` a new default version.

    `version_id` is known only after it was carried out.
    """

    target: str
    document: Document
    version_id: str | None = None


@dataclass(frozen=True)
class TagPolicy:
    """Set these tags on the policy `target`."""

    target: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class UntagPolicy:
    """Take these tags off the policy `target`."""

    target: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class SetDefaultPolicyVersion:
    """Make an existing version of the policy `target` its default; `document` is what it says."""

    target: str
    version_id: str
    document: Document


@dataclass(frozen=True)
class DeletePolicyVersion:
    """Delete a version of the policy `target` that is not its default."""

    target: str
    version_id: str


@dataclass(frozen=True)
class DeletePolicy:
    """Delete the policy `target`."""

    target: str


@dataclass(frozen=True)
class AttachPolicy:
    """Attach a managed policy to the role `target`."""

    target: str
    policy_arn: str


@dataclass(frozen=True)
class DetachPolicy:
    """Detach a managed policy from the role `target`."""

    target: str
    policy_arn: str


@dataclass(frozen=True)
class DeleteInlinePolicy:
    """Delete an inline policy of the role `target`."""

    target: str
    policy_name: str


@dataclass(frozen=True)
class RemoveFromInstanceProfile:
    """Take the role `target` out of an instance profile."""

    target: str
    instance_profile: str


RoleChange: TypeAlias = (
    CreateRole
    | UpdateTrustPolicy
    | UpdateRoleDescription
    | PutPermissionsBoundary
    | DeletePermissionsBoundary
    | TagRole
    | UntagRole
    | AttachPolicy
    | DetachPolicy
    | DeleteInlinePolicy
    | RemoveFromInstanceProfile
    | DeleteRole
)
PolicyChange: TypeAlias = (
    CreatePolicy
    | UpdatePolicy
    | SetDefaultPolicyVersion
    | DeletePolicyVersion
    | TagPolicy
    | UntagPolicy
    | DeletePolicy
)
Change: TypeAlias = RoleChange | PolicyChange
Plan: TypeAlias = tuple[Change, ...]

# Grants come last and go first: what takes rights away or only describes precedes what
# gives rights, and who may use them (the trust policy of an existing role) is changed last.
# A version is deleted before one is added, because a policy holds five; the role goes
# before its policies, because a policy can't be deleted while anything has it attached.
RANKS: tuple[tuple[type[Change], ...], ...] = (
    (DetachPolicy, DeleteInlinePolicy, RemoveFromInstanceProfile, SetDefaultPolicyVersion),
    (
        CreateRole,
        CreatePolicy,
        TagRole,
        TagPolicy,
        UntagRole,
        UntagPolicy,
        UpdateRoleDescription,
        PutPermissionsBoundary,
        DeletePermissionsBoundary,
        DeletePolicyVersion,
    ),
    (UpdatePolicy,),
    (AttachPolicy,),
    (UpdateTrustPolicy,),
    (DeleteRole,),
    (DeletePolicy,),
)
RANK = {change: rank for rank, changes in enumerate(RANKS) for change in changes}


def plan(desired: State, actual: State) -> Plan:
    """The fewest writes that turn `actual` into `desired`.

    Raises Refused where the two differ in what IAM can't change.
    """
    changes = [*_role_changes(desired.role, actual.role)]
    for arn in sorted({*desired.policies, *actual.policies}):
        changes += _policy_changes(desired.policies.get(arn), actual.policies.get(arn))
    return tuple(sorted(changes, key=_rank))


def waves(changes: Plan) -> Iterator[Plan]:
    """The plan in groups, one after another, whose changes may run side by side."""
    for _, wave in groupby(changes, key=_rank):
        yield tuple(wave)


def kind(change: Change) -> str:
    """The change's name for scripts: `create-role`, `attach-policy`, …."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(change).__name__).lower()


def _rank(change: Change) -> int:
    return RANK[type(change)]


def _role_changes(desired: Role | None, actual: Role | None) -> Iterator[Change]:
    if desired is None:
        if actual is not None:
            yield from _hanging_on(actual, without=None)
            yield DeleteRole(actual.arn)
        return
    arn = desired.arn
    if actual is None:
        yield CreateRole(bare(desired))
        yield from (AttachPolicy(arn, each) for each in sorted(desired.attachments))
        return
    _refuse_another_path("role", desired, actual)
    yield from _hanging_on(actual, without=desired)
    yield from (
        AttachPolicy(arn, each) for each in sorted(desired.attachments - actual.attachments)
    )
    if desired.trust_policy != actual.trust_policy:
        yield UpdateTrustPolicy(arn, desired.trust_policy)
    if desired.description != actual.description:
        yield UpdateRoleDescription(arn, desired.description)
    if desired.permissions_boundary != actual.permissions_boundary:
        if desired.permissions_boundary is None:
            yield DeletePermissionsBoundary(arn)
        else:
            yield PutPermissionsBoundary(arn, desired.permissions_boundary)
    if tags := _tags_to_set(desired.tags, actual.tags):
        yield TagRole(arn, tags)
    if keys := _keys_to_drop(desired.tags, actual.tags):
        yield UntagRole(arn, keys)


def _hanging_on(actual: Role, *, without: Role | None) -> Iterator[Change]:
    """What takes everything off `actual` that `without` does not have."""
    role = without or bare(actual)
    for arn in sorted(actual.attachments - role.attachments):
        yield DetachPolicy(actual.arn, arn)
    for name in sorted(actual.inline_policies - role.inline_policies):
        yield DeleteInlinePolicy(actual.arn, name)
    for name in sorted(actual.instance_profiles - role.instance_profiles):
        yield RemoveFromInstanceProfile(actual.arn, name)


def _policy_changes(desired: Policy | None, actual: Policy | None) -> Iterator[Change]:
    if desired is None:
        if actual is not None:
            for version in actual.old_versions:
                yield DeletePolicyVersion(actual.arn, version.version_id)
            yield DeletePolicy(actual.arn)
        return
    if actual is None:
        yield CreatePolicy(desired)
        return
    arn = desired.arn
    if desired.description != actual.description:
        raise Refused(
            f"The policy {actual.name} already exists with another description, "
            "and IAM can't change a policy's description.",
            "Leave --policy-description out to keep the one it has, or give the new policy "
            "another --policy-name.",
            code="immutable-policy-description",
        )
    if desired.document != actual.document:
        if 1 + len(actual.old_versions) >= VERSIONS_PER_POLICY:
            yield DeletePolicyVersion(arn, oldest(actual.old_versions).version_id)
        yield UpdatePolicy(arn, desired.document)
    if tags := _tags_to_set(desired.tags, actual.tags):
        yield TagPolicy(arn, tags)
    if keys := _keys_to_drop(desired.tags, actual.tags):
        yield UntagPolicy(arn, keys)


def bare(role: Role) -> Role:
    """The role as CreateRole makes it: nothing attached, embedded or using it."""
    nothing: frozenset[str] = frozenset()
    return replace(role, attachments=nothing, inline_policies=nothing, instance_profiles=nothing)


def oldest(versions: Iterable[PolicyVersion]) -> PolicyVersion:
    """The version with the lowest number: IAM counts up and never reuses one."""
    return min(versions, key=lambda version: _number(version.version_id))


def _number(version_id: str) -> int:
    return int(version_id.removeprefix("v"))


def _tags_to_set(desired: Mapping[str, str], actual: Mapping[str, str]) -> dict[str, str]:
    return {key: desired[key] for key in sorted(desired) if actual.get(key) != desired[key]}


def _keys_to_drop(desired: Mapping[str, str], actual: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(set(actual) - set(desired)))


def _refuse_another_path(what: str, desired: Role, actual: Role) -> None:
    if desired.path != actual.path:
        raise Refused(
            f"The {what} {actual.name} already exists under the path {actual.path}, "
            f"and IAM can't move it to {desired.path}.",
            f"Leave --{what}-path out to use it where it is, or give another --{what}-name.",
            code=f"immutable-{what}-path",
        )


# ── folding: what a change makes of a state ──────────────────────────────────────────────


def fold(changes: Iterable[Change], state: State) -> State:
    """The state after these changes, as IAM would leave it."""
    for change in changes:
        state = _after(change, state)
    return state


def _after(change: Change, state: State) -> State:
    match change:
        case CreateRole(role):
            return replace(state, role=role)
        case DeleteRole():
            return replace(state, role=None)
        case CreatePolicy(policy):
            return replace(state, policies={**state.policies, policy.arn: policy})
        case DeletePolicy(target):
            left = {arn: each for arn, each in state.policies.items() if arn != target}
            return replace(state, policies=left)
        case (
            UpdatePolicy()
            | SetDefaultPolicyVersion()
            | DeletePolicyVersion()
            | TagPolicy()
            | UntagPolicy()
        ):
            before = state.policies.get(change.target)
            if before is None:
                return state
            policies = {**state.policies, change.target: _policy_after(change, before)}
            return replace(state, policies=policies)
        case _:
            return state if state.role is None else _with_role_after(change, state, state.role)


RoleUpdate: TypeAlias = (
    UpdateTrustPolicy
    | UpdateRoleDescription
    | PutPermissionsBoundary
    | DeletePermissionsBoundary
    | TagRole
    | UntagRole
    | AttachPolicy
    | DetachPolicy
    | DeleteInlinePolicy
    | RemoveFromInstanceProfile
)


def _with_role_after(change: RoleUpdate, state: State, role: Role) -> State:
    return replace(state, role=_role_after(change, role))


def _role_after(change: RoleUpdate, role: Role) -> Role:
    match change:
        case UpdateTrustPolicy(_, trust_policy):
            return replace(role, trust_policy=trust_policy)
        case UpdateRoleDescription(_, description):
            return replace(role, description=description)
        case PutPermissionsBoundary(_, arn):
            return replace(role, permissions_boundary=arn)
        case DeletePermissionsBoundary():
            return replace(role, permissions_boundary=None)
        case TagRole(_, tags):
            return replace(role, tags={**role.tags, **tags})
        case UntagRole(_, keys):
            return replace(role, tags=_without(role.tags, keys))
        case AttachPolicy(_, arn):
            return replace(role, attachments=role.attachments | {arn})
        case DetachPolicy(_, arn):
            return replace(role, attachments=role.attachments - {arn})
        case DeleteInlinePolicy(_, name):
            return replace(role, inline_policies=role.inline_policies - {name})
        case RemoveFromInstanceProfile(_, name):
            return replace(role, instance_profiles=role.instance_profiles - {name})
        case _:
            assert_never(change)


PolicyUpdate: TypeAlias = (
    UpdatePolicy | SetDefaultPolicyVersion | DeletePolicyVersion | TagPolicy | UntagPolicy
)


def _policy_after(change: PolicyUpdate, policy: Policy) -> Policy:
    old = tuple(policy.old_versions)
    match change:
        case UpdatePolicy(_, document, version_id):
            numbers = [_number(each.version_id) for each in old] + [_number(policy.version_id)]
            return replace(
                policy,
                document=document,
                version_id=version_id or f"v{max(numbers) + 1}",
                old_versions=(*old, PolicyVersion(policy.version_id)),
            )
        case SetDefaultPolicyVersion(_, version_id, document):
            others = tuple(each for each in old if each.version_id != version_id)
            return replace(
                policy,
                document=document,
                version_id=version_id,
                old_versions=(*others, PolicyVersion(policy.version_id)),
            )
        case DeletePolicyVersion(_, version_id):
            left = tuple(each for each in old if each.version_id != version_id)
            return replace(policy, old_versions=left)
        case TagPolicy(_, tags):
            return replace(policy, tags={**policy.tags, **tags})
        case UntagPolicy(_, keys):
            return replace(policy, tags=_without(policy.tags, keys))
        case _:
            assert_never(change)


def _without(tags: Mapping[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in keys}
