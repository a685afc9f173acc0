"""Commands for people to paste into a shell: the run again, the check, what repairs or removes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.errors import assert_never
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings, TaggedBots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.settings import PolicyChoice

PROGRAM = "genesys-lex-wizard"
# The fields of Settings whose option is called like them, in the order of a printed command.
NAMES = ("org_id", "role_name", "policy_name")
TEXTS = ("role_path", "role_description", "policy_path", "policy_description")
LIMITS = ("permissions_boundary", "genesys_account_id")


def command(*words: str, profile: str | None = None, region: str | None = None) -> str:
    """A command of these words, each quoted so that sh, bash, zsh and fish read it as it was.

    Every command that the program prints comes from here.
    """
    extra = [f"--profile={profile}"] if profile and profile != "default" else []
    if region:
        extra.append(f"--region={region}")
    return " ".join(map(_quoted, (*words, *extra)))


def _quoted(word: str) -> str:
    """Plain quotes, or where shells differ in them a printf that makes the word.

    In quotes a backslash is fish's to interpret, a first `=` is zsh's, a first `%` is fish's.
    What printf makes loses its last line breaks, so these follow in quotes of their own.
    """
    if word.isprintable() and not set("'\\") & set(word):
        return f"'{word}'" if word.startswith(("=", "%")) else shlex.quote(word)
    text = word.rstrip("\n")
    made = f"\"$(printf %b '{''.join(map(_escaped, text))}')\"" if text else ""
    breaks = word[len(text) :]
    return made + (f"'{breaks}'" if breaks else "")


def _escaped(character: str) -> str:
    if character.isprintable() and character not in "\\'":
        return character
    odd = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\0{byte:03o}" for byte in character.encode("utf-8", odd))


@dataclass(frozen=True)
class Place:
    """Where a printed command works: pasted in another account it ends without a change."""

    profile: str | None = None
    account_id: str | None = None
    region: str | None = None


ANYWHERE = Place()


def setup_command(
    settings: Settings,
    *extra: str,
    place: Place = ANYWHERE,
    subcommand: tuple[str, ...] = ("setup",),
) -> str:
    """The command that asks for these settings; `extra` are further options."""
    words = [*_names(settings), *_texts(settings), *_policy(settings.policy), *extra]
    flags = ("no_least_privilege", "adopt")
    words += [_option(field) for field in flags if getattr(settings, field)]
    if settings.replace_org:
        words += ["--replace-org", settings.replace_org]
    return _ours(*subcommand, *words, place=place)


def verify_command(settings: Settings, place: Place) -> str:
    """`verify` for the setup of these settings: what was chosen for the policy is confirmed."""
    words = (*_names(settings), *_policy(settings.policy))
    return _ours("verify", *words, place=place)


def named_command(subcommand: str, settings: Settings, *extra: str, place: Place = ANYWHERE) -> str:
    """A command that needs no more than the names, such as `remove`."""
    return _ours(subcommand, *_names(settings), *extra, place=replace(place, region=None))


def _ours(*words: str, place: Place) -> str:
    account = ["--account-id", place.account_id] if place.account_id else []
    return command(PROGRAM, *words, *account, profile=place.profile, region=place.region)


def detach_command(role_name: str, arn: str, profile: str | None) -> str:
    """The AWS CLI command that detaches a policy from a role."""
    words = ("aws", "iam", "detach-role-policy", "--role-name", role_name, "--policy-arn", arn)
    return command(*words, profile=profile)


def delete_inline_command(role_name: str, name: str, profile: str | None) -> str:
    """The AWS CLI command that deletes an inline policy of a role."""
    words = ("aws", "iam", "delete-role-policy", "--role-name", role_name, "--policy-name", name)
    return command(*words, profile=profile)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _names(settings: Settings) -> Iterator[str]:
    for field in NAMES:
        if (value := getattr(settings, field)) != getattr(Settings, field):  # the default
            yield from (_option(field), value)


def _texts(settings: Settings) -> Iterator[str]:
    # Free text goes behind a "=": it may begin with a hyphen.
    for field in (*TEXTS, *LIMITS):
        if (value := getattr(settings, field)) is not None:
            yield f"{_option(field)}={value}"
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
                yield from ("--bot", bot.arn if bot.region and bot.account_id else str(bot))
        case TaggedBots(key, value):
            yield from ("--least-privilege", f"--bot-tag={key}={value}")
        case _:
            assert_never(choice)
