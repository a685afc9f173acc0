"""Whether what exists may be changed: ours, this organization's, and safe to adopt. Pure.

The one list of refusals, for `setup` and for `remove`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.core import documents as docs
from wizard.core.changes import plan
from wizard.core.desired import PlannedSetup, desired, policy_arn, trust_policy
from wizard.core.state import (
    AWS_MANAGED,
    MANAGED_POLICIES,
    UNKNOWN_ORG,
    Reason,
    State,
    is_ours,
    reason,
)
from wizard.errors import Refused
from wizard.settings import DEFAULT_POLICY_NAME
from wizard.validators import (
    GENESYS_ACCOUNT,
    MAX_TAGS,
    TAG_ACCOUNT_ID,
    TAG_MANAGED_BY,
    TAG_ORG_ID,
    UUID,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wizard.core.state import Policy, Role
    from wizard.settings import Settings


def organizations(role: Role) -> list[str]:
    """Every organization ID that the role's tag or its trust policy names, in lower case."""
    tagged = tagged_org_id(role.tags)
    return sorted({*external_ids(role.trust_policy), *([tagged] if tagged else [])})


def external_ids(trust_policy: docs.Document) -> list[str]:
    """Every organization ID that a trust policy asks for, under any operator in any statement.

    Who is cut off by a change must not depend on how a condition is written.
    """
    found = {
        uuid[0].lower()
        for statement in docs.statements(trust_policy)
        for _, key, values in docs.conditions(statement)
        if key.lower() == "sts:externalid"
        for uuid in UUID.finditer(" ".join(map(str, values)))
    }
    return sorted(found)


def tagged_org_id(tags: Mapping[str, str]) -> str | None:
    """The organization that the tags name, in lower case; what is no organization ID is None."""
    match = UUID.fullmatch(tags.get(TAG_ORG_ID, ""))
    return match[0].lower() if match else None


def remembered_account(role: Role) -> str | None:
    """The AWS account that a tag of our role names as Genesys's, if it is not production's."""
    account = role.tags.get(TAG_ACCOUNT_ID, "") if is_ours(role.tags) else ""
    named = re.fullmatch("[0-9]{12}", account) is not None and account != GENESYS_ACCOUNT
    return account if named else None


def lets_in(actual: docs.Document, desired_policy: docs.Document) -> bool:
    """Whether a trust policy lets in what the desired one does, beyond doubt."""
    statements = docs.statements(actual)
    alone = [docs.Document({**desired_policy.tree, "Statement": body}) for body in statements]
    return desired_policy in alone and all(body.get("Effect") == "Allow" for body in statements)


def policy_is_ours(policy: Policy, role: Role | None) -> bool:
    """By its tags; or, where it has none of ours, by being attached to our role alone.

    CloudFormation can't tag a policy, so what an exported template made carries no tags.
    """
    if TAG_MANAGED_BY in policy.tags:
        return is_ours(policy.tags)
    return (
        role is not None
        and is_ours(role.tags)
        and policy.attached_to == frozenset({f"role/{role.name}"})
    )


# ── setup ────────────────────────────────────────────────────────────────────────────────


def plan_setup(settings: Settings, account_id: str, actual: State) -> PlannedSetup:
    """The setup with its plan, once it is certain that what exists may become it.

    Raises Refused for what is not ours, another organization's or unsafe to adopt,
    before anything that is only wrong with a setup of our own.
    """
    arn = policy_arn(settings, account_id, actual)
    try:
        state = desired(settings, account_id, actual)
    except Refused:
        _refuse_foreign(settings, arn, None, actual)
        raise
    _refuse_foreign(settings, arn, state, actual)
    _refuse_genesys_account(settings, account_id, actual)
    _refuse_boundary(settings, actual)
    _refuse_too_many_tags(state)
    return PlannedSetup(actual, state, plan(state, actual), arn)


