"""Bots, aliases and languages of Lex V2, as they were read and as they were judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wizard.core.documents import Document
    from wizard.core.state import Reason

TEST_ALIAS = "TSTALIASID"  # the test alias has this ID in every bot
DRAFT = "DRAFT"


@dataclass(frozen=True)
class Region:
    """A region in which bots were looked for. `bots` is how many were found.

    `unread` says why the region could not be read. `disabled`: it is not enabled for this
    account, so it holds no bot that anybody could reach.
    """

    region: str
    bots: int = 0
    unread: str | None = None
    hint: str | None = None
    disabled: bool = False


@dataclass(frozen=True)
class Hook:
    """A Lambda function that an alias calls. `policy` is the function's resource-based policy.

    `policy` None: the function has none, or does not exist. `unread`: it could not be read.
    """

    arn: str
    policy: Document | None = None
    unread: bool = False


@dataclass(frozen=True)
class Locale:
    """A language of an alias: what the alias says of it, and what the alias's version holds.

    `status` is Lex's word, None where the version does not have the language.
    `only_fallback` is None where it was not asked for. The judge adds `ready`, `reasons` (why
    it is not ready) and `cautions`.
    """

    locale_id: str
    enabled: bool
    status: str | None
    failures: tuple[str, ...] = ()
    only_fallback: bool | None = None
    hook: Hook | None = None
    updated: datetime | None = None
    ready: bool = False
    reasons: tuple[Reason, ...] = ()
    cautions: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Alias:
    """An alias. `unread` says why its languages are not known; `tags` is None if not asked for.

    The judge adds `ready` (None: not known), `reasons`, `cautions` and `in_scope` as in `Bot`.
    """

    alias_id: str
    name: str
    status: str
    version: str | None
    locales: tuple[Locale, ...] = ()
    policy: Document | None = None
    updated: datetime | None = None
    tags: Mapping[str, str] | None = None
    unread: str | None = None
    ready: bool | None = None
    reasons: tuple[Reason, ...] = ()
    cautions: tuple[Reason, ...] = ()
    in_scope: bool | None = None


@dataclass(frozen=True)
class Bot:
    """A bot in a region. `unread` says why it can't be judged.

    `skipped` names the IAM actions of detail questions that were not answered. The judge adds
    `ready` (None: not known), `reasons` and `cautions`; `blocked` are those of the reasons that
    are the bot's own, whichever alias is used; `in_scope` tells whether the role's
    least-privilege policy reaches it (None: no such policy, or not known).
    """

    region: str
    account_id: str
    bot_id: str
    name: str
    status: str | None = None
    kind: str | None = None  # Bot or BotNetwork
    failures: tuple[str, ...] = ()
    role_arn: str | None = None
    aliases: tuple[Alias, ...] = ()
    policy: Document | None = None
    updated: datetime | None = None
    tags: Mapping[str, str] | None = None
    unread: str | None = None
    skipped: frozenset[str] = frozenset()
    ready: bool | None = None
    reasons: tuple[Reason, ...] = ()
    blocked: tuple[Reason, ...] = ()
    cautions: tuple[Reason, ...] = ()
    in_scope: bool | None = None

    @property
    def arn(self) -> str:
        """The bot's ARN."""
        return f"arn:aws:lex:{self.region}:{self.account_id}:bot/{self.bot_id}"

    def alias_arn(self, alias_id: str) -> str:
        """The ARN of one of its aliases."""
        return f"arn:aws:lex:{self.region}:{self.account_id}:bot-alias/{self.bot_id}/{alias_id}"


@dataclass(frozen=True)
class Usage:
    """The ARNs of the bots of each role's ARN, by DescribeBot.roleArn.

    `unread` are the regions that could not be read, with the reason.
    """

    by_role: Mapping[str, tuple[str, ...]]
    unread: Mapping[str, str]


def all_cautions(bot: Bot, alias: Alias | None = None) -> tuple[Reason, ...]:
    """The cautions of the bot, its aliases (or this one) and their languages, each once."""
    parts: list[Bot | Alias | Locale] = [bot, *(bot.aliases if alias is None else (alias,))]
    parts += [locale for part in parts if isinstance(part, Alias) for locale in part.locales]
    cautions = [caution for part in parts for caution in part.cautions]
    return tuple(
        caution for place, caution in enumerate(cautions) if caution not in cautions[:place]
    )
