"""Commands that mend what a check found, ready to be pasted into a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wizard.errors import assert_never
from wizard.settings import ChosenBots, FromFile, FromTemplate, TaggedBots
from wizard.values import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.settings import PolicyChoice, Settings
    from wizard.values import Bot

PROGRAM = "genesys-lex-wizard"


def command(*words: str, profile: str | None = None) -> str:
    """A shell command of these words; what is odd in them is quoted or escaped."""
    extra = ("--profile", profile) if profile else ()
    return " ".join(shlex.quote(visible(word)) for word in (*words, *extra))


def setup_command(
    settings: Settings,
    *,
    subcommand: tuple[str, ...] = ("setup",),
    policy_file: str | None = None,
    profile: str | None = None,
) -> str:
    """The command that asks for these settings.

    `policy_file` is the path behind a FromFile; without one the word FILE stands for it.
    """
    words = [*_naming(settings), *_policy(settings.policy, policy_file or "FILE")]
    if settings.no_least_privilege:
        words.append("--no-least-privilege")
    if settings.adopt:
        words.append("--adopt")
    if settings.replace_org:
        words += ["--replace-org", settings.replace_org]
    return command(PROGRAM, *subcommand, *words, profile=profile)


def _naming(settings: Settings) -> Iterator[str]:
    options = {
        "--org-id": settings.org_id,
        "--role-name": settings.role_name,
        "--role-path": settings.role_path,
        "--role-description": settings.role_description,
        "--policy-name": settings.policy_name,
        "--policy-path": settings.policy_path,
        "--policy-description": settings.policy_description,
        "--permissions-boundary": settings.permissions_boundary,
        "--genesys-account-id": settings.genesys_account_id,
    }
    for option, value in options.items():
        if value is not None:
            yield from (option, value)
    if settings.fedramp:
        yield "--fedramp"
    for key, value in settings.tags:
        yield from ("--tag", f"{key}={value}")


def _policy(choice: PolicyChoice | None, policy_file: str) -> Iterator[str]:
    match choice:
        case None:
            return
        case FromTemplate():
            yield "--default-policy"
        case FromFile():
            yield from ("--policy-file", policy_file)
        case ChosenBots(bots):
            yield "--least-privilege"
            for bot in bots:
                yield from ("--bot", _bot(bot))
        case TaggedBots(key, value):
            yield from ("--least-privilege", "--bot-tag", f"{key}={value}")
        case _:
            assert_never(choice)


def _bot(bot: Bot) -> str:
    """A bot as the command line takes it: its ARN where region and account are known."""
    if bot.region is None or bot.account_id is None:
        return str(bot)
    where = f"arn:aws:lex:{bot.region}:{bot.account_id}"
    if bot.alias_id is None:
        return f"{where}:bot/{bot.bot_id}"
    return f"{where}:bot-alias/{bot.bot_id}/{bot.alias_id}"
