"""The writes that lead from one state to another: one type, one table, and what follows. Pure.

A plan is a tuple of changes in the order in which they may be carried out; an empty one
means that there is nothing to do. Neighbors of equal rank are independent of each other
and may run side by side. `KINDS` says everything about each kind of change: the IAM call
that makes it, its rank, what it alters, what undoes it, and its words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from wizard.core.state import Policy, PolicyVersion, Role, State
from wizard.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wizard.core.documents import Document

VERSIONS_PER_POLICY = 5  # IAM quota, cannot be raised


@dataclass(frozen=True)
class Change:
    """One IAM write on the role or policy with the ARN `target`.

    `before` and `after` are the values that it takes away and brings; their types by kind are
    in `KINDS`. A change is undone by the opposite kind with the two exchanged.
    """

    kind: str
    target: str
    before: Any = None
    after: Any = None

    @property
    def name(self) -> str:
        """The name of the role or policy."""
        return self.target.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Version:
    """A version of a policy; `version_id` is None until IAM has named it."""

    document: Document
    version_id: str | None = None


Plan: TypeAlias = tuple[Change, ...]


@dataclass(frozen=True)
class Kind:
    """Everything about one kind of change.

    `of` is what it is made on, `attribute` the field of `Role` or `Policy` that it alters
    (empty: the whole thing), `operation` and `parameters` the IAM call (besides the target's
    name or ARN), `detail` its value for scripts, `opposite` the kind that undoes it (empty:
    nothing does), and `sign`, `verb` and `words` how people read it.
    """

    of: str
    rank: int
    attribute: str
    operation: str
    parameters: Callable[[Change], dict[str, Any]]
    detail: Callable[[Change], dict[str, Any]]
    opposite: str
    sign: str
    verb: str
    words: str


def _nothing(_: Change) -> dict[str, Any]:
    return {}


def _after(key: str) -> Callable[[Change], dict[str, Any]]:
    return lambda change: {key: change.after}


def _before(key: str) -> Callable[[Change], dict[str, Any]]:
    return lambda change: {key: change.before}


def _tags_set(change: Change) -> dict[str, Any]:
    return {"Tags": _tag_list(change.after)}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def _keys(key: str) -> Callable[[Change], dict[str, Any]]:
    return lambda change: {key: sorted(change.before)}


def _version_id(key: str) -> Callable[[Change], dict[str, Any]]:
    return lambda change: {key: change.after.version_id}


def _new_role(change: Change) -> dict[str, Any]:
    role: Role = change.after
    boundary = role.permissions_boundary
    return {
        "Path": role.path,
        "AssumeRolePolicyDocument": role.trust_policy.text(),
        "Description": role.description,
        "Tags": _tag_list(role.tags),
        **({"PermissionsBoundary": boundary} if boundary is not None else {}),
    }


def _new_policy(change: Change) -> dict[str, Any]:
    policy: Policy = change.after
    return {
        "PolicyName": policy.name,
        "Path": policy.path,
        "PolicyDocument": policy.document.text(),
        "Description": policy.description,
        "Tags": _tag_list(policy.tags),
    }


def _new_version(change: Change) -> dict[str, Any]:
    return {"PolicyDocument": change.after.document.text(), "SetAsDefault": True}


def _fields(*names: str) -> Callable[[Change], dict[str, Any]]:
    return lambda change: {name: getattr(change.after, name) for name in names}


# Grants come last and go first: what takes permissions away or only describes precedes what
# grants permissions, and who may use them (the trust policy of an existing role) changes last.
# A version is deleted before one is added, because a policy holds five; the role goes
# before its policies, because a policy can't be deleted while anything has it attached.
LESS, DESCRIBE, DOCUMENT, ATTACH, TRUST, ROLE_GOES, POLICY_GOES = range(7)

KINDS: dict[str, Kind] = {
    "create-role": Kind(
        "role", DESCRIBE, "", "CreateRole", _new_role,
        _fields("path", "description", "trust_policy", "permissions_boundary", "tags"),
        "delete-role", "+", "create role", "{name}",
    ),
    "delete-role": Kind(
        "role", ROLE_GOES, "", "DeleteRole", _nothing, _nothing,
        "", "-", "delete role", "{name}",
    ),
    "update-trust-policy": Kind(
        "role", TRUST, "trust_policy", "UpdateAssumeRolePolicy",
        lambda change: {"PolicyDocument": change.after.text()}, _after("trust_policy"),
        "update-trust-policy", "~", "update trust", "the trust policy of {name}",
    ),
    "update-role-description": Kind(
        "role", DESCRIBE, "description", "UpdateRole", _after("Description"),
        _after("description"),
        "update-role-description", "~", "describe", "{name} as: {value}",
    ),
    "put-permissions-boundary": Kind(
        "role", DESCRIBE, "permissions_boundary", "PutRolePermissionsBoundary",
        _after("PermissionsBoundary"), _after("permissions_boundary"),
        "put-permissions-boundary", "~", "set boundary", "{value} on {name}",
    ),
    "delete-permissions-boundary": Kind(
        "role", DESCRIBE, "permissions_boundary", "DeleteRolePermissionsBoundary", _nothing,
        _nothing,
        "put-permissions-boundary", "-", "remove boundary", "of {name}",
    ),
    "tag-role": Kind(
        "role", DESCRIBE, "tags", "TagRole", _tags_set, _after("tags"),
        "tag-role", "~", "tag", "{name}: {tags}",
    ),
    "untag-role": Kind(
        "role", DESCRIBE, "tags", "UntagRole", _keys("TagKeys"), _keys("keys"),
        "tag-role", "-", "untag", "{name}: {keys}",
    ),
    "attach-policy": Kind(
        "role", ATTACH, "attachments", "AttachRolePolicy", _after("PolicyArn"),
        _after("policy_arn"),
        "detach-policy", "+", "attach", "{value_name} ({owner})",
    ),
    "detach-policy": Kind(
        "role", LESS, "attachments", "DetachRolePolicy", _before("PolicyArn"),
        _before("policy_arn"),
        "attach-policy", "-", "detach", "{value_name} ({owner}) from {name}",
    ),
    "delete-inline-policy": Kind(
        "role", LESS, "inline_policies", "DeleteRolePolicy", _before("PolicyName"),
        _before("policy_name"),
        "", "-", "delete inline", "the inline policy {value} of {name}",
    ),
    "remove-from-instance-profile": Kind(
        "role", LESS, "instance_profiles", "RemoveRoleFromInstanceProfile",
        _before("InstanceProfileName"), _before("instance_profile"),
        "", "-", "remove from", "instance profile {name}: {value}",
    ),
    "create-policy": Kind(
        "policy", DESCRIBE, "", "CreatePolicy", _new_policy,
        _fields("path", "description", "document", "tags"),
        "delete-policy", "+", "create policy", "{name}",
    ),
    "delete-policy": Kind(
        "policy", POLICY_GOES, "", "DeletePolicy", _nothing, _nothing,
        "", "-", "delete policy", "{name}",
    ),
    "update-policy": Kind(
        "policy", DOCUMENT, "document", "CreatePolicyVersion", _new_version,
        _fields("document", "version_id"),
        "set-default-policy-version", "~", "update policy",
        "{name} (creates a new version)",
    ),
    "set-default-policy-version": Kind(
        "policy", LESS, "document", "SetDefaultPolicyVersion", _version_id("VersionId"),
        _fields("version_id", "document"),
        "set-default-policy-version", "~", "restore", "{name} to version {version}",
    ),
    "delete-policy-version": Kind(
        "policy", DESCRIBE, "old_versions", "DeletePolicyVersion", _before("VersionId"),
        _before("version_id"),
        "", "-", "delete version", "{value} of {name}",
    ),
    "tag-policy": Kind(
        "policy", DESCRIBE, "tags", "TagPolicy", _tags_set, _after("tags"),
        "tag-policy", "~", "tag", "{name}: {tags}",
    ),
    "untag-policy": Kind(
        "policy", DESCRIBE, "tags", "UntagPolicy", _keys("TagKeys"), _keys("keys"),
        "tag-policy", "-", "untag", "{name}: {keys}",
    ),
}  # fmt: skip

# What needs no undoing and asks for nothing: where the thing is absent, it has its effect.
REMOVING = frozenset(kind for kind, row in KINDS.items() if row.sign == "-")
# The kinds that bring and take the members of a role's sets; None: only others bring them.
SETS = (
    ("attachments", "attach-policy", "detach-policy"),
    ("inline_policies", None, "delete-inline-policy"),
    ("instance_profiles", None, "remove-from-instance-profile"),
)


def iam_call(change: Change) -> tuple[str, dict[str, Any]]:
    """The IAM operation and parameters that carry out this change."""
    row = KINDS[change.kind]
    target = {"RoleName": change.name} if row.of == "role" else {"PolicyArn": change.target}
    named = {} if change.kind == "create-policy" else target
    return row.operation, {**named, **row.parameters(change)}


def waves(changes: Plan) -> Iterator[Plan]:
    """The plan in groups, one after another, whose changes may run side by side."""
    for _, wave in groupby(changes, key=_rank):
        yield tuple(wave)


def _rank(change: Change) -> int:
    return KINDS[change.kind].rank


# ── the plan ─────────────────────────────────────────────────────────────────────────────


def plan(desired: State, actual: State) -> Plan:
    """The fewest writes that turn `actual` into `desired`.

    Raises Refused where the two differ in what IAM can't change.
    """
    changes = [*_role_changes(desired.role, actual.role)]
    for arn in sorted({*desired.policies, *actual.policies}):
        changes += _policy_changes(desired.policies.get(arn), actual.policies.get(arn))
    return tuple(sorted(changes, key=_rank))


def _role_changes(desired: Role | None, actual: Role | None) -> Iterator[Change]:
    if desired is None:
        if actual is not None:
            yield from _set_changes(bare(actual), actual)
            yield Change("delete-role", actual.arn, before=actual)
        return
    arn = desired.arn
    if actual is None:
        yield Change("create-role", arn, after=bare(desired))
        yield from _set_changes(desired, bare(desired))
        return
    if desired.path != actual.path:
        raise Refused(
            (
                f"Role {actual.name} already exists with path {actual.path}, and IAM can't "
                f"move it to {desired.path}."
            ),
            "Omit --role-path to use it as it is, or set another --role-name.",
            code="immutable-role-path",
        )
    yield from _set_changes(desired, actual)
    for attribute, kind in (
        ("trust_policy", "update-trust-policy"),
        ("description", "update-role-description"),
        ("permissions_boundary", "put-permissions-boundary"),
    ):
        old, new = getattr(actual, attribute), getattr(desired, attribute)
        if new != old:
            removed = kind.replace("put", "delete") if new is None else kind
            yield Change(removed, arn, old, new)
    yield from _tag_changes("role", arn, desired.tags, actual.tags)


def _set_changes(desired: Role, actual: Role) -> Iterator[Change]:
    for attribute, add, remove in SETS:
        new, old = getattr(desired, attribute), getattr(actual, attribute)
        yield from (Change(remove, actual.arn, before=member) for member in sorted(old - new))
        if add:
            yield from (Change(add, actual.arn, after=member) for member in sorted(new - old))


def _policy_changes(desired: Policy | None, actual: Policy | None) -> Iterator[Change]:
    if desired is None:
        if actual is not None:
            for version in actual.old_versions:
                yield Change("delete-policy-version", actual.arn, before=version.version_id)
            yield Change("delete-policy", actual.arn, before=actual)
        return
    arn = desired.arn
    if actual is None:
        yield Change("create-policy", arn, after=desired)
        return
    if desired.description != actual.description:
        raise Refused(
            (
                f"Policy {actual.name} already exists with a different description, and IAM "
                "can't change it."
            ),
            (
                "Omit --policy-description to keep it, or set another --policy-name for a new "
                "policy."
            ),
            code="immutable-policy-description",
        )
    if desired.document != actual.document:
        if 1 + len(actual.old_versions) >= VERSIONS_PER_POLICY:
            oldest = min(actual.old_versions, key=lambda version: _number(version.version_id))
            yield Change("delete-policy-version", arn, before=oldest.version_id)
        old = Version(actual.document, actual.version_id)
        yield Change("update-policy", arn, old, Version(desired.document))
    yield from _tag_changes("policy", arn, desired.tags, actual.tags)


def _tag_changes(
    of: str, arn: str, desired: Mapping[str, str], actual: Mapping[str, str]
) -> Iterator[Change]:
    new = {key: desired[key] for key in sorted(desired) if actual.get(key) != desired[key]}
    if new:
        yield Change(f"tag-{of}", arn, {key: actual[key] for key in new if key in actual}, new)
    if extra := {key: actual[key] for key in sorted(set(actual) - set(desired))}:
        yield Change(f"untag-{of}", arn, extra, {})


def bare(role: Role) -> Role:
    """The role as CreateRole makes it: nothing attached, embedded or using it."""
    nothing: frozenset[str] = frozenset()
    return replace(role, attachments=nothing, inline_policies=nothing, instance_profiles=nothing)


def _number(version_id: str) -> int:
    """IAM counts versions up and never reuses a number."""
    return int(version_id.removeprefix("v"))


# ── folding: what a change makes of a state ──────────────────────────────────────────────


def fold(changes: Iterable[Change], state: State) -> State:
    """The state after these changes, as IAM would leave it."""
    for change in changes:
        state = _folded(change, state)
    return state


def shows(change: Change, state: State) -> bool:
    """Whether `state` is, where this change touches it, just as the change leaves it."""
    row, thing = KINDS[change.kind], _thing(change, state)
    if not row.attribute:
        # Others may have attached something to a new role already.
        return bool((bare(thing) if isinstance(thing, Role) else thing) == change.after)
    if thing is None:
        return change.kind in REMOVING
    if change.kind == "delete-policy-version":
        return change.before not in {version.version_id for version in thing.old_versions}
    if isinstance(change.after, Version):
        known = change.after.version_id in {None, thing.version_id}
        return bool(known and thing.document == change.after.document)
    return bool(getattr(thing, row.attribute) == _value(change, getattr(thing, row.attribute)))


def _thing(change: Change, state: State) -> Any:
    """The role or policy that the change is made on; None where there is none."""
    if KINDS[change.kind].of == "policy":
        return state.policies.get(change.target)
    return state.role


def _folded(change: Change, state: State) -> State:
    row, thing = KINDS[change.kind], _thing(change, state)
    if not row.attribute:
        thing = None if change.kind in REMOVING else change.after
    elif thing is None:
        return state
    elif isinstance(thing, Policy) and row.attribute in {"document", "old_versions"}:
        thing = _with_versions(change, thing)
    else:
        thing = replace(thing, **{row.attribute: _value(change, getattr(thing, row.attribute))})
    if row.of == "role":
        return replace(state, role=thing)
    others = {arn: policy for arn, policy in state.policies.items() if arn != change.target}
    return replace(state, policies=others if thing is None else {**others, change.target: thing})


def _value(change: Change, value: Any) -> Any:
    """An attribute's value after the change: a mapping, a set, or a single value."""
    match value:
        case dict():
            kept = {key: text for key, text in value.items() if key not in change.before}
            return {**kept, **change.after}
        case frozenset():
            return (value | {change.after}) - {change.before, None}
        case _:
            return change.after


