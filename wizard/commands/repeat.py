"""Commands for people to copy: the one that repeats a run, continues it, or cleans up."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wizard.settings import (
    DEFAULT_ROLE_NAME,
    ChosenBots,
    FromFile,
    FromTemplate,
    Settings,
    TaggedBots,
)

if TYPE_CHECKING:
    from wizard.commands.run import How

PROGRAM = "genesys-lex-wizard"


def setup_command(settings: Settings, how: How, *, non_interactive: bool = True) -> str:
    """The command line that asks for the same set-up again."""
    words = [PROGRAM, "setup"]
    if non_interactive:
        words.append("--non-interactive")
    words += _named(settings, how)
    for option, value in (
        ("--role-path", settings.role_path),
        ("--role-description", settings.role_description),
        ("--policy-path", settings.policy_path),
        ("--policy-description", settings.policy_description),
        ("--permissions-boundary", settings.permissions_boundary),
        ("--genesys-account-id", settings.genesys_account_id),
        ("--replace-org", settings.replace_org),
    ):
        if value is not None:
            words.append(f"{option}={value}")
    words += [f"--tag={key}={value}" for key, value in settings.tags]
    for flag, on in (("--fedramp", settings.fedramp), ("--adopt", settings.adopt)):
        if on:
            words.append(flag)
    if settings.no_least_privilege:
        words.append("--no-least-privilege")
    words += _policy_words(settings, how)
    if how.sandbox:
        words.append("--sandbox")
    return shlex.join(words)


def remove_command(settings: Settings, how: How) -> str:
    """The command line that takes the set-up away."""
    return shlex.join([PROGRAM, "remove", *_named(settings, how)])


def verify_command(settings: Settings, how: How) -> str:
    """The command line that checks the set-up."""
    return shlex.join([PROGRAM, "verify", *_named(settings, how)])


def _named(settings: Settings, how: How) -> list[str]:
    words = ["--org-id", settings.org_id] if settings.org_id else []
    if settings.role_name != DEFAULT_ROLE_NAME:
        words += ["--role-name", settings.role_name]
    if settings.policy_name is not None:
        words += ["--policy-name", settings.policy_name]
    for option, value in (("--profile", how.profile), ("--region", how.region)):
        if value is not None:
            words += [option, value]
    return words


def _policy_words(settings: Settings, how: How) -> list[str]:
    match settings.policy:
        case None:
            return []
        case FromTemplate():
            return ["--default-policy"]
        case FromFile(_, path, any_policy):
            insist = ["--allow-any-policy"] if any_policy else []
            return [f"--policy-file={path}", *insist]
        case ChosenBots(bots):
            here = [bot.region in {None, how.region} for bot in bots]
            named = [str(bot) if near else bot.arn for bot, near in zip(bots, here, strict=True)]
            return ["--least-privilege", *(word for name in named for word in ("--bot", name))]
        case TaggedBots(key, value):
            return ["--least-privilege", f"--bot-tag={key}={value}"]
