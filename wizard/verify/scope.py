"""What a least-privilege policy reaches: bots and aliases by ARN, or by the tag they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.core.bots import TEST_ALIAS
from wizard.core.desired import chosen_bots
from wizard.core.state import reason
from wizard.settings import ChosenBots, TaggedBots
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wizard.core.bots import Alias, Bot
    from wizard.core.state import Reason, State
    from wizard.validators import BotRef


@dataclass(frozen=True)
class Scope:
    """The bots and aliases that a least-privilege policy names, or the tag that it asks for.

    A bot without `alias_id` means all its aliases.
    """

    bots: tuple[BotRef, ...] = ()
    tag: tuple[str, str] | None = None

    def reaches(self, bot: Bot, alias: Alias) -> bool | None:
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

    def mismatch(self, bot: Bot, alias: Alias) -> tuple[Reason, ...]:
        """What is wrong where the bot has the tag and the alias has not, or the reverse."""
        if self.tag is None or alias.alias_id == TEST_ALIAS:
            return ()
        on_bot, on_alias = self._tagged(bot.tags), self._tagged(alias.tags)
        if on_bot is None or on_alias is None or on_bot == on_alias:
            return ()
        code = "tag-on-bot-only" if on_bot else "tag-on-alias-only"
        return (reason(code, alias=alias.name, tag="=".join(self.tag)),)

    def _tagged(self, tags: Mapping[str, str] | None) -> bool | None:
        if tags is None or self.tag is None:
            return None
        # IAM ignores the case of a tag's key in a condition, though not of its value.
        key, value = self.tag
        return value in [text for name, text in tags.items() if name.lower() == key.lower()]


def scope_of(state: State, policy_arn: str) -> Scope | None:
    """The scope of the role; None unless all that it has is a document that this program makes.

    Beside anything else the document limits nothing, so there is no scope to speak of.
    """
    role, policy = state.role, state.policies.get(policy_arn)
    if role is None or policy is None or role.inline_policies or role.attachments - {policy_arn}:
        return None
    match chosen_bots(policy.document, policy.account_id):
        case ChosenBots(bots):
            return Scope(bots=bots)
        case TaggedBots(key, value):
            return Scope(tag=(key, value))
        case _:
            return None


def scope_checks(found: Mapping[BotRef, bool | None]) -> list[Check]:
    """One check per bot or alias that the role is limited to: whether it still exists.

    `found`: True it exists, False it does not, None it could not be read.
    """
    return [_scope_check(bot, there=there) for bot, there in found.items()]


def _scope_check(bot: BotRef, *, there: bool | None) -> Check:
    name = f"scope.{bot.region}.{bot.bot_id}" + (f".{bot.alias_id}" if bot.alias_id else "")
    named = reason("named", bot=bot)
    if there is None:
        message = reason("scope-unknown", bot=named)
        return Check(name, "skip", message, reason("ask-for-describe"))
    if there:
        return Check(name, "pass", reason("scope-exists", bot=named))
    return Check(name, "warn", reason("scope-missing", bot=named), reason("another-id"))


def in_words(scope: Scope) -> list[Reason]:
    """What the role may do with a least-privilege policy, and what it may not."""
    if scope.tag is not None:
        tag = "=".join(scope.tag)
        return [reason("may-use-tag", tag=tag), reason("others-listed"), reason("tag-on-both")]
    bots = [
        reason("named" if bot.alias_id else "named-with-aliases", bot=bot) for bot in scope.bots
    ]
    return [reason("may-use-bots", bots=bots), reason("others-listed"), reason("new-id")]


def not_found_warnings(found: Mapping[BotRef, bool | None]) -> list[Reason]:
    """A warning for `setup` per chosen bot that was not found or could not be read."""
    return [
        reason("bot-not-found" if there is False else "bot-unread", bot=reason("named", bot=bot))
        for bot, there in found.items()
        if not there
    ]


def tag_checks(scope: Scope, bots: Iterable[Bot]) -> list[Check]:
    """For a role limited by tag: how many bots it reaches, counted over the judged bots."""
    if scope.tag is None:
        return []
    tag = "=".join(scope.tag)
    reach = [bot.in_scope for bot in bots]
    if count := reach.count(True):
        return [Check("scope.tag", "pass", reason("tagged-bots", tag=tag, count=count))]
    if None in reach:
        message = reason("tags-unread", tag=tag)
        return [Check("scope.tag", "skip", message, reason("ask-for-tags"))]
    return [Check("scope.tag", "warn", reason("no-tagged-bot", tag=tag), reason("tag-both"))]
