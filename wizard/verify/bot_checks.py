"""The judged bots as checks of `verify`: one per bot that needs a word, one for all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.core.bots import all_cautions
from wizard.validators import visible
from wizard.verify.bot_scope import phrase
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wizard.core.bots import Alias, Bot, RegionRead
    from wizard.validators import BotRef

NO_REGION = Check(
    "bots",
    "skip",
    "No region is given, so the bots were not looked at.",
    "Add --region REGION (it may be repeated) or --all-regions.",
)
V1_ENDED = (
    "If the bot is a Lex V1 bot: Lex V1 ended on 2025-09-15; it has to be made anew in Lex V2."
)

DENIED_HINT = "`genesys-lex-wizard permissions verify` prints the policy to ask for."
OUT_OF_SCOPE = (
    "The role is limited to others (least privilege), so Genesys Cloud may not use it. Run setup "
    "with --least-privilege and every --bot that Genesys may use, this one too."
)


def bot_checks(
    regions: Iterable[RegionRead], bots: Sequence[Bot], chosen: Sequence[BotRef] = ()
) -> list[Check]:
    """The checks of regions and bots. `chosen` are the bots named with --bot.

    A bot that is not ready is `warn`, one that was named `fail`. What could not be read is
    `skip`, and `fail` where it was named: a question that was asked is not passed over.
    """
    read = list(regions)
    checks = [_region(each) for each in read if each.unread is not None]
    if chosen:
        return checks + [each for bot in chosen for each in _chosen(bot, bots, read)]
    checks += [each for bot in bots for each in _unasked(bot)]
    return [*_summary(read, bots), *checks, *_skipped(bots)]


def _region(region: RegionRead) -> Check:
    return Check(
        f"bots.{region.region}",
        "skip",
        f"The bots in {region.region} could not be read: {region.unread}",
        region.hint or "Leave the region out if it has no bots for Genesys.",
    )


def _summary(regions: list[RegionRead], bots: Sequence[Bot]) -> list[Check]:
    looked = [each.region for each in regions if each.unread is None and not each.disabled]
    within = [bot for bot in bots if bot.in_scope is not False]
    if bots and not within:
        return [
            Check(
                "bots",
                "warn",
                f"The role is limited to other bots than the {len(bots)} in {_listed(looked)}.",
                "--all-regions looks for them in every region.",
            )
        ]
    if bots:
        ready = sum(bot.ready is True for bot in within)
        count = f"{ready} of {len(within)} {'bot' if len(within) == 1 else 'bots'}"
        message = f"Ready for Genesys Architect: {count}."
        if others := len(bots) - len(within):
            message += f" Not for Genesys (least privilege): {others} more."
        if ready:
            return [Check("bots", "pass", message)]
        return [Check("bots", "warn", message, "Each bot says what it lacks.")]
    if not looked:
        return []
    return [
        Check(
            "bots",
            "warn",
            f"There is no Lex V2 bot in {_listed(looked)}.",
            "Bots may be in another region (--all-regions looks in every one) or in another "
            f"account. {V1_ENDED}",
        )
    ]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _id(bot: Bot, alias: Alias | None = None) -> str:
    return f"bots.{bot.region}.{bot.bot_id}" + (f".{alias.alias_id}" if alias else "")


def _unasked(bot: Bot) -> list[Check]:
    """What is to be said of a bot that nobody named; nothing of one that is simply ready."""
    if bot.in_scope is False:
        return []  # the role can't open it: on purpose
    if bot.ready is None:
        return [Check(_id(bot), "skip", _sentence(bot.name, bot, bot.reasons), DENIED_HINT)]
    if not bot.ready:
        return [Check(_id(bot), "warn", _sentence(bot.name, bot, bot.reasons), _again(bot))]
    if cautions := all_cautions(bot):
        return [Check(_id(bot), "warn", _sentence(bot.name, bot, cautions), _again(bot))]
    return []


def _sentence(name: str, bot: Bot, sentences: Iterable[str]) -> str:
    return f"{visible(name)} ({bot.bot_id}, {bot.region}): {' '.join(sentences)}"


def _again(bot: Bot, alias: Alias | None = None) -> str:
    chosen = bot.bot_id + (f":{alias.alias_id}" if alias else "")
    return f"Then look again: `genesys-lex-wizard verify --region {bot.region} --bot {chosen}`."


def _chosen(chosen: BotRef, bots: Sequence[Bot], regions: Sequence[RegionRead]) -> list[Check]:
    found = [
        bot for bot in bots if bot.bot_id == chosen.bot_id and chosen.region in {None, bot.region}
    ]
    certain = [bot for bot in found if bot.status is not None]
    if not found:
        return [_not_found(chosen, regions)]
    # Lex denies what does not exist too: where the bot is known, other regions say nothing.
    return [_judged(chosen, bot) for bot in certain or found]


def _not_found(chosen: BotRef, regions: Sequence[RegionRead]) -> Check:
    looked = [each.region for each in regions if each.unread is None and not each.disabled]
    where = "" if chosen.region or not looked else f" in {_listed(looked)}"
    return Check(
        f"bots.{chosen.region or 'any'}.{chosen.bot_id}",
        "fail",
        f"There is no trace of the bot {chosen.bot_id}"
        + (f" in {chosen.region}." if chosen.region else f"{where}."),
        "Check the ID (Lex V2 console: the bot > Settings) and the region; --all-regions looks in "
        f"every one. {V1_ENDED}",
    )


def _judged(chosen: BotRef, bot: Bot) -> Check:
    if bot.ready is None and not bot.aliases:
        return Check(_id(bot), "fail", _sentence(bot.name, bot, bot.reasons), DENIED_HINT)
    if chosen.alias_id is None:
        return _verdict(bot, None, bot.ready, bot.reasons)
    alias = next((each for each in bot.aliases if each.alias_id == chosen.alias_id), None)
    if alias is None:
        there = ", ".join(f"{visible(each.name)} ({each.alias_id})" for each in bot.aliases)
        return Check(
            f"{_id(bot)}.{chosen.alias_id}",
            "fail",
            f"There is no {phrase(chosen)}; {visible(bot.name)} has {there or 'none'}.",
            "Give one of these with --bot BOT:ALIAS.",
        )
    reasons = (*bot.blocked, *alias.reasons)  # what its other aliases lack does not matter
    ready = None if alias.ready is None and not bot.blocked else not reasons
    return _verdict(bot, alias, ready, reasons)


def _verdict(
    bot: Bot,
    alias: Alias | None,
    ready: bool | None,  # noqa: FBT001 - three values, so no flag
    reasons: tuple[str, ...],
) -> Check:
    name = bot.name + (f", alias {alias.name}" if alias else "")
    if not ready:
        hint = DENIED_HINT if ready is None else _again(bot, alias)
        return Check(_id(bot, alias), "fail", _sentence(name, bot, reasons), hint)
    cautions = all_cautions(bot, alias)
    if (alias or bot).in_scope is False:
        cautions = (*cautions, OUT_OF_SCOPE)
    if cautions:
        text = _sentence(name, bot, ("It is ready, but:", *cautions))
        return Check(_id(bot, alias), "warn", text, _again(bot, alias))
    shown = f"Genesys Architect will show this {'alias' if alias else 'bot'}."
    return Check(_id(bot, alias), "pass", _sentence(name, bot, (shown,)))


def _skipped(bots: Sequence[Bot]) -> list[Check]:
    """One check for all questions that only advise and got no answer."""
    actions = sorted({action for bot in bots for action in bot.skipped})
    if not actions:
        return []
    count = sum(bool(bot.skipped) for bot in bots)
    return [
        Check(
            "bots.details",
            "skip",
            f"Some details of {count} {'bot' if count == 1 else 'bots'} were not looked at, since "
            f"AWS gave no answer to {', '.join(actions)}.",
            "They are not needed to tell whether a bot is ready. " + DENIED_HINT,
        )
    ]