def _with_versions(change: Change, policy: Policy) -> Policy:
    if change.kind == "delete-policy-version":
        left = [v for v in policy.old_versions if v.version_id != change.before]
        return replace(policy, old_versions=tuple(left))
    new: Version = change.after
    ids = [policy.version_id, *(version.version_id for version in policy.old_versions)]
    version_id = new.version_id or f"v{max(map(_number, ids)) + 1}"
    old = [version for version in policy.old_versions if version.version_id != version_id]
    return replace(
        policy,
        document=new.document,
        version_id=version_id,
        old_versions=(*old, PolicyVersion(policy.version_id)),
    )


# ── rolling back ─────────────────────────────────────────────────────────────────────────


def undo(done: Sequence[Change]) -> Plan:
    """The plan that undoes what was carried out, the latest first.

    What was deleted can't come back as itself: it has no way back.
    """
    return tuple(back for change in reversed(done) for back in opposite(change))


def opposite(change: Change) -> Plan:
    """The changes that undo this one, in order; none where nothing does."""
    row, target, before, after = KINDS[change.kind], change.target, change.before, change.after
    if not row.opposite:
        return ()
    if row.attribute == "tags":
        old = {key: after[key] for key in before if key in after}
        new = {key: after[key] for key in after if key not in before}
        set_back = [Change(row.opposite, target, old, before)] if before else []
        untag = [Change(row.opposite.replace("tag", "untag"), target, new, {})] if new else []
        return (*set_back, *untag)
    if change.kind == "put-permissions-boundary" and before is None:
        return (Change("delete-permissions-boundary", target, after, None),)
    back = Change(row.opposite, target, after, before)
    if change.kind == "update-policy":
        return (back, Change("delete-policy-version", target, before=after.version_id))
    return (back,)