def _refuse_foreign(settings: Settings, arn: str, state: State | None, actual: State) -> None:
    """Refuse what somebody else made, or made for another organization."""
    name = arn.rsplit("/", 1)[-1]
    same_name = next((policy for policy in actual.policies.values() if policy.name == name), None)
    if same_name is not None and same_name.arn != arn:
        raise Refused(
            (
                f"Policy {name} already exists with path {visible(same_name.path)}, and IAM "
                f"can't move it to {settings.policy_path}."
            ),
            "Omit --policy-path to use it as it is, or set another --policy-name.",
            code="immutable-policy-path",
        )
    if actual.role is not None:
        _refuse_stack(actual.role)
        _refuse_role(settings, actual.role, arn, _would_change(state, actual))
    policy = actual.policies.get(arn)
    if policy is not None:
        document = state.policies[arn].document if state else policy.document
        _refuse_policy(settings, policy, actual.role, document)


def _refuse_stack(role: Role) -> None:
    if stack := role.stack:
        raise Refused(
            (
                f"Role {role.name} is managed by CloudFormation stack {visible(stack)}. "
                "Changing the role directly would cause stack drift."
            ),
            (
                f"Change or delete stack {visible(stack)} instead. To generate its template, "
                "run `genesys-lex-wizard export cloudformation`."
            ),
            code="managed-by-stack",
        )


def _is_service_linked(role: Role) -> bool:
    return role.path.lower().startswith("/aws-service-role/")


def _refuse_role(settings: Settings, role: Role, our_policy: str, changes: str) -> None:
    other_name = f"--role-name {proposed(settings, role.name)}"
    if _is_service_linked(role):
        raise Refused(
            f"Role {role.name} is an AWS service-linked role. Genesys Cloud can't use it.",
            f"Use another name: {other_name}.",
            code="service-linked-role",
        )
    if not is_ours(role.tags):
        if not settings.adopt:
            raise Refused(
                (
                    f"Role {role.name} already exists and wasn't created by this tool (it has "
                    f"no tag {TAG_MANAGED_BY}=genesys-lex-wizard). It has {_described(role)}."
                ),
                (
                    f"To use a different role, set {other_name}. If the role was created for "
                    "Genesys Cloud by hand, add --adopt to manage it. That would change: "
                    f"{changes}."
                ),
                code="role-not-ours",
            )
        _refuse_adoption(role, our_policy, other_name)
    others = _other_organizations(organizations(role), settings)
    if others:
        raise Refused(
            (
                f"Role {role.name} is used by another Genesys Cloud organization: "
                f"{', '.join(others)}."
            ),
            (
                f"To connect {settings.org_id} as well, use other names: {other_name} "
                "--policy-name "
                f"{proposed(settings, settings.policy_name or DEFAULT_POLICY_NAME)}. To "
                "replace the old organization, which loses its access, add --replace-org "
                f"{others[0]}. That would change: {changes}."
            ),
            code="another-organization",
        )
    account = settings.genesys_account_id or GENESYS_ACCOUNT
    if not lets_in(role.trust_policy, trust_policy(settings.org_id, account)):
        _refuse_adoption(role, our_policy, other_name)


def _other_organizations(named: Iterable[str | None], settings: Settings) -> list[str]:
    """Those that this run was not told of."""
    told = {settings.org_id, settings.replace_org}
    return [organization for organization in named if organization and organization not in told]


def _refuse_adoption(role: Role, our_policy: str, other_name: str) -> None:
    extra = [visible(arn) for arn in sorted(role.attachments - MANAGED_POLICIES - {our_policy})]
    extra += [f"the inline policy {visible(name)}" for name in sorted(role.inline_policies)]
    if extra:
        raise Refused(
            (f"Role {role.name} has permissions that Genesys Cloud would get: {', '.join(extra)}."),
            (
                f"To use a different role, set {other_name}. Or remove these permissions from "
                "the role first. If one of them is a Lex V2 policy created by hand for "
                "Genesys Cloud, name it with --policy-name."
            ),
            code="adopt-existing-rights",
        )


