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
    "role.managed-by-stack": "The CloudFormation stack {stack} manages the role: change the stack, "
    "not the role.",
    "role.ours": "This program made the role, as its tags say.",
    "role.path": "The role's path is {path}.",
    "role.description": "The role's description is as it should be.",
    "role.tags": "The tags that remember the set-up are on the role.",
    "no-role": "There is no role named {name} in this account.",
    "no-role-seen": "Not looked at, since there is no role.",
    "service-linked-role": "This is a service-linked role of AWS, which Genesys can't use.",
    "role-not-ours": "This program did not make the role: it has no tag {tag}=genesys-lex-wizard.",
    "role-of-another-org": "The role's tag says that it serves another organization, {org_id}.",
    "path-differs": "The role's path is {path} and not {desired}; IAM can't move it.",
    "role-description-differs": "The role's description is another one than was asked for.",
    "tags-not-seen": "Not looked at, since the role's tags do not say that this program made it.",
    "role-tags-differ": "Tags of the role are missing or were changed: {new}.",
    "no-use-recorded": "No use recorded in the last 400 days (AWS's record lags by some hours).",
    "used": "AWS last recorded a use of the role on {date}.",
    "used-in": "AWS last recorded a use of the role on {date} in {region}.",
    # What the role may do.
    "permissions.attachments": "The managed policies that Genesys needs are attached.",
    "permissions.policy": "The customer managed policy is {arn}.",
    "permissions.document": "The policy's document allows what it should, and no more.",
    "permissions.tags": "The tags that mark the policy as this program's are on it.",
    "permissions.extra": "Nothing else gives the role any rights.",
    "permissions.boundary": "The role's permissions boundary: {boundary}.",
    "attachments-differ": "Managed policies are {findings:; }.",
    "not-attached": "not attached: {arns}",
    "attached-beside-least-privilege": "still attached although least privilege is wanted: {arns}",
    "attached-from-former-name": "still attached from a former policy name: {arns}",
    "document-unconfirmed": "The policy's document is as remembered in the tag, not confirmed.",
    "no-policy": "There is no policy {arn}.",
    "no-policy-seen": "Not looked at, since there is no policy.",
    "policy-elsewhere": "The policy is {arn} and not {desired}; IAM can't move or rename it.",
    "policy-not-ours": "This program did not make the policy {arn}.",
    "policy-of-another-org": "The policy {arn} belongs to another organization, {org_id}.",
    "policy-also-attached": "The customer managed policy is {arn}; it is also attached to "
    "{others}.",
    "policy-shared": "The policy {arn} needs another document, but it is also attached to "
    "{others}.",
    "policy-of-a-stack": "The policy carries no tags, since CloudFormation can't tag policies.",
    "policy-tags-differ": "Tags of the policy are missing or were changed: {new}.",
    "document-unknown": "{message}",
    "document-in-other-words": "The policy's document allows what it should, but is written "
    "differently.",
    "document-differs": "The policy's document {findings: and }.",
    "document-allows-more": lambda facts: (
        f"allows more than it should ({_grants(facts['grants'], ', no longer denied')})"
    ),
    "document-allows-less": lambda facts: (
        f"does not allow what Genesys needs ({_grants(facts['grants'], ', denied')})"
    ),
    "extra-policy": "The role also has the policy {arn}, which Genesys does not need.",
    "extra-inline-policy": "The role also has the inline policy {name}, which Genesys does not "
    "need.",
    "boundary-differs": "The role's permissions boundary is {boundary} and not {new}.",
    "boundary-gone": "The permissions boundary {remembered} was set up; now it is {boundary}.",
    "none": "none",
    # Whom the role trusts.
    "trust.principal": "Only Genesys's AWS account {account} is let in.",
    "trust.action": "It may assume the role (sts:AssumeRole) and nothing else.",
    "trust.external-id": "It must give the external ID {external_id}, which is the organization "
    "ID.",
    "trust.nothing-else": "Nothing else in the trust policy lets anybody in or keeps Genesys out.",
    "trust.reading": "The trust policy was read, not tried: only Genesys itself can try whether "
    "the role lets it in, when the integration is activated.",
    "trust-nobody": "The trust policy has no statement that lets anybody in.",
    "trust-form": "The trust policy differs from the wanted one in its form.",
    "trust-others": "Others are let in beside Genesys's AWS account {account}: {others}.",
    "trust-other-principal": "The role trusts {principals} instead of Genesys's AWS account "
    "{account}.",
    "trust-deleted-principal": "The role trusts {principals} (deleted since; IAM shows only its "
    "ID) instead of Genesys's AWS account {account}.",
    "everybody-but": "everybody but those whom it names (NotPrincipal)",
    "anybody": "anybody in any AWS account (*)",
    "nobody": "nobody that can be read",
    "trust-not-action": "Every action is allowed but those it names (NotAction), instead of "
    "sts:AssumeRole.",
    "trust-more-actions": "More is allowed than sts:AssumeRole: {actions}.",
    "trust-other-actions": "The trust policy allows {actions} instead of sts:AssumeRole.",
    "no-action": "no action",
    "trust-org-unknown": "The external ID {external_id} is required, but no tag says which "
    "organization the role serves.",
    "trust-org-unconfirmed": "The external ID {external_id} is the organization ID as taken from "
    "the tag, not confirmed.",
    "external-id-missing": "No external ID is required, so another customer of Genesys could reach "
    "your bots through Genesys.",
    "external-id-optional": "The external ID is asked for by {operator}, which lets in whoever "
    "gives none.",
    "external-id-operator": "The external ID is compared by {operator} with {values}, not for "
    "equality by StringEquals.",
    "external-ids-several": "Several external IDs are accepted instead of one: {values}.",
    "external-id-case": "The external ID {values} is in another case than {org_id}; case counts.",
    "external-id-other": "The external ID is {values} and not the organization ID {org_id}.",
    "nothing": "nothing",
    "trust-beside": "Beside the statement for Genesys: {findings:; }.",
    "trust-another-statement": "another statement lets in {principals}",
    "trust-deny": "a Deny statement, which can lock Genesys out",
    "trust-further-conditions": "a further condition, which can lock Genesys out, on {conditions}",
    "condition": "{key} ({operator})",
    "trust-unknown-key": "the key {key}, which no trust policy has",
    "trust-version": "its Version is {version} and not 2012-10-17",
    # Hints.
    "run": "Run `{command}`.",
    "change-stack": "Change the CloudFormation stack {stack}; `{command}` makes its template.",
    "see-check": "See {check}.",
    "give-role-name": "Give the --role-name of the role that was made for Genesys.",
    "check-org-id": "Check --org-id. To connect that organization beside the other: {fix}",
    "leave-role-path-out": "Leave --role-path out to use the role where it is, or give setup "
    "another --role-name.",
    "leave-policy-path-out": "Leave --policy-path out to use it where it is, or give another "
    "--policy-name.",
    "give-own-policy": "Give this role a policy of its own: `{command}`.",
    "restore-file": "{fix} Add --policy-file FILE to restore it, or --default-policy for the "
    "template.",
    "restore-least-privilege": "{fix} Add --least-privilege --bot BOT:ALIAS to restore it, or "
    "--default-policy for the template.",
    "detach-or-allow": "Run `{command}`, or verify with {option} if it is meant to be there.",
    "give-org-id": "Run verify again with --org-id.",
    "confirm-account": "If your Genesys representative named the AWS account {account}, run "
    "verify again with --genesys-account-id {account} --fedramp. If not: {fix}",
    "give-file": "Run verify again with --policy-file FILE, the file that it was made from.",
    "give-least-privilege": "Run verify again with --least-privilege and the --bot or --bot-tag "
    "that it was made with.",
    "set-boundary-again": "Run setup with --permissions-boundary {arn}, or with the one that is "
    "meant now.",
}
