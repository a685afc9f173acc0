"""A bot as it was read (`…Read`) and as it was judged, down to alias and language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wizard.core.documents import Document

TEST_ALIAS = "TSTALIASID"  # the test alias has this ID in every bot
DRAFT = "DRAFT"


@dataclass(frozen=True)
class RegionRead:
    """One region that was looked at. `bots` is how many were found.

    `unread` says why the region could not be read. `disabled`: it is not enabled for this
    account, so it holds no bot that anybody could reach.
    """

    region: str
    bots: int = 0
    unread: str | None = None
    hint: str | None = None
    disabled: bool = False


@dataclass(frozen=True)
class HookRead:
    """A Lambda function that an alias calls. `policy` is the function's resource-based policy.

    `policy` None: the function has none, or does not exist. `unread`: it could not be read.
    """

    arn: str
    policy: Document | None = None
    unread: bool = False


@dataclass(frozen=True)
class LocaleRead:
    """A language of an alias: what the alias says of it, and what the alias's version holds.

    `status` is Lex's word, None where the version does not have the language.
    `only_fallback` is None where nobody looked.
    """

    locale_id: str
    enabled: bool
    status: str | None
    failures: tuple[str, ...] = ()
    only_fallback: bool | None = None
    hook: HookRead | None = None
    updated: datetime | None = None


@dataclass(frozen=True)
class AliasRead:
    """An alias. `unread` says why its languages are not known; `tags` is None if not asked for."""

    alias_id: str
    name: str
    status: str
    version: str | None
    locales: tuple[LocaleRead, ...] = ()
    policy: Document | None = None
    updated: datetime | None = None
    tags: Mapping[str, str] | None = None
    unread: str | None = None


@dataclass(frozen=True)
class BotRead:
    """A bot in a region. `unread` says why it can't be judged.

    `skipped` names the IAM actions of questions that only advise and were not answered.
    """

    region: str
    account_id: str
    bot_id: str
    name: str
    status: str | None = None
    kind: str | None = None  # Bot or BotNetwork
    failures: tuple[str, ...] = ()
    role_arn: str | None = None
    aliases: tuple[AliasRead, ...] = ()
    policy: Document | None = None
    updated: datetime | None = None
    tags: Mapping[str, str] | None = None
    unread: str | None = None
    skipped: frozenset[str] = frozenset()

    @property
    def arn(self) -> str:
        """The bot's ARN."""
        return f"arn:aws:lex:{self.region}:{self.account_id}:bot/{self.bot_id}"

    def alias_arn(self, alias_id: str) -> str:
        """The ARN of one of its aliases."""
        return f"arn:aws:lex:{self.region}:{self.account_id}:bot-alias/{self.bot_id}/{alias_id}"


@dataclass(frozen=True)
class Locale:
    """A language of an alias, judged. `reasons` say why it is not ready, `cautions` do not."""

    locale_id: str
    enabled: bool
    status: str | None
    ready: bool
    reasons: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alias:
    """An alias, judged. `ready` is None where it is not known; `in_scope` as in `Bot`."""

    alias_id: str
    name: str
    status: str
    version: str | None
    ready: bool | None
    reasons: tuple[str, ...] = ()
    locales: tuple[Locale, ...] = ()
    cautions: tuple[str, ...] = ()
    in_scope: bool | None = None


@dataclass(frozen=True)
class Bot:
    """A bot, judged. `ready` is None where it is not known.

    `blocked` are those of the reasons that are the bot's own, whichever alias is used.
    `in_scope` tells whether the role's least-privilege policy reaches it; None: no such policy,
    or not known. `skipped` as in `BotRead`.
    """

    region: str
    bot_id: str
    name: str
    status: str | None
    ready: bool | None
    reasons: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    cautions: tuple[str, ...] = ()
    in_scope: bool | None = None
    skipped: frozenset[str] = frozenset()


def all_cautions(bot: Bot, alias: Alias | None = None) -> tuple[str, ...]:
    """The cautions of the bot, its aliases (or this one) and their languages, each once."""
    aliases = bot.aliases if alias is None else (alias,)
    every = [
        *bot.cautions,
        *(each for one in aliases for each in one.cautions),
        *(each for one in aliases for locale in one.locales for each in locale.cautions),
    ]
    return tuple(dict.fromkeys(every))


def bot_json(bot: Bot) -> dict[str, Any]:
    """The bot as `verify --output json` shows it. `ready` is null where it is not known."""
    return {
        "region": bot.region,
        "bot_id": bot.bot_id,
        "name": bot.name,
        "status": bot.status,
        "ready": bot.ready,
        "reasons": list(bot.reasons),
        "cautions": list(bot.cautions),
        "aliases": [_alias_json(alias) for alias in bot.aliases],
    }


def _alias_json(alias: Alias) -> dict[str, Any]:
    return {
        "alias_id": alias.alias_id,
        "name": alias.name,
        "status": alias.status,
        "version": alias.version,
        "ready": alias.ready,
        "reasons": list(alias.reasons),
        "cautions": list(alias.cautions),
        "locales": [
            {
                "locale_id": locale.locale_id,
                "enabled": locale.enabled,
                "status": locale.status,
                "ready": locale.ready,
                "reasons": list(locale.reasons),
                "cautions": list(locale.cautions),
            }
            for locale in alias.locales
        ],
    }
