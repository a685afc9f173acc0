"""The sentences of the checks of a role: a pass by the check's ID, everything else by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wizard.verify.grants import Grant

MOST_NAMED = 6


def _grants(grants: Sequence[Grant], denial: str) -> str:
    """The first few grants, and how many more there are; `denial` follows those that deny."""
    named = "; ".join(_grant(grant, denial) for grant in grants[:MOST_NAMED])
    more = len(grants) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _grant(grant: Grant, denial: str) -> str:
    action, resource = (
        f"everything but {text[1:]}" if text.startswith("!") else text
        for text in (grant.action, grant.resource)
    )
    where = "" if resource == "*" else f" on {resource}"
    condition = " under a condition" if grant.condition else ""
    return visible(f"{action}{where}{condition}") + (denial if grant.effect == "Deny" else "")


CHECK_SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    # The role.
    "role.exists": "The role is {arn}.",
    "role.managed-by-stack": (
        "CloudFormation stack {stack} manages the role. Change the stack, not the role."
    ),
    "role.ours": "Created by genesys-lex-wizard.",
    "role.path": "The role's path is {path}.",
    "role.description": "Description matches.",
    "role.tags": "Setup tags are present.",
    "no-role": "Role {name} doesn't exist in this account.",
    "no-role-seen": "Skipped: the role doesn't exist.",
    "service-linked-role": "This is an AWS service-linked role. Genesys Cloud can't use it.",
    "role-not-ours": "This tool didn't create the role: it has no tag {tag}=genesys-lex-wizard.",
    "role-of-another-org": "The role's tag names another organization, {org_id}.",
    "path-differs": "The role's path is {path} instead of {desired}. IAM can't move it.",
    "role-description-differs": "The role's description doesn't match.",
    "tags-not-seen": "Skipped: this tool didn't create the role.",
    "role-tags-differ": "Role tags are missing or were changed: {new}.",
    "no-use-recorded": "No use recorded yet. AWS's record can lag by several hours.",
    "used": "AWS last recorded a use of the role on {date}.",
    "used-in": "AWS last recorded a use of the role on {date} in {region}.",
    # What the role may do.
    "permissions.attachments": "Required AWS managed policies are attached.",
    "none-required": "No AWS managed policies are required (least privilege).",
    "permissions.policy": "The customer managed policy is {arn}.",
    "permissions.document": "Policy document matches.",
    "permissions.tags": "The policy has this tool's tags.",
    "permissions.extra": "No other policies on the role.",
    "permissions.boundary": "Permissions boundary: {boundary}.",
    "attachments-differ": "Managed policies are {findings:; }.",
    "not-attached": "not attached: {arns}",
    "attached-beside-least-privilege": "still attached despite least privilege: {arns}",
    "attached-from-former-name": "still attached from a former policy name: {arns}",
    "document-unconfirmed": "The policy document is as remembered in the tag, not confirmed by an "
    "option of this run.",
    "no-policy": "Policy {arn} doesn't exist.",
    "no-policy-seen": "Skipped: the policy doesn't exist.",
    "policy-elsewhere": "The policy is {arn} instead of {desired}. IAM can't move or rename it.",
    "policy-not-ours": "This tool didn't create policy {arn}.",
    "policy-of-another-org": "Policy {arn} is used by another organization, {org_id}.",
    "policy-also-attached": "The customer managed policy is {arn}; it is also attached to "
    "{others}.",
    "policy-shared": "The policy {arn} needs another document, but it is also attached to "
    "{others}.",
    "policy-of-a-stack": "The policy carries no tags, since CloudFormation can't tag policies.",
    "policy-tags-differ": "Tags of the policy are missing or were changed: {new}.",
    "document-unknown": "{message}",
    "document-in-other-words": (
        "The policy document grants the expected permissions but is written differently."
    ),
    "document-differs": "The policy's document {findings: and }.",
    "document-allows-more": lambda facts: (
        f"allows more than it should ({_grants(facts['grants'], ', no longer denied')})"
    ),
    "document-allows-less": lambda facts: (
        f"does not allow what Genesys needs ({_grants(facts['grants'], ', denied')})"
    ),
    "extra-policy": "Extra policy attached: {arn}. Genesys Cloud doesn't need it.",
    "extra-inline-policy": "Extra inline policy: {name}. Genesys Cloud doesn't need it.",
    "boundary-differs": "The permissions boundary is {boundary} instead of {new}.",
    "boundary-gone": "Setup set the permissions boundary {remembered}, but it is now {boundary}.",
    "none": "none",
    # What CloudTrail recorded.
    "activity.denied": "No Genesys Cloud calls were denied in the last 24 hours ({regions}).",
    "activity-denied": "AWS denied Genesys Cloud {actions} in the last 24 hours. AWS says: {said}",
    "activity-last": "No Genesys Cloud calls were denied in the last 24 hours. Last call: {when}.",
    "activity-unread": "CloudTrail's event history skipped: {status}.",
    "activity-not-permitted": "CloudTrail's event history skipped: you don't have permission for "
    "cloudtrail:LookupEvents.",
    "try-activity": "Run `genesys-lex-wizard activity`.",
    # Whom the role trusts.
    "trust.principal": "Trusts only the Genesys Cloud account {account}.",
    "trust.action": "Allows only sts:AssumeRole.",
    "trust.external-id": "Requires external ID {external_id}, your organization ID.",
    "trust.nothing-else": "No other statements in the trust policy.",
    "trust.reading": (
        "This is a static check. Only Genesys Cloud can assume the role, when the integration "
        "is activated."
    ),
    "trust-nobody": "The trust policy doesn't allow anyone.",
    "trust-form": "The trust policy differs in form from the generated one.",
    "trust-others": "The trust policy also trusts: {account}{others}.",
    "trust-other-principal": "The role trusts {principals} instead of Genesys's AWS account "
    "{account}.",
    "trust-deleted-principal": "The role trusts {principals} (deleted since; IAM shows only its "
    "ID) instead of Genesys's AWS account {account}.",
    "everybody-but": "everyone except those it names (NotPrincipal)",
    "anybody": "anyone in any AWS account (*)",
    "nobody": "no one",
    "trust-not-action": (
        "The trust policy allows every action except those it names (NotAction), instead of "
        "sts:AssumeRole."
    ),
    "trust-more-actions": "The trust policy also allows: {actions}.",
    "trust-other-actions": "The trust policy allows {actions} instead of sts:AssumeRole.",
    "no-action": "no action",
    "trust-org-unknown": (
        "External ID {external_id} is required, but no tag names the organization that uses "
        "the role."
    ),
    "trust-org-unconfirmed": "The external ID {external_id} is the organization ID as taken from "
    "the tag, not confirmed.",
    "external-id-missing": (
        "The trust policy doesn't require an external ID. Another Genesys customer could "
        "reach your bots through Genesys Cloud."
    ),
    "external-id-optional": (
        "The external ID is optional ({operator}): a request without one is accepted."
    ),
    "external-id-operator": (
        "The external ID condition uses {operator} with {values} instead of StringEquals."
    ),
    "external-ids-several": "The trust policy accepts several external IDs: {values}.",
    "external-id-case": (
        "The external ID {values} differs in case from {org_id}. External IDs are case-sensitive."
    ),
    "external-id-other": "The external ID is {values} instead of the organization ID {org_id}.",
    "nothing": "nothing",
    "trust-beside": "Unexpected in the trust policy: {findings:; }.",
    "trust-another-statement": "another statement trusts {principals}",
    "trust-deny": "a Deny statement, which can block Genesys Cloud",
    "trust-further-conditions": (
        "another condition, which can block Genesys Cloud, on {conditions}"
    ),
    "condition": "{key} ({operator})",
    "trust-unknown-key": "the key {key}, which isn't valid in a trust policy",
    "trust-version": "its Version is {version} and not 2012-10-17",
    # Hints.
    "run": "Run `{command}`.",
    "change-stack": (
        "Update CloudFormation stack {stack}. To generate its template, run `{command}`."
    ),
    "see-check": "See {check}.",
    "give-role-name": "Set --role-name to the role created for Genesys Cloud.",
    "check-org-id": "Check --org-id. To connect this organization as well: {fix}",
    "leave-role-path-out": "Omit --role-path, or run setup with another --role-name.",
    "leave-policy-path-out": (
        "Omit --policy-path to use it as it is, or set another --policy-name."
    ),
    "give-own-policy": "Give this role a policy of its own: `{command}`.",
    "restore-file": (
        "{fix} Add --policy-file FILE to restore it, or --default-policy for the built-in policy."
    ),
    "restore-least-privilege": (
        "{fix} Add --least-privilege --bot BOT:ALIAS to restore it, or --default-policy for "
        "the built-in policy."
    ),
    "detach-or-allow": "Run `{command}`. If the policy is intended, run verify with {option}.",
    "give-org-id": "Run verify again with --org-id.",
    "confirm-account": "If your Genesys representative named the AWS account {account}, run "
    "verify again with --genesys-account-id {account} --fedramp. If not: {fix}",
    "give-file": (
        "Run verify again with --policy-file FILE, using the file that the policy was created from."
    ),
    "give-least-privilege": "Run verify again with --least-privilege and the --bot or --bot-tag "
    "that it was made with.",
    "set-boundary-again": (
        "Run setup with --permissions-boundary {arn}, or with the boundary that you want now."
    ),
}
