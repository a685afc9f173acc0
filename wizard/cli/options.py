"""The options, each defined once, with the one validator of its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wizard import validators
from wizard.validators import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# Generic since click 8.4 or so, and only for a type checker.
if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType

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


class Value(_ParamType):
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


def option(
    *names: str,
    value: Value | None = None,
    help: str,
    **more: Any,
) -> Decorator:
    """An option, with its environment variable where it may have one."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    if long not in LOWERS_A_GUARD and not more.get("multiple"):
        more.setdefault("envvar", PREFIX + long.removeprefix("--").replace("-", "_").upper())
    if value is not None:
        more["type"] = value
    elif "type" not in more:
        more.setdefault("is_flag", True)
    return click.option(*names, help=help, **more)


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order of the help."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(options):
            function = each(function)
        return function

    return decorate


ORG_ID = option(
    "--org-id",
    value=Value(validators.org_id, "UUID"),
    help="Genesys Cloud organization ID; asked for at a terminal.",
)
NAMES = together(
    option(
        "--role-name",
        value=Value(validators.role_name, "NAME"),
        help="IAM role name.  [default: GenesysCloudLexV2Role]",
    ),
    option(
        "--policy-name",
        value=Value(validators.policy_name, "NAME"),
        help="Name of the customer managed policy.  [default: GenesysCloudLexV2Policy]",
    ),
)
PATHS = together(
    option(
        "--role-path",
        value=Value(validators.role_path, "PATH"),
        help="Path of the role.  [default: /]",
    ),
    option(
        "--policy-path",
        value=Value(validators.policy_path, "PATH"),
        help="Path of the policy.  [default: /]",
    ),
)
DESCRIPTIONS = together(
    option(
        "--role-description",
        value=Value(validators.description, "TEXT"),
        help="Role description. Existing roles keep theirs unless you set this.",
    ),
    option(
        "--policy-description",
        value=Value(validators.description, "TEXT"),
        help="Policy description. IAM doesn't let you change it after the policy is created.",
    ),
)
BOUNDARY = option(
    "--permissions-boundary",
    value=Value(validators.policy_arn, "ARN"),
    help="ARN of a permissions boundary for the role. An existing boundary is kept.",
)
TAGS = option(
    "--tag",
    "tags",
    value=Value(validators.tag, "KEY=VALUE"),
    multiple=True,
    help="Tag to add to the role and policy (repeatable).",
)
POLICY = together(
    option(
        "--policy-file",
        type=click.Path(),
        metavar="FILE",
        help="Use this JSON policy document instead of the built-in one.",
    ),
    option("--default-policy", help="Switch back to the built-in policy document."),
    option(
        "--allow-any-policy",
        help="Accept a --policy-file that grants more than reading and running bots.",
    ),
    option(
        "--least-privilege/--no-least-privilege",
        default=None,
        help=(
            "Limit the role to the bots in --bot or --bot-tag. Default: all bots in the account."
        ),
    ),
    option(
        "--bot",
        "bots",
        value=Value(validators.bot, "BOT[:ALIAS]"),
        multiple=True,
        help="A Lex V2 bot or alias, by IDs or ARN; repeatable.",
    ),
    option(
        "--bot-tag",
        value=Value(validators.bot_tag, "KEY=VALUE"),
        help="Allow only bots and aliases that have this tag.",
    ),
)
GENESYS = together(
    option(
        "--genesys-account-id",
        value=Value(validators.account_id, "ID"),
        help=(
            "Genesys Cloud's AWS account ID. Change only with --fedramp.  [default: "
            f"{validators.GENESYS_ACCOUNT}]"
        ),
    ),
    option("--fedramp", help="Your organization is in the Genesys Cloud FedRAMP region."),
)
PROFILE = option("--profile", value=Value(validators.profile, "NAME"), help="AWS profile to use.")
REGION = option("--region", value=Value(validators.region, "REGION"), help="AWS Region.")
ACCOUNT = option(
    "--account-id",
    value=Value(validators.account_id, "ID"),
    help="The AWS account that is meant; any other is refused.",
)
DRY_RUN = option("--dry-run", help="Show the plan without making changes.")
YES = option("-y", "--yes", help="Skip the confirmation prompt.")
OUTPUT = together(
    option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        help="Output format.  [default: text]",
    ),
    option("-q", "--quiet", help="Print only errors to standard error."),
    option("--debug", help="Log AWS API calls and tracebacks. Credentials are never logged."),
    option(
        "--retry-seconds",
        value=Value(validators.retry_seconds, "SECONDS"),
        hidden=True,
        help="The longest time to go on trying after a transient failure.",
    ),
)