def _refuse_policy(
    settings: Settings, policy: Policy, role: Role | None, document: docs.Document
) -> None:
    others = _others(policy, settings.role_name)
    other_name = f"--policy-name {proposed(settings, policy.name)}"
    if not policy_is_ours(policy, role):
        if not settings.adopt:
            raise Refused(
                f"Policy {policy.name} already exists and wasn't created by this tool.",
                (
                    f"To use a different policy, set {other_name}. Or add --adopt to manage "
                    "it, which replaces its document."
                ),
                code="policy-not-ours",
            )
        if others:
            raise Refused(
                (
                    f"Policy {policy.name} is also attached to: "
                    f"{', '.join(map(visible, others))}. A new document would change them too."
                ),
                f"Use another name: {other_name}.",
                code="adopt-attached-policy",
            )
    for serves in _other_organizations([tagged_org_id(policy.tags)], settings):
        raise Refused(
            (
                f"Policy {policy.name} is used by another Genesys Cloud organization: "
                f"{visible(serves)}."
            ),
            (
                f"Use another name: {other_name}. To replace the old organization, add "
                f"--replace-org {visible(serves)}."
            ),
            code="another-organization",
        )
    if others and document != policy.document:
        raise Refused(
            (
                f"Policy {policy.name} would get a new document, but it is also attached to: "
                f"{', '.join(map(visible, others))}."
            ),
            f"Use another policy for this role: {other_name}.",
            code="policy-shared",
        )


def _others(policy: Policy, role_name: str | None) -> list[str]:
    """What else than this role has the policy attached."""
    return sorted(policy.attached_to - {f"role/{role_name}"})


def proposed(settings: Settings, name: str) -> str:
    """Another name, with the beginning of the organization ID in it."""
    return f"{name[:55]}-{settings.org_id[:8]}"


def _described(role: Role) -> str:
    count = len(role.attachments) + len(role.inline_policies)
    return f"the path {visible(role.path)} and {count} {'policy' if count == 1 else 'policies'}"


def _would_change(state: State | None, actual: State) -> str:
    if state is None:
        return "the trust policy and attached policies"
    try:
        changes = plan(state, actual)
    except Refused as error:
        return f"nothing, because the change isn't possible: {error.message}"
    return ", ".join(dict.fromkeys(change.kind for change in changes)) or "nothing"


def _refuse_genesys_account(settings: Settings, account_id: str, actual: State) -> None:
    """A tag remembers whom the role trusts; on its word alone nobody is let in.

    Whoever may tag a role need not be one who may change whom it trusts.
    """
    if settings.genesys_account_id == account_id:
        raise Refused(
            f"The role would trust its own AWS account, {account_id}.",
            "Set --genesys-account-id to the AWS account of Genesys Cloud.",
            code="genesys-own-account",
        )
    remembered = remembered_account(actual.role) if actual.role else None
    if settings.genesys_account_id is None and remembered is not None:
        raise Refused(
            (
                f"The role's tag {TAG_ACCOUNT_ID} identifies {visible(remembered)} as the "
                "Genesys Cloud AWS account. It isn't the production account, and someone else "
                "might have written the tag."
            ),
            (
                f"For Genesys Cloud production, add --genesys-account-id {GENESYS_ACCOUNT}. If "
                "your Genesys representative gave you the other account ID, add "
                f"--genesys-account-id {visible(remembered)} --fedramp."
            ),
            code="genesys-account-not-confirmed",
        )


def _refuse_boundary(settings: Settings, actual: State) -> None:
    """What a variable says may be meant for another role."""
    was = actual.role.permissions_boundary if actual.role else None
    if settings.boundary_by_variable and was not in {None, settings.permissions_boundary}:
        raise Refused(
            (
                f"The role has permissions boundary {was}, but "
                f"GENESYS_LEX_PERMISSIONS_BOUNDARY is set to {settings.permissions_boundary}. "
                "An environment variable can't replace an existing boundary."
            ),
            "Give --permissions-boundary on the command line, or unset the variable.",
            code="boundary-by-variable",
        )


