"""The checks of the role: what setup would change, and what only reading can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from wizard import plan as p
from wizard.check import Check
from wizard.ownership import policy_is_ours
from wizard.settings import remembered_source
from wizard.state import MANAGED_POLICIES, TAG_MANAGED_BY, TAG_ORG_ID, UNKNOWN_ORG, State, is_ours
from wizard.values import visible
from wizard.verify import trust
from wizard.verify.case import Case, examine
from wizard.verify.grants import enumerated, narrower, wider
from wizard.verify.hints import command, setup_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.settings import Settings

Kind = TypeVar("Kind", bound=p.Change)

LOOKED_AT = (
    "role.ours",
    "role.path",
    "role.description",
    "role.tags",
    "trust.principal",
    "trust.action",
    "trust.external-id",
    "trust.nothing-else",
    "trust.reading",
    "permissions.attachments",
    "permissions.policy",
    "permissions.document",
    "permissions.tags",
    "permissions.extra",
    "permissions.boundary",
    "role.last-used",
)


def org_id(given: str | None, actual: State) -> str:
    """The organization to verify for: as given, else as the role's tag says, else unknown."""
    tags = actual.role.tags if actual.role else {}
    return given or tags.get(TAG_ORG_ID) or UNKNOWN_ORG


def checks(
    settings: Settings,
    account_id: str,
    actual: State,
    *,
    confirmed: bool = True,
    allowed: frozenset[str] = frozenset(),
    policy_file: str | None = None,
    profile: str | None = None,
) -> list[Check]:
    """Every check of the role that needs no further question to AWS.

    `settings` are those that `setup` would be run with. `confirmed` is false when their
    organization ID comes from `org_id` and not from the user. `allowed` are the ARNs of extra
    attachments that are meant to be there. `policy_file` and `profile` only appear in hints.

    Whatever `setup` would change is a check that does not pass; all pass where it would
    change nothing and nothing else hangs on the role.
    """
    if actual.role is None:
        again = setup_command(settings, policy_file=policy_file, profile=profile)
        return list(_no_role(settings, again))
    case = examine(
        settings, account_id, actual, actual.role, policy_file=policy_file, profile=profile
    )
    return [
        Check("role.exists", "pass", f"The role is {visible(case.role.arn)}."),
        *_stack(case),
        _ours(case, confirmed=confirmed),
        _path(case),
        _description(case),
        _tags(case),
        *trust.checks(
            case.role.trust_policy,
            case.genesys_account,
            settings.org_id,
            confirmed=confirmed,
            mend=case.mend,
        ),
        _attachments(case),
        _policy(case),
        _document(case),
        _policy_tags(case),
        *_extra(case, allowed),
        _boundary(case),
        _last_use(case),
    ]


def _no_role(settings: Settings, again: str) -> Iterator[Check]:
    name = settings.role_name
    missing = f"There is no role named {name} in this account."
    yield Check("role.exists", "fail", missing, f"Run `{again}`")
    for each in LOOKED_AT:
        yield Check(each, "skip", "Not looked at, since there is no role.", "See role.exists")


def _stack(case: Case) -> Iterator[Check]:
    if case.stack:
        message = (
            f"The CloudFormation stack {visible(case.stack)} manages the role: change the stack, "
            "not the role."
        )
        yield Check("role.managed-by-stack", "pass", message)


def _ours(case: Case, *, confirmed: bool) -> Check:
    role, wanted = case.role, case.settings.org_id
    if role.path.lower().startswith("/aws-service-role/"):
        return Check(
            "role.ours",
            "fail",
            "This is a service-linked role of AWS, which Genesys can't use.",
            "Give the --role-name of the role that was made for Genesys",
        )
    if not is_ours(role.tags):
        return Check(
            "role.ours",
            "fail",
            f"This program did not make the role: it has no tag {TAG_MANAGED_BY}="
            "genesys-lex-wizard.",
            case.mend,
        )
    serves = role.tags.get(TAG_ORG_ID)
    if confirmed and serves not in {None, wanted}:
        return Check(
            "role.ours",
            "fail",
            f"The role's tag says that it serves another organization, {visible(str(serves))}.",
            f"Check --org-id; if the organization was replaced: {case.mend}",
        )
    return Check("role.ours", "pass", "This program made the role, as its tags say.")


