"""The service-linked roles of Lex V2: what each is for, who uses it, whether it may be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wizard.errors import Refused
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wizard.core.documents import Document
    from wizard.core.state import LastUse

BOTS = "lexv2.amazonaws.com"
CHANNELS = "channels.lexv2.amazonaws.com"
REPLICATION = "replication.lexv2.amazonaws.com"

# What AWS documents that each kind may do: the Lex V2 developer guide ("Using service-linked
# roles for Amazon Lex V2"), and for replication the AWS managed policy AmazonLexReplicationPolicy.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    BOTS: (
        "Use Amazon Polly to synthesize speech.",
        "If the bot analyses sentiment: detect sentiment with Amazon Comprehend.",
        "If the bot stores audio logs: put objects into the S3 bucket it names.",
        "If the bot stores logs: create a log stream in the log group it names, and write to it.",
        "If the bot encrypts its data: generate data keys with the AWS KMS key it names.",
        "If the bot uses KendraSearchIntent: query the Amazon Kendra index it names.",
    ),
    CHANNELS: (
        "List the bots of the account.",
        "Recognize text, get a session and put a session on the bot alias of its channel.",
    ),
    REPLICATION: (
        "Read, create, update and delete the account's bots, versions, aliases and languages.",
        "The same for their intents, slots, slot types and custom vocabularies.",
        "The same for their tags and their resource-based policies.",
        "Export and import bots, and list them.",
        "Pass IAM roles to Lex V2 (iam:PassRole, to lexv2.amazonaws.com only).",
    ),
}
FOR: Mapping[str, str] = {BOTS: "a bot", CHANNELS: "a messaging channel", REPLICATION: "replicas"}
WAIT = (
    "If the bot or channel was deleted just now, Lex may still be using the role: wait a few "
    "minutes and run the command again."
)
OTHER_ATTRIBUTES = (
    "The description is the one thing of a service-linked role that can be edited; its name, "
    "trust policy and permissions belong to Lex."
)


@dataclass(frozen=True)
class ServiceRole:
    """A service-linked role of Lex V2, as IAM tells of it. `service` is its principal."""

    name: str
    arn: str
    service: str
    description: str
    created: datetime | None
    last_use: LastUse | None
    trust_policy: Document


@dataclass(frozen=True)
class RolePolicy:
    """A policy of a role: managed (with an ARN) or inline. `document` None: could not be read."""

    name: str
    arn: str | None
    document: Document | None


@dataclass(frozen=True)
class Usage:
    """Which bots use which role, by DescribeBot.roleArn; `unread` regions with the reason."""

    by_role: Mapping[str, tuple[str, ...]]
    unread: Mapping[str, str]

    def of(self, role: ServiceRole) -> tuple[str, ...] | None:
        """The ARNs of the bots that use the role; None where that is not known.

        Lex tells of no bot which channels or replicas it has, so a role of that kind is never
        known to be unused.
        """
        bots = self.by_role.get(role.arn, ())
        if bots:
            return bots
        return () if role.service == BOTS and not self.unread else None


@dataclass(frozen=True)
class Deletion:
    """How far the deletion of a role is. `resources` are what AWS says still uses it."""

    status: Literal["started", "deleted", "failed"]
    task_id: str
    reason: str | None = None
    resources: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What to do where the deletion failed, or is still under way."""
        match self.status:
            case "deleted":
                return ""
            case "started":
                return (
                    "It goes on by itself. To look: `aws iam "
                    f"get-service-linked-role-deletion-status --deletion-task-id {self.task_id}`."
                )
            case "failed" if self.resources:
                return f"Delete what still uses it first. {WAIT}"
            case _:
                return WAIT


def service_of(path: str) -> str | None:
    """The principal of a Lex V2 service-linked role by its path; None for any other role.

    Only AWS can make roles below `/aws-service-role/`, so the path can be relied on.
    """
    return next((each for each in ACTIONS if path == f"/aws-service-role/{each}/"), None)


def demand_service_linked(name: str, path: str) -> str:
    """The principal of the role. Raises Refused if it is not a Lex V2 service-linked role."""
    service = service_of(path)
    if service is None:
        raise Refused(
            f"{visible(name)} is not a service-linked role of Lex V2: its path is {visible(path)}.",
            "`genesys-lex-wizard service-roles list` shows those there are. The role that Genesys "
            "uses is none of them; `genesys-lex-wizard remove` takes it away.",
            code="not-a-lex-service-role",
        )
    return service


def demand_unused(role: ServiceRole, usage: Usage) -> str | None:
    """A warning where it is not known whether the role is in use; None where it is unused.

    Raises Refused where a bot uses it.
    """
    bots = usage.of(role)
    if bots:
        those = ", ".join(bots)
        raise Refused(
            f"{role.name} is in use by {'a bot' if len(bots) == 1 else f'{len(bots)} bots'}: "
            f"{those}. Without it {'that bot' if len(bots) == 1 else 'they'} can't work.",
            "Delete the bot first, if it is not needed any more (Lex V2 console: Bots > Action > "
            "Delete); then wait a few minutes and run the command again.",
            code="role-in-use",
        )
    if bots == ():
        return None
    if role.service != BOTS:
        return (
            f"Whether {FOR[role.service]} still uses {role.name} can't be seen from outside. AWS "
            "checks it before it deletes the role, and refuses if so."
        )
    regions = ", ".join(sorted(usage.unread))
    return (
        f"No bot was found that uses {role.name}, but {regions} could not be read. AWS checks it "
        "before it deletes the role, and refuses if a bot uses it."
    )


def role_json(role: ServiceRole, used_by: tuple[str, ...] | None) -> dict[str, Any]:
    """A role as `service-roles list --output json` shows it; times in ISO 8601."""
    return {
        "name": role.name,
        "arn": role.arn,
        "service": role.service,
        "description": role.description,
        "created": role.created.isoformat() if role.created else None,
        "last_used": role.last_use.when.isoformat() if role.last_use else None,
        "used_by": None if used_by is None else list(used_by),
    }


def description_json(
    role: ServiceRole, used_by: tuple[str, ...] | None, policies: tuple[RolePolicy, ...]
) -> dict[str, Any]:
    """A role as `service-roles describe --output json` shows it, the command's name aside."""
    return {
        **role_json(role, used_by),
        "actions": list(ACTIONS[role.service]),
        "trust_policy": role.trust_policy.tree,
        "policies": [
            {
                "name": each.name,
                "arn": each.arn,
                "document": None if each.document is None else each.document.tree,
            }
            for each in policies
        ],
    }


def deletion_json(deletion: Deletion) -> dict[str, Any]:
    """`status`, `reason` and `resources` of `service-roles delete --output json`."""
    return {
        "status": deletion.status,
        "reason": deletion.reason,
        "resources": list(deletion.resources),
    }
