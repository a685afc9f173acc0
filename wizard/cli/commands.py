"""One click command per command of the program: options in, an outcome out."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from wizard import values
from wizard.cli import options as o
from wizard.commands.signals import Signals
from wizard.errors import Unusable, WizardError

# What a command needs is imported in its function: --help shall not wait for it.

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from wizard.aws.connection import Connection
    from wizard.commands.run import Outcome, Stage
    from wizard.documents import Document
    from wizard.prompts.questions import Desk
    from wizard.settings import PolicyChoice, Settings

SIGNALS = Signals()


def add_to(program: click.Group) -> None:
    """Give the program its commands."""
    for command in (setup,):
        program.add_command(command)


def stage_for(*, quiet: bool, debug: bool, sandbox: bool = False) -> Stage:
    """The stage of this process: standard error, its signals, and a trace when asked for."""
    from wizard.commands.run import Stage
    from wizard.report.screen import Screen

    SIGNALS.install()
    screen = Screen(sys.stderr, quiet=quiet, sandbox=sandbox)
    return Stage(screen, SIGNALS, _trace if debug else None)


def _trace(text: str) -> None:
    from wizard.values import visible

    sys.stderr.write(f"debug: {visible(text)}\n")


def at_terminal() -> bool:
    """Whether somebody can answer: standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


@click.command()
@o.ORG_ID
@o.NAMES
@o.PATHS
@o.DESCRIPTIONS
@o.POLICY
@o.TAGS
@o.BOUNDARY
@o.GENESYS
@o.option("--adopt", help="Take over a role or policy of that name that was made otherwise.")
@o.option(
    "--replace-org",
    value=o.Value(values.org_id, "OLD-UUID"),
    help="The role serves that other organization now, and it may lose its access.",
)
@o.PROFILE
@o.REGION
@o.ACCOUNT
@o.option("--non-interactive", help="Ask nothing; what is missing is an error.")
@o.YES
@o.DRY_RUN
@o.option("--no-rollback", help="After a failure leave what was done.")
@o.option("--sandbox", help="Use a simulated AWS account: no network, nothing real.")
@o.OUTPUT
def setup(**options: Any) -> Outcome:
    """Make the role that Genesys Cloud uses, or bring it up to date; print its ARN."""
    from wizard.commands.run import How
    from wizard.commands.setup import setup as run

    stage = stage_for(quiet=options["quiet"], debug=options["debug"], sandbox=options["sandbox"])
    settings = settings_from(options)
    may_ask = not options["non_interactive"]
    open_question = not settings.org_id or not (options["yes"] or options["dry_run"])
    if may_ask and open_question and not at_terminal():
        raise click.UsageError(
            "There are questions to ask, but standard input is not a terminal. "
            "Use --non-interactive" + ("" if settings.org_id else " and give --org-id") + "."
        )
    asks = may_ask and at_terminal() and (not settings.org_id or not options["yes"])
    how = How(
        profile=options["profile"],
        region=options["region"],
        account_id=options["account_id"],
        interactive=asks,
        yes=options["yes"],
        dry_run=options["dry_run"],
        rollback=not options["no_rollback"],
        sandbox=options["sandbox"],
        retry_seconds=options["retry_seconds"],
    )
    given = frozenset(name for name in ("role_name", "policy_name") if options[name] is not None)
    any_policy = options["allow_any_policy"]
    with _world(sandbox=options["sandbox"]):
        return run(settings, given, how, stage, _desk_maker(stage, any_policy=any_policy))


def _world(*, sandbox: bool) -> AbstractContextManager[None]:
    if not sandbox:
        return nullcontext()
    from wizard.sandbox import simulated_account

    return simulated_account()


def _desk_maker(stage: Stage, *, any_policy: bool) -> Callable[..., Desk]:
    """Builds the desk of an interactive run, in fancy or plain lines."""

    def make(connection: Callable[[], Connection]) -> Desk:
        from wizard.prompts.asking import FancyPrompts, PlainPrompts, Prompts
        from wizard.prompts.questions import Desk
        from wizard.report.screen import is_plain

        prompts: Prompts = FancyPrompts(sys.stderr)
        if is_plain(sys.stderr) or os.environ.get("TERM") is None:
            prompts = PlainPrompts(sys.stdin, sys.stderr)

        def read(path: str) -> Document:
            return read_policy(path, any_policy=any_policy)

        return Desk(prompts, stage.screen, read, lambda: bots_to_choose(connection()))

    return make


def bots_to_choose(connection: Connection) -> list[Any]:
    """Bots and aliases of the region, for a list to choose from."""
    del connection
    return []


def read_policy(path: str, *, any_policy: bool) -> Document:
    """Read and check a policy file. Raises Invalid."""
    from wizard import policy_file
    from wizard.aws.account import lex_operations

    document = policy_file.read(path)
    policy_file.check(document, lex_operations(), any_policy=any_policy)
    return document


def settings_from(options: dict[str, Any]) -> Settings:
    """The settings that the options of a command amount to. Raises click's usage errors."""
    from wizard.settings import DEFAULT_ROLE_NAME, Settings

    try:
        tags = values.tags(options.get("tags", ()))
    except values.Invalid as error:
        raise click.UsageError(f"Invalid value for '--tag': {error}.") from None
    try:
        return Settings(
            org_id=options.get("org_id") or "",
            role_name=options.get("role_name") or DEFAULT_ROLE_NAME,
            role_path=options.get("role_path"),
            role_description=options.get("role_description"),
            policy_name=options.get("policy_name"),
            policy_path=options.get("policy_path"),
            policy_description=options.get("policy_description"),
            policy=_policy_choice(options),
            no_least_privilege=options.get("least_privilege") is False,
            tags=tags,
            permissions_boundary=options.get("permissions_boundary"),
            genesys_account_id=options.get("genesys_account_id"),
            fedramp=options.get("fedramp", False),
            adopt=options.get("adopt", False),
            replace_org=options.get("replace_org"),
        )
    except Unusable as error:
        raise usage(error) from None


def usage(error: WizardError) -> click.UsageError:
    """The same as a usage error of the command line."""
    return click.UsageError(f"{error.message} {error.hint}".strip())


def _policy_choice(options: dict[str, Any]) -> PolicyChoice | None:
    from wizard.settings import ChosenBots, FromFile, FromTemplate, TaggedBots

    path, default = options.get("policy_file"), options.get("default_policy")
    bots, bot_tag = options.get("bots", ()), options.get("bot_tag")
    least = options.get("least_privilege")
    named = [
        name
        for name, given in (
            ("--policy-file", path is not None),
            ("--default-policy", default),
            ("--least-privilege", least),
        )
        if given
    ]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} exclude each other; give one of them.")
    if not least and (bots or bot_tag):
        option = "--bot" if bots else "--bot-tag"
        raise click.UsageError(f"{option} needs --least-privilege beside it.")
    if least and bool(bots) == bool(bot_tag):
        raise click.UsageError(
            "--least-privilege needs either --bot (repeatable) or --bot-tag: "
            "which bots may Genesys Cloud use?"
        )
    if path is not None:
        any_policy = bool(options.get("allow_any_policy"))
        try:
            document = read_policy(path, any_policy=any_policy)
        except values.Invalid as error:
            raise click.UsageError(f"Invalid value for '--policy-file': {error}.") from None
        return FromFile(document, path, any_policy)
    if options.get("allow_any_policy"):
        raise click.UsageError("--allow-any-policy is about a --policy-file; none is given.")
    if least:
        return TaggedBots(*bot_tag) if bot_tag else ChosenBots(tuple(bots))
    return FromTemplate() if default else None
