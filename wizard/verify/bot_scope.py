"""What a least-privilege policy reaches: bots and aliases by ARN, or by the tag they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.bots import TEST_ALIAS
from wizard.core.documents import as_list, statements
from wizard.validators import BotRef, visible
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wizard.core.bots import AliasRead, Bot, BotRead
    from wizard.core.documents import Document

_RESOURCE = re.compile(
    r"arn:aws:lex:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
    r"bot-alias/(?P<bot>[0-9A-Za-z]{10})/(?P<alias>[0-9A-Za-z]{10}|\*)"
)
_TAG = "aws:resourcetag/"


@dataclass(frozen=True)
class Scope:
    """The bots and aliases that a least-privilege policy names, or the tag that it asks for.

    A bot without `alias_id` means all its aliases.
    """

    bots: tuple[BotRef, ...] = ()
    tag: tuple[str, str] | None = None

    def reaches(self, bot: BotRead, alias: AliasRead) -> bool | None:
        """Whether the role may open the bot and talk to the alias; None where tags are unknown."""
        if self.tag is None:
            return any(
                chosen.bot_id == bot.bot_id
                and chosen.region in {None, bot.region}
                and chosen.alias_id in {None, alias.alias_id}
                for chosen in self.bots
            )
        both = (self._tagged(bot.tags), self._tagged(alias.tags))
        return False if False in both else None if None in both else True

    def mismatch(self, bot: BotRead, alias: AliasRead) -> list[str]:
        """What is wrong where the bot has the tag and the alias has not, or the reverse."""
        if self.tag is None or alias.alias_id == TEST_ALIAS:
            return []
        on_bot, on_alias = self._tagged(bot.tags), self._tagged(alias.tags)
        if on_bot is None or on_alias is None or on_bot == on_alias:
            return []
        tag = f"{visible(self.tag[0])}={visible(self.tag[1])}"
        name = visible(alias.name)
        why = (
            f"The bot has the tag {tag}, its alias {name} has not: Genesys Cloud can read the bot "
            "but not talk to that alias. Tag the alias too, if Genesys is to use it."
            if on_bot
            else f"The alias {name} has the tag {tag}, its bot has not: Genesys Cloud can't open "
            "the bot. The tag must be on both; tag the bot too."
        )
        return [why]

    def _tagged(self, tags: Mapping[str, str] | None) -> bool | None:
        if tags is None or self.tag is None:
            return None
        return tags.get(self.tag[0]) == self.tag[1]


def scope_of(document: Document) -> Scope | None:
    """The scope that a policy document draws; None if it is not of the least-privilege kind."""
    bots: set[BotRef] = set()
    for statement in statements(document):
        if (tag := _tag(statement.get("Condition"))) is not None:
            return Scope(tag=tag)
        for resource in as_list(statement.get("Resource")):
            if isinstance(resource, str) and (found := _RESOURCE.fullmatch(resource)):
                alias = None if found["alias"] == "*" else found["alias"]
                bots.add(BotRef(found["bot"], alias, found["region"], found["account"]))
    if not bots:
        return None
    return Scope(bots=tuple(sorted(bots, key=lambda bot: (bot.region or "", str(bot)))))


def _tag(condition: Any) -> tuple[str, str] | None:
    equals = condition.get("StringEquals") if isinstance(condition, dict) else None
    for key, values in equals.items() if isinstance(equals, dict) else ():
        value = as_list(values)
        if key.lower().startswith(_TAG) and len(value) == 1 and isinstance(value[0], str):
            return key[len(_TAG) :], value[0]
    return None


def scope_checks(found: Mapping[BotRef, bool | None]) -> list[Check]:
    """One check per bot or alias that the role is limited to: whether it still exists.

    `found`: True it exists, False it does not, None it could not be looked at.
    """
    return [_scope_check(bot, there=there) for bot, there in found.items()]


def _scope_check(bot: BotRef, *, there: bool | None) -> Check:
    name = f"scope.{bot.region}.{bot.bot_id}" + (f".{bot.alias_id}" if bot.alias_id else "")
    what = phrase(bot)
    match there:
        case True:
            return Check(name, "pass", f"The role is limited to {what}, and it exists.")
        case False:
            return Check(
                name,
                "warn",
                f"The role is limited to {what}, which does not exist (any more).",
                "If it was made anew it has another ID: run setup with --least-privilege and every "
                "--bot that Genesys may use now. If it is yet to come, nothing needs doing.",
            )
        case None:
            return Check(
                name,
                "skip",
                f"Whether {what}, to which the role is limited, exists could not be looked at.",
                "Ask for lex:DescribeBot and lex:DescribeBotAlias; `genesys-lex-wizard permissions "
                "verify` prints the policy to ask for.",
            )


def phrase(bot: BotRef) -> str:
    """The bot or alias in words, with its region where that is known."""
    where = f" in {bot.region}" if bot.region else ""
    if bot.alias_id:
        return f"the alias {bot.alias_id} of the bot {bot.bot_id}{where}"
    return f"the bot {bot.bot_id}{where}"


def in_words(scope: Scope) -> list[str]:
    """What the role may do with a least-privilege policy, and what it may not, in sentences."""
    if scope.tag is not None:
        tag = f"{visible(scope.tag[0])}={visible(scope.tag[1])}"
        may = f"Genesys Cloud may open bots, and talk to aliases, that carry the tag {tag}."
        note = "The tag must be on both: on the bot and on each alias that Genesys uses."
    else:
        those = "; ".join(
            phrase(bot) if bot.alias_id else f"{phrase(bot)}, all its aliases" for bot in scope.bots
        )
        may = f"Genesys Cloud may open and talk to these only: {those}."
        note = "A bot or alias that is deleted and made anew has another ID and must be named anew."
    rest = "Other bots are still listed by name; opening them or talking to them fails."
    return [may, rest, note]


def not_found_warnings(found: Mapping[BotRef, bool | None]) -> list[str]:
    """A sentence for `setup` per chosen bot that was not found or could not be looked at."""
    sentences = []
    for bot, there in found.items():
        what = phrase(bot)
        if there is False:
            sentences.append(
                f"No trace of {what} was found. The policy will name it all the same: it may come "
                "later. Check the ID and the region if it should be there."
            )
        elif there is None:
            sentences.append(
                f"Whether {what} exists could not be looked at: these credentials may not read it."
            )
    return sentences


def tag_checks(scope: Scope, bots: Iterable[Bot]) -> list[Check]:
    """For a role limited by tag: how many bots it reaches, counted over the judged bots."""
    if scope.tag is None:
        return []
    tag = f"{visible(scope.tag[0])}={visible(scope.tag[1])}"
    reach = [bot.in_scope for bot in bots]
    if count := reach.count(True):
        who = "1 bot has" if count == 1 else f"{count} bots have"
        return [Check("scope.tag", "pass", f"{who} the tag {tag}, and so has an alias of each.")]
    if None in reach:
        return [
            Check(
                "scope.tag",
                "skip",
                f"Which bots carry the tag {tag} could not be looked at.",
                "Ask for lex:ListTagsForResource.",
            )
        ]
    return [
        Check(
            "scope.tag",
            "warn",
            f"The role is limited to bots with the tag {tag}, and no bot has it on both itself and "
            "an alias.",
            "The tag must be on both. For each: `aws lexv2-models tag-resource --resource-arn ARN "
            "--tags KEY=VALUE`.",
        )
    ]