def _refuse_too_many_tags(state: State) -> None:
    """IAM would refuse them when part of the plan is carried out already."""
    for thing in (state.role, *state.policies.values()):
        if thing is not None and len(thing.tags) > MAX_TAGS:
            raise Refused(
                (
                    f"{thing.name} would have {len(thing.tags)} tags, including its current "
                    f"ones. IAM allows {MAX_TAGS}."
                ),
                "Use fewer --tag options, or remove some tags first.",
                code="too-many-tags",
            )


# ── remove ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Kept:
    """A policy that a removal leaves in the account, and why."""

    target: str
    reason: Reason


def removal(settings: Settings, account_id: str, actual: State) -> tuple[State, tuple[Kept, ...]]:
    """The state without the setup, and what stays of what was attached to its role.

    `plan(desired, actual)` is the plan of the removal; it is empty where nothing of ours is
    left. The organization ID of the settings may be UNKNOWN_ORG: then the role's own counts.
    AWS managed policies are detached and not listed: they belong to AWS.
    Raises Refused for a role that is not ours, another organization's, or a stack's.
    """
    role, org_id = actual.role, settings.org_id
    if role is not None:
        _refuse_removal(settings, role)
        if org_id == UNKNOWN_ORG:
            org_id = next(iter(organizations(role)), UNKNOWN_ORG)
    named = policy_arn(settings, account_id, actual)
    kept = [
        Kept(arn, why)
        for arn, policy in sorted(actual.policies.items())
        if (why := _why_kept(policy, role, org_id, named=arn == named))
    ]
    stay = {entry.target: actual.policies[entry.target] for entry in kept}
    return State(role=None, policies=stay), (*kept, *_unreadable(actual))


def identity(state: State) -> tuple[str, dict[str, str]]:
    """IAM's unique IDs of the role and the policies: made anew, they have others."""
    role_id = state.role.role_id if state.role else ""
    return role_id, {arn: policy.policy_id for arn, policy in state.policies.items()}


def _unreadable(actual: State) -> Iterable[Kept]:
    for arn in sorted(actual.role.attachments - set(actual.policies)) if actual.role else ():
        if not arn.startswith(AWS_MANAGED):
            yield Kept(arn, reason("kept-unreadable"))


def _refuse_removal(settings: Settings, role: Role) -> None:
    if _is_service_linked(role):
        raise Refused(
            (
                f"Role {role.name} is an AWS service-linked role. `remove` doesn't delete "
                "service-linked roles."
            ),
            (
                "To delete one of Lex V2, run `genesys-lex-wizard service-roles delete "
                f"{role.name}`."
            ),
            code="service-linked-role",
        )
    if not is_ours(role.tags):
        raise Refused(
            (
                f"Role {role.name} wasn't created by this tool: it has no tag "
                f"{TAG_MANAGED_BY}=genesys-lex-wizard."
            ),
            "Check --role-name. Delete a role that was created by hand in the IAM console.",
            code="role-not-ours",
        )
    _refuse_stack(role)
    serves = organizations(role)
    if len(serves) > 1 or settings.org_id not in {UNKNOWN_ORG, *serves, *(() if serves else "?")}:
        raise Refused(
            (
                f"Role {role.name} is used by another Genesys Cloud organization: "
                f"{', '.join(serves)}."
            ),
            "Check --org-id and --role-name. To delete that role, use its --org-id.",
            code="another-organization",
        )


def _why_kept(policy: Policy, role: Role | None, org_id: str, *, named: bool) -> Reason | None:
    """Why a policy stays; None if it goes.

    It is the setup's by its name, or by the organization in its tags: any other that is
    attached to the role is somebody's extra grant, whoever is said to have made it.
    """
    serves = tagged_org_id(policy.tags)
    ours = named or (serves is not None and serves == org_id)
    if not ours or not policy_is_ours(policy, role):
        return reason("kept-not-ours")
    if others := _others(policy, role.name if role else None):
        return reason("kept-attached", others=others)
    if serves is not None and org_id not in {UNKNOWN_ORG, serves}:
        return reason("kept-other-organization", organization=serves)
    return None
