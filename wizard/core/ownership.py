"""Whether what exists may be changed: ours, this organization's, and safe to take over. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.core import documents as docs
from wizard.core.desired import desired, policy_arn, tagged_genesys_account
from wizard.core.plan import kind, plan
from wizard.core.state import MANAGED_POLICIES, TAG_STACK, State, is_ours
from wizard.errors import Refused
from wizard.settings import DEFAULT_POLICY_NAME
from wizard.validators import (
    GENESYS_ACCOUNT,
    MAX_TAGS,
    TAG_ACCOUNT_ID,
    TAG_MANAGED_BY,
    TAG_ORG_ID,
    Invalid,
    visible,
)
from wizard.validators import org_id as an_org_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.core.state import Policy, Role
    from wizard.settings import Settings


def org_id_of(role: Role) -> str | None:
    """The organization that a role serves: by its tag, else by its trust policy."""
    return tagged_org_id(role.tags) or _an_org_id(external_id(role.trust_policy))


def tagged_org_id(tags: Mapping[str, str]) -> str | None:
    """The organization that the tags name, in lower case; what is no organization ID is None."""
    return _an_org_id(tags.get(TAG_ORG_ID))


def _an_org_id(text: str | None) -> str | None:
    try:
        return an_org_id(text or "")
    except Invalid:
        return None


def external_id(trust_policy: docs.Document) -> str | None:
    """The one external ID that a trust policy asks for by StringEquals, if it is one."""
    found: set[str] = set()
    for statement in docs.statements(trust_policy):
        condition = statement.get("Condition")
        equals = condition.get("StringEquals") if isinstance(condition, dict) else None
        for key, values in equals.items() if isinstance(equals, dict) else ():
            if key.lower() == "sts:externalid":
                found |= {value for value in docs.as_list(values) if isinstance(value, str)}
    return found.pop() if len(found) == 1 else None


def policy_is_ours(policy: Policy, role: Role | None) -> bool:
    """By its tags; or, where it has none of ours, by hanging on our role alone.

    CloudFormation can't tag a policy, so what an exported template made carries no tags.
    """
    if TAG_MANAGED_BY in policy.tags:
        return is_ours(policy.tags)
    return (
        role is not None
        and is_ours(role.tags)
        and policy.attached_to == frozenset({f"role/{role.name}"})
    )


def wanted(settings: Settings, account_id: str, actual: State) -> State:
    """The desired state, once it is certain that what exists may become it.

    Raises Refused for what is not ours, another organization's or unsafe to take over,
    before anything that is only wrong with a set-up of our own.
    """
    try:
        state = desired(settings, account_id, actual)
    except Refused:
        _refuse_what_is_not_ours(settings, account_id, None, actual)
        raise
    _refuse_what_is_not_ours(settings, account_id, state, actual)
    _refuse_genesys_account(settings, account_id, state, actual)
    _refuse_too_many_tags(state)
    return state


def _refuse_too_many_tags(state: State) -> None:
    """IAM would refuse them when part of the plan is carried out already."""
    for thing in (state.role, *state.policies.values()):
        if thing is not None and len(thing.tags) > MAX_TAGS:
            raise Refused(
                f"{thing.name} would have {len(thing.tags)} tags, with those that it has already; "
                f"IAM takes {MAX_TAGS}.",
                "Give fewer with --tag, or take some off it first.",
                code="too-many-tags",
            )


def _refuse_genesys_account(
    settings: Settings, account_id: str, state: State, actual: State
) -> None:
    """A tag remembers whom the role trusts; on its word alone nobody is let in.

    Whoever may tag a role need not be one who may change whom it trusts.
    """
    tagged = tagged_genesys_account(actual.role)
    used = state.role.tags[TAG_ACCOUNT_ID] if state.role else GENESYS_ACCOUNT
    if used == account_id:
        raise Refused(
            f"The role would trust the account that it is in, {account_id}.",
            "Give --genesys-account-id with Genesys's account.",
            code="genesys-own-account",
        )
    if settings.genesys_account_id is None and tagged not in {None, used}:
        raise Refused(
            f"The role's tag {TAG_ACCOUNT_ID} names the AWS account {tagged} as Genesys's, but "
            "the role does not trust that account; one of the two was changed.",
            f"Say which it is: --genesys-account-id {GENESYS_ACCOUNT} (Genesys Cloud, production) "
            f"or, if your Genesys representative named it, --genesys-account-id {tagged} "
            "--fedramp.",
            code="genesys-account-not-confirmed",
        )


def _refuse_what_is_not_ours(
    settings: Settings, account_id: str, state: State | None, actual: State
) -> None:
    arn = policy_arn(settings, account_id, actual)
    _refuse_another_policy_path(settings, arn, actual)
    if actual.role is not None:
        refuse_stack(actual.role)
        _refuse_role(settings, actual.role, arn, _would_change(state, actual))
    policy = actual.policies.get(arn)
    if policy is not None:
        document = state.policies[arn].document if state else policy.document
        _refuse_policy(settings, policy, actual.role, document)


def _refuse_another_policy_path(settings: Settings, arn: str, actual: State) -> None:
    """IAM keeps names unique across paths, and can't move a policy."""
    name = arn.rsplit("/", 1)[-1]
    there = next((each for each in actual.policies.values() if each.name == name), None)
    if there is not None and there.arn != arn:
        raise Refused(
            f"The policy {name} already exists under the path {visible(there.path)}, and IAM "
            f"can't move it to {settings.policy_path}.",
            "Leave --policy-path out to use it where it is, or give another --policy-name.",
            code="immutable-policy-path",
        )