def still_ours(done: Sequence[Change], actual: State) -> tuple[list[tuple[Change, Plan]], Plan]:
    """What may be rolled back, each with its way back, and what must be left alone.

    Left alone is what `actual` no longer shows as this run left it: somebody else has changed
    it since, and that is not ours to revert. A role goes before its policies: IAM keeps
    it if somebody else has attached something by then, and then its policies stay, too.
    """
    ways: list[tuple[Change, Plan]] = []
    left: list[Change] = []
    used = [change for change in done if _in_use(change, done, actual)]
    latest_first = list(reversed(done))
    latest_first.sort(key=lambda change: change.kind == "create-policy")
    for change in latest_first:
        way = opposite(_as_far_as_shown(change, actual))
        if way and change not in used and _may_be_undone(change, way, actual):
            ways.append((change, way))
            actual = fold(way, actual)
        else:
            left.append(change)
    return ways, tuple(reversed(left))


def _as_far_as_shown(change: Change, actual: State) -> Change:
    """The change without the tags that somebody else has set otherwise since."""
    thing = _thing(change, actual)
    if KINDS[change.kind].attribute != "tags" or thing is None or not change.after:
        return change
    common = dict(change.after.items() & thing.tags.items()) or change.after
    before = {key: value for key, value in change.before.items() if key in common}
    return replace(change, before=before, after=common)


def _in_use(change: Change, done: Sequence[Change], actual: State) -> bool:
    """Whether somebody else has attached the policy that this run created."""
    policy, role = actual.policies.get(change.target), actual.role
    if change.kind != "create-policy":
        return False
    own = {f"role/{role.name}"} if role else set()
    by_us = any(other.after == change.target for other in done if other.kind == "attach-policy")
    on_role = role is not None and change.target in role.attachments
    return bool(policy and policy.attached_to - own) or (on_role and not by_us)


def _may_be_undone(change: Change, way: Plan, actual: State) -> bool:
    """Whether the account is as the change left it, or already as it was before.

    IAM may not show yet what was made a moment ago: undoing that hurts nobody.
    """
    if all(shows(back, actual) for back in way):
        return True
    if change.kind == "create-role":
        return bool(actual.role == change.after)  # nothing is attached to it
    return shows(_as_far_as_shown(change, actual), actual)
