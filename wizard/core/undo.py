"""The way back: what this run has carried out, turned into the plan that takes it back. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.core import plan as p
from wizard.core.plan import Change, Plan, fold
from wizard.errors import assert_never

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.core.state import State


def undo(done: Sequence[Change], before: State) -> Plan:
    """The plan that takes back `done`, the latest first, where `before` was the state.

    What was deleted can't come back as itself and has no way back: see `no_way_back`.
    """
    return tuple(back for change in reversed(done) for back in _inverse(change, before))


def no_way_back(change: Change) -> bool:
    """Whether nothing can undo this change: a deleted thing does not come back as itself."""
    return isinstance(
        change,
        p.DeletePolicyVersion
        | p.DeleteRole
        | p.DeletePolicy
        | p.DeleteInlinePolicy
        | p.RemoveFromInstanceProfile,
    )


def undo_what_is_still_ours(
    done: Sequence[Change], before: State, now: State
) -> tuple[list[tuple[Change, Plan]], list[Change]]:
    """What may be taken back, with the way back of each, and what must be left alone.

    Left alone is what `now` no longer shows as this run left it: somebody else has changed
    it meanwhile, and that is not ours to revert. A role goes before its policies: IAM keeps
    it if somebody else has attached something by then, and then its policies stay, too.
    """
    ways: list[tuple[Change, Plan]] = []
    left: list[Change] = []
    attached = before.role.attachments if before.role else frozenset()
    own = {f"role/{now.role.name}"} if now.role else set()
    latest_first = list(reversed(done))
    latest_first.sort(key=lambda each: isinstance(each, p.CreatePolicy))
    for change in latest_first:
        way = tuple(_inverse(_as_far_as_shown(change, now), _as_last_seen(change, before, now)))
        policy = now.policies.get(change.target)
        used = isinstance(change, p.CreatePolicy) and bool(
            (policy and policy.attached_to - own)
            or (now.role and change.target in now.role.attachments - attached)
        )
        if way and not used and _may_be_taken_back(change, way, now):
            ways.append((change, way))
            now = fold(way, now)
        else:
            left.append(change)
    return ways, left[::-1]


def _as_far_as_shown(change: Change, now: State) -> Change:
    """The change without the tags that somebody else has set otherwise since."""
    role, policy = now.role, now.policies.get(change.target)
    match change:
        case p.TagRole(target, tags) if role:
            return p.TagRole(target, _common(tags, role.tags) or tags)
        case p.TagPolicy(target, tags) if policy:
            return p.TagPolicy(target, _common(tags, policy.tags) or tags)
        case _:
            return change


def _common(tags: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return dict(tags.items() & others.items())


def _as_last_seen(change: Change, before: State, now: State) -> State:
    """The state to go back to: a version that somebody made meanwhile comes before ours."""
    policy = now.policies.get(change.target)
    match change:
        case p.UpdatePolicy(target, _, version_id) if policy and target in before.policies:
            known = {before.policies[target].version_id, version_id}
            known |= {each.version_id for each in before.policies[target].old_versions}
            theirs = [each for each in policy.old_versions if each.version_id not in known]
            if not theirs:
                return before
            last = max(theirs, key=lambda each: int(each.version_id.removeprefix("v")))
            seen = replace(before.policies[target], version_id=last.version_id)
            return replace(before, policies={**before.policies, target: seen})
        case _:
            return before


def _may_be_taken_back(change: Change, way: Plan, now: State) -> bool:
    """Whether the account is as the change left it, or already as it was before.

    IAM may not show yet what was made a moment ago: taking that back hurts nobody.
    """
    if all(shows(back, now) for back in way):
        return True
    match change:
        case p.CreateRole(made):
            return now.role == made  # nothing hangs on it
        case _:
            return shows(_as_far_as_shown(change, now), now)


def _inverse(change: Change, before: State) -> Iterator[Change]:
    role, target = before.role, change.target
    match change:
        case p.CreateRole():
            yield p.DeleteRole(target)
        case p.CreatePolicy():
            yield p.DeletePolicy(target)
        case p.AttachPolicy(_, arn):
            yield p.DetachPolicy(target, arn)
        case p.DetachPolicy(_, arn):
            yield p.AttachPolicy(target, arn)
        case p.UpdateTrustPolicy() if role:
            yield p.UpdateTrustPolicy(target, role.trust_policy)
        case p.UpdateRoleDescription() if role:
            yield p.UpdateRoleDescription(target, role.description)
        case p.PutPermissionsBoundary() | p.DeletePermissionsBoundary() if role:
            if role.permissions_boundary is None:
                yield p.DeletePermissionsBoundary(target)
            else:
                yield p.PutPermissionsBoundary(target, role.permissions_boundary)
        case p.TagRole(_, tags) if role:
            old, new = _tags_before(tags, role.tags)
            if old:
                yield p.TagRole(target, old)
            if new:
                yield p.UntagRole(target, new)
        case p.UntagRole(_, keys) if role:
            yield p.TagRole(target, {key: role.tags[key] for key in keys})
        case p.UpdatePolicy(_, _, version_id) if target in before.policies:
            policy = before.policies[target]
            yield p.SetDefaultPolicyVersion(target, policy.version_id, policy.document)
            yield p.DeletePolicyVersion(target, version_id or f"v{_next_number(before, target)}")
        case p.TagPolicy(_, tags) if target in before.policies:
            old, new = _tags_before(tags, before.policies[target].tags)
            if old:
                yield p.TagPolicy(target, old)
            if new:
                yield p.UntagPolicy(target, new)
        case p.UntagPolicy(_, keys) if target in before.policies:
            tags = before.policies[target].tags
            yield p.TagPolicy(target, {key: tags[key] for key in keys})
        case _:
            return  # deleted, or never there before: nothing to restore


def _tags_before(
    tags: Mapping[str, str], before: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The former values of these tags, and the keys that were not there."""
    old = {key: before[key] for key in tags if key in before}
    return old, tuple(key for key in tags if key not in before)


