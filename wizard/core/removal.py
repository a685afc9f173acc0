"""What `remove` wants: nothing of ours left. The desired state of a removal, as a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.core.desired import policy_arn
from wizard.core.ownership import org_id_of, policy_is_ours, refuse_stack, tagged_org_id
from wizard.core.state import UNKNOWN_ORG, State, is_ours
from wizard.errors import Refused
from wizard.validators import TAG_MANAGED_BY, visible

if TYPE_CHECKING:
    from wizard.core.state import Policy, Role
    from wizard.settings import Settings

AWS_MANAGED = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class Kept:
    """A policy that a removal leaves in the account, and why."""

    target: str
    reason: str


def removal(settings: Settings, account_id: str, actual: State) -> tuple[State, tuple[Kept, ...]]:
    """The state without the set-up, and what stays of what hung on it.

    `plan(desired, actual)` is the plan of the removal; it is empty where nothing of ours is
    left. The organization ID of the settings may be UNKNOWN_ORG: then the role's own counts.
    AWS managed policies are detached and not spoken of: they belong to AWS.
    Raises Refused for a role that is not ours, another organization's, or a stack's.
    """
    role = actual.role
    if role is not None:
        _refuse(settings, role)
    org_id = settings.org_id
    if org_id == UNKNOWN_ORG and role is not None:
        org_id = org_id_of(role) or UNKNOWN_ORG
    named = policy_arn(settings, account_id, actual)
    kept = [
        Kept(arn, reason)
        for arn, policy in sorted(actual.policies.items())
        if (reason := _why_kept(policy, role, org_id, named=arn == named))
    ]
    stay = {each.target: actual.policies[each.target] for each in kept}
    attached = role.attachments if role else frozenset()
    kept += [
        Kept(arn, "it can't be read, so nobody knows whose it is; it is only detached")
        for arn in sorted(attached - set(actual.policies))
        if not arn.startswith(AWS_MANAGED)
    ]
    return State(role=None, policies=stay), tuple(kept)


def _refuse(settings: Settings, role: Role) -> None:
    if role.path.lower().startswith("/aws-service-role/"):
        raise Refused(
            f"The role {role.name} is a service-linked role of AWS; this program never removes "
            "one with its own set-up.",
            f"`genesys-lex-wizard service-roles delete {role.name}` is for those of Lex V2.",
            code="service-linked-role",
        )
    if not is_ours(role.tags):
        raise Refused(
            f"This program did not make the role {role.name}: it has no tag "
            f"{TAG_MANAGED_BY}=genesys-lex-wizard.",
            "Check --role-name. A role made by hand is removed by hand, in the IAM console.",
            code="role-not-ours",
        )
    refuse_stack(role)
    serves = org_id_of(role)
    if serves is not None and settings.org_id not in {UNKNOWN_ORG, serves}:
        raise Refused(
            f"The role {role.name} serves another Genesys Cloud organization: {visible(serves)}.",
            "Check --org-id and --role-name; to remove that one give its --org-id.",
            code="another-organization",
        )


def _why_kept(policy: Policy, role: Role | None, org_id: str, *, named: bool) -> str:
    """Why a policy stays, in a phrase; empty if it goes.

    One without our tags counts as ours only under the name of the set-up's policy: any other
    that hangs on the role alone is somebody's extra grant.
    """
    if not (is_ours(policy.tags) or (named and policy_is_ours(policy, role))):
        return "this program did not make it; it is only detached"
    here = {f"role/{role.name}"} if role else set()
    if others := sorted(policy.attached_to - here):
        return f"it is also attached to {', '.join(map(visible, others))}"
    serves = tagged_org_id(policy.tags)
    if serves is not None and org_id not in {UNKNOWN_ORG, serves}:
        return f"it belongs to another Genesys Cloud organization, {visible(serves)}"
    return ""
