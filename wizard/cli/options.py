"""Every option, defined once: its place in the help, its names, the validator of its value."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import click

from wizard import validators
from wizard.validators import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "GENESYS_LEX_"
# What lowers a guard must be typed where it is meant: no environment variable sets it.
LOWERS_A_GUARD = {
    "--yes",
    "--adopt",
    "--replace-org",
    "--allow-any-policy",
    "--genesys-account-id",
    "--fedramp",
    "--force",
    "--allow-policy",
    "--no-rollback",
    "--default-policy",
    "--least-privilege",  # its opposite opens every bot again
    "--no-wait",
}


class Value(click.ParamType[Any, Any]):
    """A value with one of our validators."""

    def __init__(self, validator: Callable[[str], Any], metavar: str) -> None:
        self.name = metavar
        self._validator = validator

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the validated value; a usage error says what was wrong and what is right."""
        if not isinstance(value, str):
            return value
        try:
            return self._validator(value)
        except Invalid as error:
            self.fail(f"{error}.{_origin(param, ctx)}", param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """How the value is called in the help."""
        del param, ctx
        return self.name


def _origin(param: click.Parameter | None, ctx: click.Context | None) -> str:
    """Where a value came from, if not from the command line."""
    if param is None or ctx is None or param.name is None:
        return ""
    if ctx.get_parameter_source(param.name) is not click.core.ParameterSource.ENVIRONMENT:
        return ""
    return f" It comes from the environment variable {param.envvar}."


class Option(click.Option):
    """An option, with its group in the help, and its variable where it may have one.

    `names` are the names on the command line and, where it differs, the one in Python. Without a
    `type_` it is a flag.
    """

    def __init__(
        self, group: str, names: str, type_: click.ParamType[Any] | None, help: str, **more: Any
    ) -> None:
        declared = names.split()
        long = next(name for name in declared if name.startswith("--")).split("/")[0]
        if long not in LOWERS_A_GUARD and not more.get("multiple"):
            more.setdefault("envvar", PREFIX + long.removeprefix("--").replace("-", "_").upper())
        if type_ is None:
            more["is_flag"] = True
        super().__init__(declared, help=help, type=type_, **more)
        self.group = group


GROUPS = ROLE, AWS, RUN, OUTPUT, MORE = (
    "Role and policy", "AWS account", "How to run", "Output", "Advanced"
)  # fmt: skip
_V = validators
_ID, _UUID = Value(_V.account_id, "ID"), Value(_V.org_id, "UUID")
_ARN, _TEXT = Value(_V.policy_arn, "ARN"), Value(_V.description, "TEXT")
_REGION, _MANY = Value(_V.region, "REGION"), {"multiple": True}

_TABLE = (
    Option(ROLE, "--org-id", _UUID, "Genesys Cloud organization ID. Prompts if omitted."),
    Option(ROLE, "--role-name", Value(_V.role_name, "NAME"),
           "IAM role name.  [default: GenesysCloudLexV2Role]"),
    Option(ROLE, "--policy-name", Value(_V.policy_name, "NAME"),
           "Name of the customer managed policy.  [default: GenesysCloudLexV2Policy]"),
    Option(ROLE, "--tag tags", Value(_V.tag, "KEY=VALUE"),
           "Tag to add to the role and policy (repeatable).", **_MANY),
    Option(ROLE, "--least-privilege/--no-least-privilege", None,
           "Limit the role to the bots in --bot or --bot-tag. Default: all bots in the account.",
           default=None),
    Option(ROLE, "--bot bots", Value(_V.bot, "BOT[:ALIAS]"),
           "Bot ID, BOT_ID:ALIAS_ID, or ARN to allow (repeatable).", **_MANY),
    Option(ROLE, "--bot-tag", Value(_V.bot_tag, "KEY=VALUE"),
           "Allow only bots and aliases that have this tag."),
    Option(AWS, "--profile", Value(_V.profile, "NAME"), "AWS profile to use."),
    Option(AWS, "--region", _REGION, "AWS Region."),
    Option(AWS, "--region regions", _REGION, "Region to check for bots (repeatable).",
           envvar=PREFIX + "REGION", **_MANY),
    Option(AWS, "--all-regions", None, "Look for bots in every Region that has Lex V2."),
    Option(AWS, "--account-id", _ID, "Stop unless the credentials belong to this AWS account."),
    Option(RUN, "--dry-run", None, "Show the plan without making changes."),
    Option(RUN, "-y --yes", None, "Skip the confirmation prompt."),
    Option(RUN, "--non-interactive", None, "Apply without prompts. Fail if an option is missing."),
    Option(RUN, "--sandbox", None, "Use a simulated AWS account. Nothing real is read or changed."),
    Option(RUN, "--no-rollback", None, "Don't undo changes if a step fails."),
    Option(RUN, "--no-wait", None, "Start the deletion without waiting for it to finish."),
    Option(RUN, "--since", Value(_V.duration, "DURATION"),
           "How far to look back: 90m, 24h, 7d; at most 90d.  [default: 24h]", default="24h"),
    Option(RUN, "--follow", None, "Keep checking until Genesys Cloud uses the role or is denied."),
    Option(RUN, "--for follow_for", Value(_V.duration, "DURATION"),
           "With --follow: how long to keep looking.  [default: 30m]"),
    Option(OUTPUT, "--out", click.Path(), "Output file (for policies: output directory).",
           metavar="PATH"),
    Option(OUTPUT, "--force", None, "Overwrite existing files."),
    Option(OUTPUT, "--format notation", click.Choice(["yaml", "json"]),
           "Notation of the CloudFormation template.  [default: yaml]", default="yaml"),
    Option(OUTPUT, "--ou units", Value(_V.organizational_unit, "ID"),
           "stackset: organizational unit to deploy to (repeatable).", **_MANY),
    Option(OUTPUT, "--account accounts", _ID,
           "stackset: only this account (repeatable).", **_MANY),
    Option(OUTPUT, "--auto-deploy", None, "stackset: deploy to accounts that join later, too."),
    Option(OUTPUT, "--delegated-admin", None,
           "stackset: you deploy from a delegated administrator account."),
    Option(OUTPUT, "--self-managed", None, "stackset: deploy without AWS Organizations."),
    Option(OUTPUT, "--template-url", Value(_V.template_url, "URL"),
           "S3 URL of the uploaded template. Prints a CloudFormation quick-create link."),
    Option(OUTPUT, "--output", click.Choice(["text", "json"]),
           "Output format.  [default: text]", default="text"),
    Option(OUTPUT, "--verbose", None, "List the checks that passed, too."),
    Option(OUTPUT, "-q --quiet", None, "Print only errors to standard error."),
    Option(OUTPUT, "--debug", None,
           "Log AWS API calls and tracebacks. Credentials are never logged."),
    Option(MORE, "--policy-file", click.Path(),
           "Use this JSON policy document instead of the built-in one.", metavar="FILE"),
    Option(MORE, "--default-policy", None, "Switch back to the built-in policy document."),
    Option(MORE, "--allow-any-policy", None,
           "Accept a --policy-file that grants more than reading and running bots."),
    Option(MORE, "--allow-policy allow_policies", _ARN,
           "Accept this extra attached policy (repeatable).", **_MANY),
    Option(MORE, "--permissions-boundary", _ARN,
           "ARN of a permissions boundary for the role. An existing boundary is kept."),
    Option(MORE, "--role-description", _TEXT,
           "Role description. Existing roles keep theirs unless you set this."),
    Option(MORE, "--policy-description", _TEXT,
           "Policy description. IAM doesn't let you change it after the policy is created."),
    Option(MORE, "--role-path", Value(_V.role_path, "PATH"), "Path of the role.  [default: /]"),
    Option(MORE, "--policy-path", Value(_V.policy_path, "PATH"),
           "Path of the policy.  [default: /]"),
    Option(MORE, "--adopt", None,
           "Manage an existing role or policy that this tool didn't create."),
    Option(MORE, "--replace-org", Value(_V.org_id, "OLD-UUID"),
           "Replace this organization with --org-id. It loses access."),
    Option(MORE, "--fedramp", None, "Your organization is in the Genesys Cloud FedRAMP region."),
    Option(MORE, "--genesys-account-id", _ID,
           "Genesys Cloud's AWS account ID. Change only with --fedramp.  [default: "
           f"{_V.GENESYS_ACCOUNT}]"),
    Option(MORE, "--retry-seconds", Value(_V.retry_seconds, "SECONDS"),
           "Maximum time to keep retrying after a transient failure.", hidden=True),
)  # fmt: skip
OPTIONS = {option.name: option for option in _TABLE}


class Command(click.Command):
    """A command whose help has its options in groups, and examples at the end.

    `examples` are command lines by what they are for.
    """

    def __init__(self, *args: Any, examples: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = examples or {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group, in the order of their use."""
        for group in GROUPS:
            options = [param for param in self.get_params(ctx) if _group(param) == group]
            if rows := [row for option in options if (row := option.get_help_record(ctx))]:
                with formatter.section(group):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each command on a line of its own."""
        del ctx
        if self.examples:
            with formatter.section("Examples"):
                for purpose, line in self.examples.items():
                    formatter.write(f"  {purpose}:\n    {line}\n")


def _group(param: click.Parameter) -> str | None:
    """The group of an option; click's own --help goes with the output."""
    if isinstance(param, click.Argument):
        return None
    return param.group if isinstance(param, Option) else OUTPUT


def command(
    name: str,
    help: str,
    options: str,
    examples: Mapping[str, str],
    *,
    arguments: tuple[click.Argument, ...] = (),
    **said: str,
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command with the options of these names.

    `said` is the help of an option where this command means something of its own by it.
    """
    params: list[click.Parameter] = [*arguments]
    for option in sorted((OPTIONS[word] for word in options.split()), key=_TABLE.index):
        mine = copy.copy(option)
        mine.help = said.get(str(option.name), option.help)
        params.append(mine)

    def made(function: Callable[..., Any]) -> Command:
        return Command(name, callback=function, help=help, params=params, examples=examples)

    return made
