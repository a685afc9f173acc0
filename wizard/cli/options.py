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
        help="Name of the role.  [default: GenesysCloudLexV2Role]",
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
        help="Description of the role; an existing one is kept unless given.",
    ),
    option(
        "--policy-description",
        value=Value(validators.description, "TEXT"),
        help="Description of the policy; IAM can't change it later.",
    ),
)
BOUNDARY = option(
    "--permissions-boundary",
    value=Value(validators.policy_arn, "ARN"),
    help="A policy that limits what the role can ever be allowed; an existing one is kept.",
)
TAGS = option(
    "--tag",
    "tags",
    value=Value(validators.tag, "KEY=VALUE"),
    multiple=True,
    help="A tag for role and policy; repeatable.",
)
POLICY = together(
    option(
        "--policy-file",
        type=click.Path(),
        metavar="FILE",
        help="Your own policy document (JSON) instead of the template.",
    ),
    option("--default-policy", help="Go back to the template."),
    option(
        "--allow-any-policy",
        help="Take a --policy-file that allows more than reading bots and talking to them.",
    ),
    option(
        "--least-privilege/--no-least-privilege",
        default=None,
        help="Only the bots named with --bot or --bot-tag, instead of all bots.",
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
        help="The bots and aliases with this tag.",
    ),
)
GENESYS = together(
    option(
        "--genesys-account-id",
        value=Value(validators.account_id, "ID"),
        help=f"Genesys's AWS account; needs --fedramp.  [default: {validators.GENESYS_ACCOUNT}]",
    ),
    option("--fedramp", help="The organization is in Genesys's FedRAMP region."),
)
PROFILE = option(
    "--profile", value=Value(validators.profile, "NAME"), help="Profile of the AWS configuration."
)
REGION = option("--region", value=Value(validators.region, "REGION"), help="AWS region.")
ACCOUNT = option(
    "--account-id",
    value=Value(validators.account_id, "ID"),
    help="The AWS account that is meant; any other is refused.",
)
DRY_RUN = option("--dry-run", help="Show the plan and change nothing.")
YES = option("-y", "--yes", help="Do not ask for the final confirmation.")
OUTPUT = together(
    option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        help="What goes to standard output.  [default: text]",
    ),
    option("-q", "--quiet", help="Nothing on standard error but errors."),
    option("--debug", help="Show the AWS calls and tracebacks, never a secret."),
    option(
        "--retry-seconds",
        value=Value(validators.retry_seconds, "SECONDS"),
        hidden=True,
        help="The longest time to go on trying after a transient failure.",
    ),
)
