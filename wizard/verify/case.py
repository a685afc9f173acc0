"""What the checks of a role look at: what is, what should be, and what setup would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.core import changes as p
from wizard.core.desired import desired, policy_arn, remembered_source
from wizard.core.ownership import policy_is_ours, tagged_org_id
from wizard.core.shell import setup_command
from wizard.core.state import MANAGED_POLICIES, TAG_STACK, Policy, Role, State, is_ours
from wizard.errors import Refused
from wizard.settings import FromFile, FromTemplate
from wizard.validators import (
    GENESYS_ACCOUNT,
    TAG_ACCOUNT_ID,
    TAG_POLICY_SHA,
    TAG_POLICY_SOURCE,
    visible,
)

if TYPE_CHECKING:
    from wizard.core.documents import Document
    from wizard.settings import Settings


@dataclass(frozen=True)
class Case:
    """A role under examination.

    `unknown` says why nobody can tell the wanted policy document, if so; `mend` is the hint
    of whatever setup mends; `stack` is the CloudFormation stack that manages the role.
    """

    settings: Settings
    role: Role
    actual: State
    policy_arn: str
    document: Document
    genesys_account: str
    unknown: Refused | None
    stack: str | None
    drift: p.Plan
    mend: str
    profile: str | None

    @property
    def policy(self) -> Policy | None:
        """The set-up's customer managed policy, if it is there."""
        return self.actual.policies.get(self.policy_arn)

    def changes(self, kind: str) -> list[p.Change]:
        """The changes of one kind that setup would make."""
        return [change for change in self.drift if change.kind == kind]


def examine(
    settings: Settings,
    account_id: str,
    actual: State,
    role: Role,
    *,
    profile: str | None,
) -> Case:
    """Put together what the checks need; `role` is the actual one."""
    # What IAM can't change is a check of its own: a plan would be refused for it.
    changeable = replace(settings, role_path=None, policy_description=None)
    wanted, unknown = _wanted(changeable, account_id, actual)
    arn = policy_arn(settings, account_id, actual)
    stack = role.tags.get(TAG_STACK)
    insisting = _insisting(settings, role, actual.policies.get(arn))
    return Case(
        settings=settings,
        role=role,
        actual=actual,
        policy_arn=arn,
        document=wanted.policies[arn].document,
        genesys_account=wanted.role.tags[TAG_ACCOUNT_ID] if wanted.role else GENESYS_ACCOUNT,
        unknown=unknown,
        stack=stack,
        drift=p.plan(wanted, actual),
        mend=mend(insisting, stack, profile=profile),
        profile=profile,
    )


def mend(settings: Settings, stack: str | None, *, profile: str | None) -> str:
    """How to bring about these settings: by setup, or by way of the stack."""
    if stack is None:
        again = setup_command(settings, profile=profile)
        return f"Run `{again}`."
    template = setup_command(settings, subcommand=("export", "cloudformation"))
    return f"Change the CloudFormation stack {visible(stack)}; `{template}` makes its template."


def wanted_document(settings: Settings, account_id: str, actual: State) -> Document:
    """The policy document that should be there; the one that is where nobody can tell."""
    wanted, _ = _wanted(settings, account_id, actual)
    return wanted.policies[policy_arn(settings, account_id, actual)].document


def _wanted(settings: Settings, account_id: str, actual: State) -> tuple[State, Refused | None]:
    """The desired state; where the policy's document is not known, the rest of it."""
    try:
        return desired(settings, account_id, actual), None
    except Refused as refusal:
        return _without_document(settings, account_id, actual), refusal


def _without_document(settings: Settings, account_id: str, actual: State) -> State:
    """The desired state as if the policy's document, whatever it says, were the wanted one."""
    arn = policy_arn(settings, account_id, actual)
    policy = actual.policies.get(arn)
    choice = FromTemplate() if policy is None else FromFile(policy.document.tree)
    state = desired(replace(settings, policy=choice), account_id, actual)
    if state.role is None or actual.role is None:
        return state
    source = remembered_source(actual)
    attachments = state.role.attachments
    if source == "least-privilege":
        attachments -= MANAGED_POLICIES
    memory = {TAG_POLICY_SOURCE, TAG_POLICY_SHA}
    tags = {key: value for key, value in state.role.tags.items() if key not in memory}
    kept = {key: value for key, value in actual.role.tags.items() if key in memory}
    role = replace(state.role, attachments=attachments, tags={**tags, **kept})
    return replace(state, role=role)


def _insisting(settings: Settings, role: Role, policy: Policy | None) -> Settings:
    """The settings with what setup asks for before it takes over what is not (this) ours."""
    adopt = not is_ours(role.tags) or (policy is not None and not policy_is_ours(policy, role))
    serves = {tagged_org_id(role.tags), tagged_org_id(policy.tags) if policy else None}
    others = sorted(serves - {None, settings.org_id}, key=str)
    return replace(
        settings,
        adopt=settings.adopt or adopt,
        replace_org=settings.replace_org or (others[0] if others else None),
    )