def _next_number(before: State, arn: str) -> int:
    policy = before.policies[arn]
    ids = [policy.version_id, *(each.version_id for each in policy.old_versions)]
    return max(int(each.removeprefix("v")) for each in ids) + 1


def shows(change: Change, state: State) -> bool:
    """Whether `state` is, where this change touches it, just as the change leaves it."""
    role, policy = state.role, state.policies.get(change.target)
    match change:
        case p.CreateRole(made):
            return role is not None and p.bare(role) == made  # others may have attached already
        case p.DeleteRole():
            return role is None
        case p.CreatePolicy(created):
            return policy == created
        case p.DeletePolicy():
            return policy is None
        case p.UpdatePolicy(_, document, version_id):
            return policy is not None and (
                policy.document == document and version_id in {None, policy.version_id}
            )
        case p.SetDefaultPolicyVersion(_, version_id, _):
            return policy is not None and policy.version_id == version_id
        case p.DeletePolicyVersion(_, version_id):
            return policy is None or all(v.version_id != version_id for v in policy.old_versions)
        case p.TagPolicy(_, tags):
            return policy is not None and tags.items() <= policy.tags.items()
        case p.UntagPolicy(_, keys):
            return policy is None or not set(keys) & set(policy.tags)
        case p.DetachPolicy(_, arn):
            return role is None or arn not in role.attachments
        case p.DeleteInlinePolicy(_, name):
            return role is None or name not in role.inline_policies
        case p.RemoveFromInstanceProfile(_, name):
            return role is None or name not in role.instance_profiles
        case _ if role is None:
            return False
        case p.AttachPolicy(_, arn):
            return arn in role.attachments
        case p.UpdateTrustPolicy(_, document):
            return role.trust_policy == document
        case p.UpdateRoleDescription(_, description):
            return role.description == description
        case p.PutPermissionsBoundary(_, arn):
            return role.permissions_boundary == arn
        case p.DeletePermissionsBoundary():
            return role.permissions_boundary is None
        case p.TagRole(_, tags):
            return tags.items() <= role.tags.items()
        case p.UntagRole(_, keys):
            return not set(keys) & set(role.tags)
        case _:
            assert_never(change)
