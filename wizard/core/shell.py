"""Commands for people to paste into a shell: the run again, the check, what mends or cleans up."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wizard.errors import assert_never
from wizard.settings import DEFAULT_ROLE_NAME, ChosenBots, FromFile, FromTemplate, TaggedBots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.settings import PolicyChoice, Settings

PROGRAM = "genesys-lex-wizard"


def command(*words: str, profile: str | None = None, region: str | None = None) -> str:
    """A shell command of these words, each quoted so that a shell reads it as it was."""
    extra = [f"--profile={profile}"] if profile and profile != "default" else []
    if region:
        extra.append(f"--region={region}")
    return " ".join(_quoted(word) for word in (*words, *extra))


def _quoted(word: str) -> str:
    """Printable, whatever is in the word: a line break becomes a printf that makes one."""
    if word.isprintable():
        return shlex.quote(word)
    return f"\"$(printf %b '{''.join(map(_escaped, word))}')\""


def _escaped(character: str) -> str:
    if character.isprintable() and character not in "\\'":
        return character
    odd = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\0{byte:03o}" for byte in character.encode("utf-8", odd))


def setup_command(
    settings: Settings,
    *extra: str,
    subcommand: tuple[str, ...] = ("setup",),
    profile: str | None = None,
    region: str | None = None,
) -> str:
    """The command that asks for these settings; `extra` are further options."""
    words = [*_naming(settings), *_further(settings), *_policy(settings.policy), *extra]
    if settings.no_least_privilege:
        words.append("--no-least-privilege")
    if settings.adopt:
        words.append("--adopt")
    if settings.replace_org:
        words += ["--replace-org", settings.replace_org]
    return command(PROGRAM, *subcommand, *words, profile=profile, region=region)


def named_command(subcommand: str, settings: Settings, *extra: str, profile: str | None) -> str:
    """`verify` or `remove` for the role of these settings."""
    return command(PROGRAM, subcommand, *_naming(settings), *extra, profile=profile)


def _naming(settings: Settings) -> Iterator[str]:
    if settings.org_id:
        yield from ("--org-id", settings.org_id)
    if settings.role_name != DEFAULT_ROLE_NAME:
        yield from ("--role-name", settings.role_name)
    if settings.policy_name is not None:
        yield from ("--policy-name", settings.policy_name)


def _further(settings: Settings) -> Iterator[str]:
    # Free text goes behind a "=": it may begin with a hyphen.
    options = {
        "--role-path": settings.role_path,
        "--role-description": settings.role_description,
        "--policy-path": settings.policy_path,
        "--policy-description": settings.policy_description,
        "--permissions-boundary": settings.permissions_boundary,
        "--genesys-account-id": settings.genesys_account_id,
    }
    yield from (f"{option}={value}" for option, value in options.items() if value is not None)
    if settings.fedramp:
        yield "--fedramp"
    yield from (f"--tag={key}={value}" for key, value in settings.tags)


def _policy(choice: PolicyChoice | None) -> Iterator[str]:
    match choice:
        case None:
            return
        case FromTemplate():
            yield "--default-policy"
        case FromFile(_, path, any_policy):
            yield f"--policy-file={path or 'FILE'}"
            if any_policy:
                yield "--allow-any-policy"
        case ChosenBots(bots):
            yield "--least-privilege"
            for bot in bots:
                # By ARN where region and account are known: it needs no --region.
                known = bot.region is not None and bot.account_id is not None
                yield from ("--bot", bot.arn if known else str(bot))
        case TaggedBots(key, value):
            yield from ("--least-privilege", f"--bot-tag={key}={value}")
        case _:
            assert_never(choice)