def _path(case: Case) -> Check:
    wanted, path = case.settings.role_path, case.role.path
    if wanted in {None, path}:
        return Check("role.path", "pass", f"The role's path is {visible(path)}.")
    return Check(
        "role.path",
        "fail",
        f"The role's path is {visible(path)} and not {wanted}; IAM can't move it.",
        "Leave --role-path out to use the role where it is, or give setup another --role-name",
    )


def _description(case: Case) -> Check:
    if _changes(case, p.UpdateRoleDescription):
        message = "The role's description is another one than was asked for."
        return Check("role.description", "fail", message, case.mend)
    return Check("role.description", "pass", "The role's description is as it should be.")


def _tags(case: Case) -> Check:
    if not is_ours(case.role.tags):
        message = "Not looked at, since the role's tags do not say that this program made it."
        return Check("role.tags", "skip", message, "See role.ours")
    if changes := _changes(case, p.TagRole):
        wrong = ", ".join(map(visible, sorted(changes[0].tags)))
        message = f"Tags of the role are missing or were changed: {wrong}."
        return Check("role.tags", "fail", message, case.mend)
    return Check("role.tags", "pass", "The tags that remember the set-up are on the role.")


def _attachments(case: Case) -> Check:
    missing = [each.policy_arn for each in _changes(case, p.AttachPolicy)]
    excess = [each.policy_arn for each in _changes(case, p.DetachPolicy)]
    found = [f"not attached: {', '.join(map(visible, missing))}"] if missing else []
    if excess:
        found.append(
            f"still attached although least privilege is wanted: {', '.join(map(visible, excess))}"
        )
    if found:
        message = f"Managed policies are {'; '.join(found)}."
        return Check("permissions.attachments", "fail", message, case.mend)
    return Check(
        "permissions.attachments", "pass", "The managed policies that Genesys needs are attached."
    )


def _policy(case: Case) -> Check:
    policy, arn = case.policy, visible(case.policy_arn)
    name = "permissions.policy"
    if policy is None:
        return Check(name, "fail", *_no_policy(case))
    others = sorted(policy.attached_to - {f"role/{case.role.name}"})
    shown = ", ".join(map(visible, others))
    if not policy_is_ours(policy, case.role):
        return Check(name, "fail", f"This program did not make the policy {arn}.", case.mend)
    serves = policy.tags.get(TAG_ORG_ID)
    if serves not in {None, case.settings.org_id}:
        message = f"The policy {arn} belongs to another organization, {visible(str(serves))}."
        return Check(name, "fail", message, case.mend)
    if others and policy.document != case.document:
        other = replace(case.settings, policy_name=f"{policy.name[:55]}-{case.role.name}"[:128])
        again = setup_command(other, profile=case.profile)
        return Check(
            name,
            "fail",
            f"The policy {arn} needs another document, but it is also attached to {shown}.",
            f"Give this role a policy of its own: `{again}`",
        )
    also = f"; it is also attached to {shown}" if others else ""
    return Check(name, "pass", f"The customer managed policy is {arn}{also}.")


def _no_policy(case: Case) -> tuple[str, str]:
    name = case.policy_arn.rsplit("/", 1)[-1].lower()
    for arn, each in sorted(case.actual.policies.items()):
        if each.name.lower() == name:
            wrong = f"The policy is {visible(arn)} and not {visible(case.policy_arn)}"
            return (
                f"{wrong}; IAM can't move or rename it.",
                "Leave --policy-path out to use it where it is, or give another --policy-name",
            )
    return f"There is no policy {visible(case.policy_arn)}.", case.mend