def refuse_stack(role: Role) -> None:
    """Raise Refused for a role that a CloudFormation stack manages."""
    if stack := role.tags.get(TAG_STACK):
        raise Refused(
            f"The role {role.name} is managed by the CloudFormation stack {visible(stack)}; "
            "a change from outside would make the stack drift.",
            f"Change or delete the stack {visible(stack)} instead; "
            "`genesys-lex-wizard export cloudformation` makes its template.",
            code="managed-by-stack",
        )


def _refuse_role(settings: Settings, role: Role, our_policy: str, changes: str) -> None:
    if role.path.lower().startswith("/aws-service-role/"):
        raise Refused(
            f"The role {role.name} is a service-linked role of AWS; Genesys can't use it.",
            f"Choose another name: --role-name {proposed(settings, role.name)}.",
            code="service-linked-role",
        )
    if not is_ours(role.tags):
        if not settings.adopt:
            raise Refused(
                f"A role named {role.name} exists already, and this program did not make it "
                f"(it has no tag {TAG_MANAGED_BY}=genesys-lex-wizard). It has {_described(role)}.",
                f"Choose another name: --role-name {proposed(settings, role.name)}. Or, if the "
                f"role was made for Genesys Cloud by hand, take it over with --adopt, which would "
                f"change: {changes}.",
                code="role-not-ours",
            )
        _refuse_adoption(settings, role, our_policy)
    serves = org_id_of(role)
    if serves is not None and serves not in {settings.org_id, settings.replace_org}:
        raise Refused(
            f"The role {role.name} serves another Genesys Cloud organization: {visible(serves)}.",
            f"To connect {settings.org_id} beside it, choose other names: --role-name "
            f"{proposed(settings, role.name)} --policy-name "
            f"{proposed(settings, settings.policy_name or DEFAULT_POLICY_NAME)}. "
            f"To replace the old organization, which then loses its access: "
            f"--replace-org {visible(serves)}, which would change: {changes}.",
            code="another-organization",
        )


def _refuse_adoption(settings: Settings, role: Role, our_policy: str) -> None:
    allowed = MANAGED_POLICIES | {our_policy}
    extra = [visible(arn) for arn in sorted(role.attachments - allowed)]
    extra += [f"the inline policy {visible(name)}" for name in sorted(role.inline_policies)]
    if extra:
        raise Refused(
            f"The role {role.name} already has rights that Genesys Cloud would get: "
            f"{', '.join(extra)}.",
            f"Choose another name: --role-name {proposed(settings, role.name)}. Or take these "
            "rights off the role first. If one of them is the Lex V2 policy made by hand for "
            "Genesys, name it with --policy-name.",
            code="adopt-existing-rights",
        )


def _refuse_policy(
    settings: Settings, policy: Policy, role: Role | None, document: docs.Document
) -> None:
    others = sorted(policy.attached_to - {f"role/{settings.role_name}"})
    other_name = f"--policy-name {proposed(settings, policy.name)}"
    if not policy_is_ours(policy, role):
        if not settings.adopt:
            raise Refused(
                f"A policy named {policy.name} exists already, and this program did not make it.",
                f"Choose another name: {other_name}. Or take it over with --adopt, which would "
                "replace its document.",
                code="policy-not-ours",
            )
        if others:
            raise Refused(
                f"The policy {policy.name} is attached to something else, which a new document "
                f"would change too: {', '.join(map(visible, others))}.",
                f"Choose another name: {other_name}.",
                code="adopt-attached-policy",
            )
    serves = tagged_org_id(policy.tags)
    if serves is not None and serves not in {settings.org_id, settings.replace_org}:
        raise Refused(
            f"The policy {policy.name} belongs to another Genesys Cloud organization: "
            f"{visible(serves)}.",
            f"Choose another name: {other_name}. To replace the old organization: "
            f"--replace-org {visible(serves)}.",
            code="another-organization",
        )
    if others and document != policy.document:
        raise Refused(
            f"The policy {policy.name} would get another document, but it is also attached to: "
            f"{', '.join(map(visible, others))}.",
            f"Choose another name for this role's policy: {other_name}.",
            code="policy-shared",
        )


def proposed(settings: Settings, name: str) -> str:
    """Another name, with the beginning of the organization ID in it."""
    return f"{name[:55]}-{settings.org_id[:8]}"


def _described(role: Role) -> str:
    count = len(role.attachments) + len(role.inline_policies)
    rights = f"{count} {'policy' if count == 1 else 'policies'}"
    return f"the path {visible(role.path)} and {rights}"


def _would_change(state: State | None, actual: State) -> str:
    if state is None:
        return "the trust policy and what is attached"
    try:
        changes = plan(state, actual)
    except Refused as error:
        return f"nothing, since it can't be done: {error.message}"
    return ", ".join(dict.fromkeys(kind(change) for change in changes)) or "nothing"
