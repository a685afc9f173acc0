"""One click command per command of the program: options in, an outcome out."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from wizard import validators
from wizard.cli import options as o
from wizard.cli.shared import (
    at_terminal,
    context_for,
    demand_yes_or_terminal,
    from_variable,
    not_a_terminal,
    prompts,
    read_policy,
    settings_from,
    typed_name,
    typed_over_variable,
)

# What a command needs is imported in its function: --help shall not wait for it.

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wizard.commands import Context, Outcome
    from wizard.ui.questions import Questions


# Help stands in `help=`, not in docstrings: Python takes these away with -OO.


def add_to(program: click.Group) -> None:
    """Give the program its commands."""
    for command in (setup, verify, remove, export, permissions, service_roles):
        program.add_command(command)


@click.command(help="Create or update the IAM role and print its ARN.")
@o.ORG_ID
@o.NAMES
@o.PATHS
@o.DESCRIPTIONS
@o.POLICY
@o.TAGS
@o.BOUNDARY
@o.GENESYS
@o.option("--adopt", help="Manage an existing role or policy that this tool didn't create.")
@o.option(
    "--replace-org",
    value=o.Value(validators.org_id, "OLD-UUID"),
    help="Replace this organization with --org-id. It loses access.",
)
@o.PROFILE
@o.REGION
@o.ACCOUNT
@o.option("--non-interactive", help="Don't prompt. Fail if a required option is missing.")
@o.YES
@o.DRY_RUN
@o.option("--no-rollback", help="Don't undo changes if a step fails.")
@o.option("--sandbox", help="Use a simulated AWS account. Nothing real is read or changed.")
@o.OUTPUT
def setup(**options: Any) -> Outcome:
    from wizard.commands.setup import setup as run

    may_ask = not options["non_interactive"]
    settings = settings_from(options)
    sure = options["yes"] or options["dry_run"]
    if from_variable("non_interactive") and not sure:
        raise click.UsageError(
            "GENESYS_LEX_NON_INTERACTIVE says to ask nothing, not that you are sure. "
            "Use --yes, the option --non-interactive, or --dry-run."
        )
    if may_ask and not (settings.org_id and sure) and not at_terminal():
        raise click.UsageError(
            f"There are questions to ask, but {not_a_terminal()} is not a terminal. "
            "Use --non-interactive" + ("" if settings.org_id else " and give --org-id") + "."
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

    given = frozenset(name for name in ("role_name", "policy_name") if options[name] is not None)
    return Questions(prompts(), context.screen, read, given)


@click.command(help="Check the role and whether your bots are ready for Genesys Cloud.")
@o.ORG_ID
@o.NAMES
@o.PATHS
@o.DESCRIPTIONS
@o.POLICY
@o.TAGS
@o.BOUNDARY
@o.GENESYS
@o.option(
    "--allow-policy",
    "allow_policies",
    value=o.Value(validators.policy_arn, "ARN"),
    multiple=True,
    help="Accept this extra attached policy (repeatable).",
)
@o.PROFILE
@o.option(
    "--region",
    value=o.Value(validators.region, "REGION"),
    multiple=True,
    envvar=o.PREFIX + "REGION",
    help="Region to check for bots (repeatable).",
)
@o.option("--all-regions", help="Look for bots in every region that has Lex V2.")
@o.ACCOUNT
@o.OUTPUT
def verify(**options: Any) -> Outcome:
    from wizard.commands.verify import BotSelection
    from wizard.commands.verify import verify as run

    typed_over_variable(options, "region", "all_regions")
    if options["region"] and options["all_regions"]:
        raise click.UsageError("--region and --all-regions exclude each other; give one of them.")
    selection = BotSelection(
        regions=options["region"] or (),
        all_regions=options["all_regions"],
        bots=options["bots"],
        allowed=frozenset(options["allow_policies"]),
    )
    return run(context_for(options), settings_from(options), selection)


@click.command(help="Delete the role and policy that setup created.")
@o.ORG_ID
@o.NAMES
@o.PROFILE
@o.REGION
@o.ACCOUNT
@o.option("--non-interactive", help="Ask nothing; --yes must say that you are sure.")
@o.YES
@o.DRY_RUN
@o.OUTPUT
def remove(**options: Any) -> Outcome:
    from wizard.commands.remove import remove as run

    demand_yes_or_terminal(options)
    context = context_for(options, asks=not (options["yes"] or options["dry_run"]))
    return run(context, settings_from(options), typed_name("remove"))


@click.command(
    help=(
        "Generate CloudFormation, Terraform, a shell script, or policy JSON.\n\nFORMAT is "
        "cloudformation, terraform, cli (AWS CLI script), or policies (JSON for the console). "
        "Makes no AWS calls."
    )
)
@click.argument(
    "format_",
    metavar="FORMAT",
    type=click.Choice(["cloudformation", "terraform", "cli", "policies"]),
)
@o.ORG_ID
@o.NAMES
@o.PATHS
@o.DESCRIPTIONS
@o.POLICY
@o.TAGS
@o.BOUNDARY
@o.GENESYS
@o.REGION
@o.ACCOUNT
@o.option(
    "--out",
    type=click.Path(),
    metavar="PATH",
    help=("Output file (for policies: output directory)."),
)
@o.option("--force", help="Overwrite what exists.")
@o.option(
    "--format",
    "notation",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    help="Notation of the CloudFormation template.  [default: yaml]",
)
@o.option(
    "--template-url",
    value=o.Value(validators.template_url, "URL"),
    help="S3 URL of the uploaded template. Prints a CloudFormation quick-create link.",
)
@o.OUTPUT
def export(**options: Any) -> Outcome:
    from wizard.commands.export import Request
    from wizard.commands.export import export as run

    request = Request(
        format=options["format_"],
        out=options["out"],
        force=options["force"],
        notation=options["notation"],
        template_url=options["template_url"],
    )
    return run(context_for(options), settings_from(options), request)


@click.command(
    help=(
        "Print the IAM policy you need to run this tool.\n\nCOMMAND is setup, verify, remove, "
        "or service-roles. Default: setup, verify, and remove."
    )
)
@click.argument(
    "commands",
    metavar="[COMMAND]...",
    nargs=-1,
    type=click.Choice(["setup", "verify", "remove", "service-roles"]),
)
@o.NAMES
@o.PATHS
@o.POLICY
@o.BOUNDARY
@o.REGION
@o.ACCOUNT
@o.OUTPUT
def permissions(**options: Any) -> Outcome:
    from wizard.commands.export import permissions as run

    return run(context_for(options), settings_from(options), options["commands"])


@click.group(
    "service-roles",
    no_args_is_help=False,
    help=("List, describe, and delete Lex V2 service-linked roles."),
)
def service_roles() -> None:
    """Only its commands do something."""


ROLE = click.argument("name", type=o.Value(validators.role_name, "NAME"))
REACH = o.together(o.PROFILE, o.REGION, o.ACCOUNT, o.OUTPUT)


@service_roles.command("list", help="List service-linked roles and the bots that use them.")
@REACH
def list_(**options: Any) -> Outcome:
    from wizard.commands.service_roles import list_roles

    return list_roles(context_for(options))


@service_roles.command(
    help="Show a role's permissions, trust policy, and usage.",
)
@ROLE
@REACH
def describe(name: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import describe as run

    return run(context_for(options), name)


@service_roles.command("set-description", help="Change a role's description.")
@ROLE
@click.argument("text", type=o.Value(validators.description, "TEXT"))
@REACH
def set_description(name: str, text: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import set_description as run

    return run(context_for(options), name, text)


@service_roles.command(help="Delete an unused role.")
@ROLE
@o.option("--no-wait", help="Start the deletion without waiting for it to finish.")
@o.YES
@REACH
def delete(name: str, **options: Any) -> Outcome:
    from wizard.commands.service_roles import delete as run

    demand_yes_or_terminal(options)
    context, wait = context_for(options, asks=not options["yes"]), not options["no_wait"]
    return run(context, name, typed_name("delete"), wait=wait)
