"""What the role may do: attachments, the customer managed policy, and what else grants rights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.core.desired import remembered_source
from wizard.core.ownership import policy_is_ours, tagged_org_id
from wizard.core.shell import command, setup_command
from wizard.core.state import MANAGED_POLICIES
from wizard.validators import TAG_MANAGED_BY, visible
from wizard.verify.check import Check
from wizard.verify.grants import enumerated, narrower, wider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.verify.case import Case


def checks(case: Case, allowed: frozenset[str]) -> Iterator[Check]:
    """Every check of the role's rights; `allowed` are extra attachments meant to be there."""
    yield _attachments(case)
    yield _policy(case)
    yield _document(case)
    yield _policy_tags(case)
    yield from _extra(case, allowed)
    yield _boundary(case)


def _attachments(case: Case) -> Check:
    missing = [each.after for each in case.changes("attach-policy")]
    excess = [each.before for each in case.changes("detach-policy")]
    found = [f"not attached: {', '.join(map(visible, missing))}"] if missing else []
    for why, arns in (
        ("although least privilege is wanted", MANAGED_POLICIES & set(excess)),
        ("from a former policy name", set(excess) - MANAGED_POLICIES),
    ):
        if arns:
            found.append(f"still attached {why}: {', '.join(map(visible, sorted(arns)))}")
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
    serves = tagged_org_id(policy.tags)
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
            f"Give this role a policy of its own: `{again}`.",
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
                "Leave --policy-path out to use it where it is, or give another --policy-name.",
            )
    return f"There is no policy {visible(case.policy_arn)}.", case.mend


def _document(case: Case) -> Check:
    name = "permissions.document"
    if case.unknown is not None:
        return Check(name, "fail", case.unknown.message, _restore(case))
    if case.policy is None:
        return Check(name, "skip", "Not looked at, since there is no policy.", case.mend)
    if not case.changes("update-policy"):
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
    return f"{case.mend} Add {option} to restore it, or --default-policy for the template."


def _policy_tags(case: Case) -> Check:
    name = "permissions.tags"
    policy = case.policy
    if policy is None:
        return Check(name, "skip", "Not looked at, since there is no policy.", case.mend)
    if case.stack and TAG_MANAGED_BY not in policy.tags:
        message = "The policy carries no tags, since CloudFormation can't tag policies."
        return Check(name, "pass", message)
    if changes := case.changes("tag-policy"):
        wrong = ", ".join(map(visible, sorted(changes[0].after)))
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
            "to be there.",
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
            f"Run `{delete}`.",
        )
    if role.attachments <= meant and not role.inline_policies:
        yield Check(name, "pass", "Nothing else gives the role any rights.")


def _boundary(case: Case) -> Check:
    boundary = case.role.permissions_boundary
    shown = visible(boundary) if boundary else "none"
    wanted = case.settings.permissions_boundary
    if case.changes("put-permissions-boundary"):
        message = f"The role's permissions boundary is {shown} and not {wanted}."
        return Check("permissions.boundary", "fail", message, case.mend)
    return Check("permissions.boundary", "pass", f"The role's permissions boundary: {shown}.")
