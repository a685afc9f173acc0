"""One click command per command of the program: options in, an outcome out."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from wizard import validators
from wizard.cli.options import Value, command
from wizard.cli.shared import (
    at_terminal,
    context_for,
    demand_yes_or_terminal,
    from_variable,
    name_was_typed,
    not_a_terminal,
    prompts,
    read_policy,
    settings_from,
    typed_over_variable,
)

# What a command needs is imported in its function: --help shall not wait for it.

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wizard.commands import Context, Outcome
    from wizard.ui.questions import Questions

# Help stands in arguments, not in docstrings: Python removes these with -OO.
PROGRAM = "genesys-lex-wizard"
NAMED = "org_id role_name policy_name"
POLICY = "least_privilege bots bot_tag policy_file default_policy allow_any_policy"
PLACED = "role_path policy_path permissions_boundary"
DESCRIBED = "tags role_description policy_description fedramp genesys_account_id"
COMMON = "account_id output quiet debug retry_seconds"
ROLE = f"{NAMED} {POLICY} {PLACED} {DESCRIBED}"
TARGETS = ("units", "accounts", "auto_deploy", "delegated_admin", "self_managed")
FROM_THE_TAG = "Genesys Cloud organization ID. Default: the role's GenesysOrgId tag."
INTO_THE_OUTPUT = "AWS account ID to write into the output."


@command(
    "setup",
    "Create or update the IAM role and print its ARN.",
    f"{ROLE} {COMMON} profile region dry_run yes non_interactive sandbox no_rollback adopt "
    "replace_org",
    {
        "Answer one question, review the plan, apply it": PROGRAM,
        "Preview the plan": f"{PROGRAM} --dry-run --org-id UUID",
        "In a script": f"{PROGRAM} --non-interactive --org-id UUID --account-id ID",
    },
)
def setup(**options: Any) -> Outcome:
    from wizard.commands.setup import setup as run

    may_ask = not options["non_interactive"]
    settings = settings_from(options)
    sure = options["yes"] or options["dry_run"]
    if from_variable("non_interactive") and not sure:
        raise click.UsageError(
            "GENESYS_LEX_NON_INTERACTIVE turns off prompts but doesn't confirm changes. "
            "Use --yes, the option --non-interactive, or --dry-run."
        )
    if may_ask and not (settings.org_id and sure) and not at_terminal():
        raise click.UsageError(
            (f"Input is required, but {not_a_terminal()} is not a terminal. Use --non-interactive")
            + ("" if settings.org_id else " and give --org-id")
            + "."
        )
    asks = may_ask and at_terminal() and (not settings.org_id or not options["yes"])
    if options["sandbox"]:
        options["profile"] = None  # nothing of the real account is seen
    context = context_for(options, asks=asks)
    questions = _questions(context, options) if asks else None
    with _world(sandbox=options["sandbox"]):
        return run(context, settings, questions)


def _world(*, sandbox: bool) -> AbstractContextManager[None]:
    if not sandbox:
        return nullcontext()
    from wizard.aws.sandbox import simulated_account

    return simulated_account()


def _questions(context: Context, options: dict[str, Any]) -> Questions:
    """What the questions of an interactive run need."""
    from wizard.ui.questions import Questions

    def read(path: str) -> Any:
        return read_policy(path, any_policy=options["allow_any_policy"])

    return Questions(prompts(), context.screen, read)


@command(
    "verify",
    "Check the role and whether your bots are ready for Genesys Cloud.",
    f"{ROLE} {COMMON} profile regions all_regions allow_policies verbose",
    {
        "Check the role, and the bots in your Region": f"{PROGRAM} verify --org-id UUID",
        "Check one bot in one Region": f"{PROGRAM} verify --region us-east-1 --bot BOT_ID",
        "Nightly, in a pipeline": f"{PROGRAM} verify --org-id UUID --output json",
    },
    org_id=FROM_THE_TAG,
    bots=(
        "Bot to check (repeatable); fails if it isn't ready. With --least-privilege, specify "
        "every bot."
    ),
    least_privilege="The role should be limited to the bots in --bot or --bot-tag.",
    bot_tag="Tag that the role should require on bots and aliases.",
    tags="Tag that the role and policy should have (repeatable).",
    policy_file="JSON policy document that the role should have.",
    default_policy="The role should have the built-in policy document.",
    permissions_boundary="ARN of the permissions boundary that the role should have.",
    role_description="Description that the role should have.",
    policy_description="Description that the policy should have.",
)
def verify(**options: Any) -> Outcome:
    from wizard.commands.verify import BotSelection
    from wizard.commands.verify import verify as run

    typed_over_variable(options, "regions", "all_regions")
    if options["regions"] and options["all_regions"]:
        raise click.UsageError("--region and --all-regions can't be used together.")
    selection = BotSelection(
        regions=options["regions"] or (),
        all_regions=options["all_regions"],
        bots=options["bots"],
        allowed=frozenset(options["allow_policies"]),
        verbose=options["verbose"],
    )
    return run(context_for(options), settings_from(options), selection)


@command(
    "remove",
    "Delete the role and policy that setup created.\n\nWhat others attached to the role is "
    "detached, and what they embedded in it is deleted with it; the plan lists both first.",
    f"{NAMED} {COMMON} profile region dry_run yes non_interactive",
    {
        "See what would be deleted": f"{PROGRAM} remove --dry-run",
        "Delete it; you confirm by typing the role name": f"{PROGRAM} remove",
    },
    org_id=FROM_THE_TAG,
    non_interactive="Don't prompt. Requires --yes.",
)
def remove(**options: Any) -> Outcome:
    from wizard.commands.remove import remove as run

    demand_yes_or_terminal(options)
    context = context_for(options, asks=not (options["yes"] or options["dry_run"]))
    return run(context, settings_from(options), name_was_typed)


@command(
    "activity",
    (
        "Did Genesys Cloud come in, and what was it denied?\n\nShow whether Genesys Cloud "
        "used the role, and any calls that AWS denied."
    ),
    f"{NAMED} fedramp genesys_account_id {COMMON} profile regions since follow follow_for",
    {
        "Look back over the last day": f"{PROGRAM} activity --org-id UUID",
        "Wait while the integration is activated": f"{PROGRAM} activity --follow --org-id UUID",
    },
    org_id=FROM_THE_TAG,
    regions="Another Region to read (repeatable).",
)
def activity(**options: Any) -> Outcome:
    from wizard.commands.activity import Watch
    from wizard.commands.activity import activity as run

    if options["follow_for"] and not options["follow"]:
        raise click.UsageError("--for requires --follow.")
    follow_for = options["follow_for"] or timedelta(minutes=30)
    watch = Watch(
        options["since"], follow_for if options["follow"] else None, options["regions"] or ()
    )
    return run(context_for(options), settings_from(options), watch)


@command(
    "export",
    "Generate CloudFormation, Terraform, a shell script, or policy JSON.\n\nFORMAT is "
    "cloudformation, stackset (CloudFormation for many accounts), terraform, cli (AWS CLI script), "
    "or policies (JSON for the console). "
    "Makes no AWS calls: repeat the options of your setup.",
    f"{ROLE} {COMMON} region out force notation template_url units accounts "
    "auto_deploy delegated_admin self_managed",
    {
        "For review, to standard output": f"{PROGRAM} export policies --org-id UUID",
        "As a file": f"{PROGRAM} export cloudformation --org-id UUID --out role.yaml",
    },
    arguments=(
        click.Argument(
            ["format_"],
            metavar="FORMAT",
            type=click.Choice(["cloudformation", "stackset", "terraform", "cli", "policies"]),
        ),
    ),
    org_id="Genesys Cloud organization ID. Required.",
    account_id=INTO_THE_OUTPUT,
    region="AWS Region of the bots, and for printed commands.",
    permissions_boundary="ARN of a permissions boundary for the role.",
    role_description="Role description.",
    policy_description="Policy description.",
)
def export(**options: Any) -> Outcome:
    from wizard.commands.export import Request
    from wizard.commands.export import export as run

    request = Request(
        format=options["format_"],
        out=options["out"],
        force=options["force"],
        notation=options["notation"],
        template_url=options["template_url"],
        targets={key: options[key] for key in TARGETS},
    )
    return run(context_for(options), settings_from(options), request)


@command(
    "permissions",
    "Print the IAM policy you need to run this tool.\n\nCOMMAND is setup, verify, remove, "
    "activity, or service-roles. Default: setup, verify, and remove.",
    f"role_name policy_name {POLICY} {PLACED} {COMMON} region",
    {
        "For everything": f"{PROGRAM} permissions --account-id ID",
        "For a nightly check only": f"{PROGRAM} permissions verify --account-id ID",
    },
    arguments=(
        click.Argument(
            ["commands"],
            metavar="[COMMAND]...",
            nargs=-1,
            type=click.Choice(["setup", "verify", "remove", "activity", "service-roles"]),
        ),
    ),
    account_id=f"{INTO_THE_OUTPUT} Required.",
)
def permissions(**options: Any) -> Outcome:
    from wizard.commands.export import permissions as run

    return run(context_for(options), settings_from(options), options["commands"])


@click.group(
    "service-roles",
    no_args_is_help=False,
    help="List, describe, and delete Lex V2 service-linked roles.",
)
def service_roles() -> None:
    """Only its commands do something."""


ABROAD = f"{COMMON} profile region"
NAME = click.Argument(["name"], type=Value(validators.role_name, "NAME"))
LIST, DESCRIBE = f"{PROGRAM} service-roles list", f"{PROGRAM} service-roles describe NAME"


@command(
    "list",
    "List service-linked roles and the bots that use them.",
    ABROAD,
    {"All of them, in every Region": LIST},
)
def list_(**options: Any) -> Outcome:
    from wizard.commands.service_roles import list_roles

    return list_roles(context_for(options))


@command(
    "describe",
    "Show a role's permissions, trust policy, and usage.",
    ABROAD,
    {"Find the name, then look at one": f"{LIST}\n    {DESCRIBE}"},
    arguments=(NAME,),
)
def describe(name: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import describe as run

    return run(context_for(options), name)


@command(
    "set-description",
    "Change a role's description.",
    ABROAD,
    {"Describe its purpose": f'{PROGRAM} service-roles set-description NAME "Bot Flowers"'},
    arguments=(NAME, click.Argument(["text"], type=Value(validators.description, "TEXT"))),
)
def set_description(name: str, text: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import set_description as run

    return run(context_for(options), name, text)


@command(
    "delete",
    "Delete an unused role.",
    f"{ABROAD} yes no_wait",
    {"Delete it; you confirm by typing the name": f"{PROGRAM} service-roles delete NAME"},
    arguments=(NAME,),
)
def delete(name: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import delete as run

    demand_yes_or_terminal(options)
    context, wait = context_for(options, asks=not options["yes"]), not options["no_wait"]
    return run(context, name, name_was_typed, wait=wait)


for each in (list_, describe, set_description, delete):
    service_roles.add_command(each)
COMMANDS = (setup, verify, remove, activity, export, permissions, service_roles)
