"""What the commands share: from options to settings and context, and who may be asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from wizard import validators
from wizard.commands import Context, RunOptions, Signals
from wizard.errors import InvalidInput, WizardError
from wizard.ui.screen import Screen

# What a command needs is imported in its function: --help shall not wait for it.

if TYPE_CHECKING:
    from wizard.settings import Settings
    from wizard.ui.prompts import Prompts


@dataclass
class Started:
    """How far the command line has come: its signals, and the context once it could be parsed.

    `replaced` are parts of the context that a test brings.
    """

    replaced: dict[str, Any] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    context: Context | None = None


def context_for(options: dict[str, Any], *, asks: bool = False) -> Context:
    """The context of a command: standard error, its signals, and a trace when asked for.

    What a question is about is shown in any case.
    """
    current = click.get_current_context()
    started: Started = current.obj
    started.signals.install()
    sandbox, regions = options.get("sandbox", False), options.get("regions") or (None,)
    parts: dict[str, Any] = {
        "command": current.command_path.partition(" ")[2],
        "screen": Screen(sys.stderr, quiet=options["quiet"] and not asks, sandbox=sandbox),
        "signals": started.signals,
        "trace": _trace if options["debug"] else None,
        "options": RunOptions(
            profile=options.get("profile"),
            region=options.get("region") or regions[0],
            account_id=options.get("account_id"),
            yes=options.get("yes", False),
            dry_run=options.get("dry_run", False),
            rollback=not options.get("no_rollback", False),
            sandbox=sandbox,
            may_ask=at_terminal() and not options.get("non_interactive", False),
            retry_seconds=options.get("retry_seconds"),
        ),
    }
    started.context = Context(**{**parts, **started.replaced})
    return started.context


def _trace(text: str) -> None:
    sys.stderr.write(f"debug: {validators.visible(text)}\n")


def at_terminal() -> bool:
    """Whether somebody can answer."""
    return not not_a_terminal()


def not_a_terminal() -> str:
    """Which stream keeps a question from being answered: no keyboard, or nobody who sees it."""
    if sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
        return "standard input"
    return "" if sys.stderr.isatty() else "standard error"


def from_variable(name: str) -> bool:
    """Whether the value of an option comes from an environment variable."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.ENVIRONMENT


def prompts() -> Prompts:
    """The way to ask here: fancy at a terminal, in plain lines elsewhere."""
    from wizard.ui.prompts import Prompts
    from wizard.ui.screen import is_plain

    return Prompts(sys.stdin, sys.stderr, plain=is_plain(sys.stderr))


def name_was_typed(name: str, account_id: str) -> bool:
    """Ask for a role's name to be typed before it is deleted; true if it was."""
    asking = prompts()
    asking.forget_early_keys()
    question = f"To delete it from AWS account {account_id}, type the role name ({name})"
    return asking.text(question).strip() == name


def demand_yes_or_terminal(options: dict[str, Any]) -> None:
    """Nothing waits for an answer that can't come. Raises click's usage error."""
    if options["yes"] or options.get("dry_run"):
        return
    silent = options.get("non_interactive")
    if silent or not at_terminal():
        why = "--non-interactive turns prompts off"
        why = why if silent else f"{not_a_terminal()} is not a terminal"
        raise click.UsageError(
            f"Confirmation required, but {why}. To delete without a prompt, add --yes."
        )


def read_policy(path: str, *, any_policy: bool) -> Any:
    """Read and check a policy file; its parsed JSON. Raises Invalid."""
    from wizard.core import policy_file

    document = policy_file.read(path)
    policy_file.check(document, any_policy=any_policy)
    return document.tree


def settings_from(options: dict[str, Any]) -> Settings:
    """The settings that the options of a command amount to. Raises click's usage errors."""
    from wizard.settings import from_options

    typed_over_variable(options, "policy_file", "default_policy", "least_privilege")
    typed_over_variable(options, "bots", "bot_tag")
    try:
        settings = from_options(options, read_policy)
    except InvalidInput as error:
        raise usage(error) from None
    return replace(settings, boundary_by_variable=from_variable("permissions_boundary"))


def usage(error: WizardError) -> click.UsageError:
    """The same as a usage error of the command line, with its code for scripts."""
    told = click.UsageError(f"{error.message} {error.hint}".strip())
    told.code = error.code  # type: ignore[attr-defined]
    return told


def typed_over_variable(options: dict[str, Any], *names: str) -> None:
    """Of options that exclude each other, a typed one silences those from variables."""
    context = click.get_current_context()
    sources = {name: context.get_parameter_source(name) for name in names if options.get(name)}
    if ParameterSource.COMMANDLINE not in sources.values():
        return
    for name, source in sources.items():
        if source is ParameterSource.ENVIRONMENT:
            options[name] = None