def _document(case: Case) -> Check:
    name = "permissions.document"
    if case.unknown is not None:
        return Check(name, "fail", case.unknown.message, _restore(case))
    if case.policy is None:
        return Check(name, "skip", "Not looked at, since there is no policy.", case.mend)
    if not _changes(case, p.UpdatePolicy):
        return Check(name, "pass", "The policy's document allows what it should, and no more.")
    more = wider(case.policy.document, case.document)
    less = narrower(case.policy.document, case.document)
    if not more and not less:
        message = "The policy's document allows what it should, but is written differently."
        return Check(name, "warn", message, case.mend)
    found = [f"allows more than it should ({enumerated(more)})"] if more else []
    if less:
        found.append(f"does not allow what Genesys needs ({enumerated(less)})")
    return Check(name, "fail", f"The policy's document {' and '.join(found)}.", case.mend)


def _restore(case: Case) -> str:
    """How to go on where only the checksum of the wanted document is known."""
    source = remembered_source(case.actual)
    option = "--policy-file FILE" if source == "file" else "--least-privilege --bot BOT:ALIAS"
    return f"{case.mend} with {option} to restore it, or with --default-policy for the template"


def _policy_tags(case: Case) -> Check:
    name = "permissions.tags"
    policy = case.policy
    if policy is None:
        return Check(name, "skip", "Not looked at, since there is no policy.", case.mend)
    if case.stack and TAG_MANAGED_BY not in policy.tags:
        message = "The policy carries no tags, since CloudFormation can't tag policies."
        return Check(name, "pass", message)
    if changes := _changes(case, p.TagPolicy):
        wrong = ", ".join(map(visible, sorted(changes[0].tags)))
        message = f"Tags of the policy are missing or were changed: {wrong}."
        return Check(name, "fail", message, case.mend)
    return Check(name, "pass", "The tags that mark the policy as this program's are on it.")


def _extra(case: Case, allowed: frozenset[str]) -> Iterator[Check]:
    """One failing check for each grant beside the set-up's, with the command that ends it."""
    role, name = case.role, "permissions.extra"
    meant = MANAGED_POLICIES | {case.policy_arn} | allowed
    on_role = ("--role-name", role.name)
    for arn in sorted(role.attachments - meant):
        detach = command(
            *("aws", "iam", "detach-role-policy", *on_role, "--policy-arn", arn),
            profile=case.profile,
        )
        yield Check(
            name,
            "fail",
            f"The role also has the policy {visible(arn)}, which Genesys does not need.",
            f"Run `{detach}`, or verify with {command('--allow-policy', arn)} if it is meant "
            "to be there",
        )
    for inline in sorted(role.inline_policies):
        delete = command(
            *("aws", "iam", "delete-role-policy", *on_role, "--policy-name", inline),
            profile=case.profile,
        )
        yield Check(
            name,
            "fail",
            f"The role also has the inline policy {visible(inline)}, which Genesys does not need.",
            f"Run `{delete}`",
        )
    if role.attachments <= meant and not role.inline_policies:
        yield Check(name, "pass", "Nothing else gives the role any rights.")


def _boundary(case: Case) -> Check:
    boundary = case.role.permissions_boundary
    shown = visible(boundary) if boundary else "none"
    wanted = case.settings.permissions_boundary
    if _changes(case, p.PutPermissionsBoundary):
        message = f"The role's permissions boundary is {shown} and not {wanted}."
        return Check("permissions.boundary", "fail", message, case.mend)
    return Check("permissions.boundary", "pass", f"The role's permissions boundary: {shown}.")


def _last_use(case: Case) -> Check:
    use = case.role.last_use
    if use is None:
        message = "No use recorded in the last 400 days (AWS's record lags by some hours)."
    else:
        where = f" in {visible(use.region)}" if use.region else ""
        message = f"AWS last recorded a use of the role on {use.when:%Y-%m-%d}{where}."
    return Check("role.last-used", "pass", message)


def _changes(case: Case, kind: type[Kind]) -> list[Kind]:
    """The changes of one kind that setup would make."""
    return [change for change in case.drift if isinstance(change, kind)]
