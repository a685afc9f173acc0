"""The smallest IAM policy for whoever runs the commands, and what each statement is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wizard.core.documents import MANAGED_POLICY_LIMIT, Document, as_list, fill, template
from wizard.core.state import MANAGED_POLICIES
from wizard.errors import InvalidInput
from wizard.export import model

if TYPE_CHECKING:
    from collections.abc import Collection

    from wizard.core.state import State

Command: TypeAlias = Literal["setup", "verify", "remove", "activity", "service-roles"]
DEFAULT_COMMANDS: tuple[Command, ...] = ("setup", "verify", "remove")
COMMANDS: tuple[Command, ...] = (*DEFAULT_COMMANDS, "activity", "service-roles")
SERVICE_ROLES = (
    "lexv2.amazonaws.com/AWSServiceRoleForLexV2Bots*",
    "channels.lexv2.amazonaws.com/AWSServiceRoleForLexV2Channels*",
    "replication.lexv2.amazonaws.com/AWSServiceRoleForLexV2Replication*",
)


@dataclass(frozen=True)
class Permissions:
    """A policy document, and sentences on it for whoever grants it."""

    document: Document
    explanations: tuple[str, ...]


def permissions(commands: Collection[Command], state: State) -> Permissions:
    """What an operator of these commands needs, for this role and policy in this account.

    `templates/permissions.json` has the statements, the commands that need each, and its purpose.
    GetCallerIdentity is not among it, since AWS asks for no permission there. Raises
    InvalidInput without an account: a policy for any account would allow more than is needed.
    """
    setup = model(state)
    if setup.account_id is None:
        raise InvalidInput(
            (
                "Missing required option: --account-id. The policy contains ARNs, which "
                "include the AWS account ID."
            ),
            "Set --account-id to the 12-digit AWS account ID.",
            code="account-id-missing",
        )
    role, boundary = setup.role, setup.role.permissions_boundary
    service_roles = f"arn:aws:iam::{setup.account_id}:role/aws-service-role"
    facts = {
        "account_id": setup.account_id,
        "attachable": _one_of(role.attachments | MANAGED_POLICIES),
        "attached": _one_of(role.attachments),
        "boundary": literal(boundary or ""),
        "only": "" if boundary is None else ", only with the permissions boundary",
        "policy": literal(setup.policy.arn),
        "role": literal(role.arn),
        "service_roles": [f"{service_roles}/{name}" for name in SERVICE_ROLES],
    }
    grants = {
        name: grant
        for name, grant in fill(template("permissions"), facts).tree.items()
        if set(grant["commands"].split()) & set(commands)
    }
    statements = [
        _statement(name, grant, bounded=boundary is not None) for name, grant in grants.items()
    ]
    document = Document({"Version": "2012-10-17", "Statement": statements})
    explanations = [f"{name}: {grant['purpose']}" for name, grant in grants.items()]
    if document.size() > MANAGED_POLICY_LIMIT:
        explanations.append(
            f"The policy has {document.size()} characters, but IAM allows at most "
            f"{MANAGED_POLICY_LIMIT}. Split it into two policies, or specify fewer "
            "commands."
        )
    return Permissions(document, tuple(explanations))


def literal(text: str) -> str:
    """The text as IAM matches it to the letter: `*`, `?` and `$` as policy variables.

    Source: the IAM User Guide on policy variables, "Special characters".
    """
    return re.sub(r"[*?$]", lambda match: f"${{{match[0]}}}", text)


def _statement(name: str, grant: dict[str, Any], *, bounded: bool) -> dict[str, Any]:
    """The statement in IAM's order; what is about a boundary only where one is demanded."""
    actions, condition = as_list(grant["Action"]), dict(grant.get("Condition", {}))
    if not bounded:
        actions = [action for action in actions if action != "iam:PutRolePermissionsBoundary"]
        condition.pop("StringEquals", None)
    return {
        "Sid": name,
        "Effect": "Allow",
        "Action": _one_or_all(actions),
        "Resource": grant["Resource"],
        **({"Condition": condition} if condition else {}),
    }


def _one_of(policy_arns: frozenset[str]) -> str | list[str]:
    return _one_or_all([literal(arn) for arn in sorted(policy_arns)])


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
