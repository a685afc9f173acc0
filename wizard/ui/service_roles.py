"""What `service-roles` shows: the table, one role, the end of a deletion, and their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.aws.service_roles import BOTS, CHANNELS, REPLICATION
from wizard.core.shell import command
from wizard.ui.screen import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.aws.service_roles import Deletion, RolePolicy, ServiceRole
    from wizard.core.bots import Usage
    from wizard.ui.screen import Screen

    Bots = tuple[str, ...] | None  # the ARNs of those that use a role; None: not known

# What AWS documents that each kind may do: the Lex V2 developer guide ("Using service-linked
# roles for Amazon Lex V2"), and for replication the AWS managed policy AmazonLexReplicationPolicy.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    BOTS: (
        "Use Amazon Polly to synthesize speech.",
        "If the bot analyzes sentiment: detect sentiment with Amazon Comprehend.",
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
FOR = {BOTS: "a bot", CHANNELS: "a messaging channel", REPLICATION: "replicas"}
WAIT = (
    "If the bot or channel was deleted just now, Lex may still be using the role: wait a few "
    "minutes and run the command again."
)
OTHER_ATTRIBUTES = "You can change only the description of a service-linked role."


def table(
    screen: Screen, *, roles: Sequence[tuple[ServiceRole, Bots]], unread: Mapping[str, str]
) -> None:
    """Every role with what it is for, when it was last used, and by which bots."""
    screen.heading("Service-linked roles of Lex V2")
    if not roles:
        screen.line("No Lex V2 service-linked roles in this account.")
    for role, bots in roles:
        screen.lines(_role(role, bots))
    for region, why in unread.items():
        screen.warning(f"The bots in {region} could not be read: {why}")


def _role(role: ServiceRole, bots: Bots) -> list[Line]:
    created = f", created {role.created:%Y-%m-%d}" if role.created else ""
    used = role.last_use
    last = f"last used {used.when:%Y-%m-%d}" if used else "no use recorded"
    sign, used_by = "?", ["used by: unknown"]
    if bots is not None:
        sign = "✓" if bots else "!"
        used_by = [f"used by {arn}" for arn in bots] or ["unused: no bot in any region uses it"]
    return [
        Line(role.name, sign=sign),
        Line(f"for {FOR[role.service]}{created}, {last}", indent=4, dim=True),
        *([Line(role.description, indent=4, dim=True)] if role.description else []),
        *(Line(words, indent=4) for words in used_by),
    ]


def description(
    screen: Screen, *, role: ServiceRole, bots: Bots, policies: Sequence[RolePolicy]
) -> None:
    """One role with everything that is known of it."""
    screen.heading(role.name)
    screen.lines(_role(role, bots)[1:])
    screen.line(role.arn, "ARN")
    screen.line(role.service, "Service")
    screen.line()
    screen.line("Permissions (from the Lex V2 documentation):")
    screen.lines(Line(action, sign="·") for action in ACTIONS[role.service])
    screen.line()
    screen.line("Trust policy:")
    screen.block(role.trust_policy.text())
    for policy in policies:
        screen.line()
        screen.line(f"Policy {policy.name}:")
        screen.block(policy.document.text() if policy.document else "it could not be read")


def unknown_use(role: ServiceRole, usage: Usage) -> str:
    """The warning that the role may be in use, before it is deleted."""
    if role.service != BOTS:
        return (
            f"This tool can't tell whether {FOR[role.service]} still uses {role.name}. AWS "
            "checks before it deletes the role, and refuses if the role is in use."
        )
    return (
        f"No bots that use {role.name} were found, but {', '.join(sorted(usage.unread))} "
        "couldn't be read. AWS checks before it deletes the role, and refuses if a bot "
        "uses it."
    )


def deletion(screen: Screen, *, role: ServiceRole, state: Deletion) -> None:
    """How the deletion ended, and what to do where it failed or is still under way."""
    match state.status:
        case "deleted":
            screen.line(f"Deleted: {role.name}.")
        case "started":
            screen.line(f"AWS is deleting {role.name}.")
            asked = ("get-service-linked-role-deletion-status", "--deletion-task-id", state.task_id)
            screen.line(
                "The deletion continues in the background. To check its status: "
                f"`{command('aws', 'iam', *asked)}`."
            )
        case "failed":
            screen.line(f"AWS did not delete {role.name}: {_why(state)}")
            screen.lines(Line(f"still in use: {arn}", indent=2) for arn in state.resources)
            first = "First, delete the resources that still use it. " if state.resources else ""
            screen.line(first + WAIT)


def _why(state: Deletion) -> str | None:
    return state.reason or ("AWS gave no reason." if state.status == "failed" else None)


def role_json(role: ServiceRole, bots: Bots) -> dict[str, Any]:
    """A role as `service-roles list --output json` shows it; times in ISO 8601."""
    return {
        **{name: getattr(role, name) for name in ("name", "arn", "service", "description")},
        "created": role.created.isoformat() if role.created else None,
        "last_used": role.last_use.when.isoformat() if role.last_use else None,
        "used_by": None if bots is None else list(bots),
    }


def description_json(
    role: ServiceRole, bots: Bots, policies: Sequence[RolePolicy]
) -> dict[str, Any]:
    """A role as `service-roles describe --output json` shows it, the command's name aside."""
    described = [
        {**vars(policy), "document": policy.document.tree if policy.document else None}
        for policy in policies
    ]
    trust_policy, actions = role.trust_policy.tree, list(ACTIONS[role.service])
    used = role_json(role, bots)
    return {**used, "actions": actions, "trust_policy": trust_policy, "policies": described}


def deletion_json(state: Deletion) -> dict[str, Any]:
    """`status`, `reason` and `resources` of `service-roles delete --output json`."""
    return {"status": state.status, "reason": _why(state), "resources": list(state.resources)}
