"""Is a bot ready for Genesys? The rules, and the checks of `verify` that follow from them.

The rules: a language is ready if it is enabled in the alias and Built in the alias's version;
an alias if it is Available, has a numbered version and one ready language; a bot if it is
Available, one alias other than TestBotAlias is ready, and nothing denies.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wizard.core.bots import DRAFT, TEST_ALIAS, all_cautions
from wizard.core.shell import command
from wizard.core.state import reason
from wizard.verify.check import Check
from wizard.verify.resource_policies import (
    LEX_PRINCIPAL,
    alias_actions,
    bot_actions,
    denied,
    lex_may_invoke,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from wizard.core.bots import Alias, Bot, Locale, Region
    from wizard.core.state import Reason
    from wizard.validators import BotRef
    from wizard.verify.resource_policies import Denied
    from wizard.verify.scope import Scope

BUILT = "Built"
AVAILABLE = "Available"
# Changes "can take a few minutes to appear in Architect", Genesys says.
SETTLING = timedelta(minutes=10)
NO_REGION = Check("bots", "skip", reason("no-region"), reason("add-a-region"))
ASK = reason("ask-for-permissions")
OUT_OF_SCOPE = reason("out-of-scope")


def judge(bot: Bot, now: datetime, role_arn: str | None = None, scope: Scope | None = None) -> Bot:
    """The bot with its readiness, down to every alias and language.

    `role_arn` is the role that Genesys uses: only with it a Deny for that role is told from
    one for somebody else. `scope` is what the role's least-privilege policy reaches.
    """
    if bot.unread:
        return replace(bot, reasons=(_unknown("bot", bot.unread),))
    aliases = tuple(_alias(bot, alias, now, role_arn, scope) for alias in bot.aliases)
    denial = denied(bot.policy, bot.arn, bot_actions(), role_arn)
    blocked = tuple(_not_shown("bot", why) for why in _bot_lacks(bot, denial))
    own = [alias for alias in aliases if alias.alias_id != TEST_ALIAS]
    unknown = any(alias.ready is None for alias in own)
    usable = any(alias.ready for alias in own)
    reasons = blocked if usable else (*blocked, _no_ready_alias(own))
    reach = [alias.in_scope for alias in own]
    return replace(
        bot,
        ready=None if unknown and not usable and not blocked else not reasons,
        reasons=reasons,
        blocked=blocked,
        aliases=aliases,
        cautions=(
            *([reason("bot-network")] if bot.kind == "BotNetwork" else []),
            *_cautions("bot", denial, bot.updated, now),
        ),
        in_scope=True if True in reach else None if None in reach or not scope else False,
    )


def _not_shown(what: str, why: Reason) -> Reason:
    return reason("not-shown", what=what, why=why)


def _unknown(what: str, why: str) -> Reason:
    return reason("not-known", what=what, why=why)


def _bot_lacks(bot: Bot, denial: Denied) -> Iterator[Reason]:
    if bot.status != AVAILABLE:
        yield reason("bot-status", status=bot.status, failures=bot.failures)
    if denial.surely:
        yield reason("denied", what="bot", actions=denial.surely)


def _no_ready_alias(own: Sequence[Alias]) -> Reason:
    for alias in own:
        if alias.unread:
            return _unknown("bot", alias.unread)
    if not own:
        return _not_shown("bot", reason("only-test-alias"))
    if len(own) == 1:
        whys = [lack.facts["why"] for lack in own[0].reasons]
        return _not_shown("bot", reason("alias-not-ready", alias=own[0].name, whys=whys))
    return _not_shown("bot", reason("no-alias-ready", aliases=[alias.name for alias in own]))


def _cautions(
    what: str, denial: Denied, updated: datetime | None, now: datetime
) -> Iterator[Reason]:
    if denial.perhaps:
        yield reason("perhaps-denied", what=what, actions=denial.perhaps)
    if updated is not None and now - updated < SETTLING:
        yield reason("just-changed", what=what)


def _alias(
    bot: Bot, alias: Alias, now: datetime, role_arn: str | None, scope: Scope | None
) -> Alias:
    denial = denied(alias.policy, bot.alias_arn(alias.alias_id), alias_actions(), role_arn)
    if alias.alias_id == TEST_ALIAS:
        reasons: tuple[Reason, ...] = (reason("test-alias"),)
    elif alias.unread:
        reasons = (_unknown("alias", alias.unread),)
    else:
        reasons = tuple(_not_shown("alias", why) for why in _alias_lacks(alias, denial))
    mismatch = scope.mismatch(bot, alias) if scope else ()
    return replace(
        alias,
        ready=None if alias.unread else not reasons,
        reasons=reasons,
        locales=tuple(_locale(bot, alias, locale, now) for locale in alias.locales),
        cautions=(*_cautions("alias", denial, alias.updated, now), *mismatch),
        in_scope=scope.reaches(bot, alias) if scope else None,
    )


def _alias_lacks(alias: Alias, denial: Denied) -> Iterator[Reason]:
    if alias.status != AVAILABLE:
        yield reason("alias-status", status=alias.status)
    if not alias.version:
        yield reason("alias-without-version")
    elif alias.version == DRAFT:
        yield reason("alias-on-draft")
    if alias.version and not any(_ready(locale) for locale in alias.locales):
        enabled = [locale for locale in alias.locales if locale.enabled]
        first = next(iter((*enabled, *alias.locales)), None)
        yield _locale_lacks(alias, first) if first else reason("alias-without-locale")
    if denial.surely:
        yield reason("denied", what="alias", actions=denial.surely)


def _ready(locale: Locale) -> bool:
    return locale.enabled and locale.status == BUILT


def _locale(bot: Bot, alias: Alias, locale: Locale, now: datetime) -> Locale:
    ready, hook, alias_arn = _ready(locale), locale.hook, bot.alias_arn(alias.alias_id)
    cautions = []
    if locale.enabled and locale.only_fallback:
        cautions.append(reason("only-fallback", locale=locale.locale_id))
    if locale.enabled and hook and not hook.unread and not lex_may_invoke(hook.policy, alias_arn):
        cautions.append(
            reason(
                "hook-not-allowed",
                function=hook.arn,
                command=command(
                    *("aws", "lambda", "add-permission", "--function-name", hook.arn),
                    *("--action", "lambda:InvokeFunction", "--principal", LEX_PRINCIPAL),
                    *("--source-arn", alias_arn, "--statement-id", f"lex-{alias.alias_id}"),
                ),
            )
        )
    if locale.updated is not None and now - locale.updated < SETTLING:
        cautions.append(reason("locale-just-changed", locale=locale.locale_id))
    reasons = () if ready else (_not_shown("language", _locale_lacks(alias, locale)),)
    return replace(locale, ready=ready, reasons=reasons, cautions=tuple(cautions))


def _locale_lacks(alias: Alias, locale: Locale) -> Reason:
    named = {"locale": locale.locale_id, "version": alias.version}
    if not alias.version:
        return reason("no-version")
    if locale.status is None:
        return reason("locale-not-in-version", **named)
    if locale.status != BUILT:
        return reason("locale-status", status=locale.status, failures=locale.failures, **named)
    return reason("locale-not-enabled", alias=alias.name, locale=locale.locale_id)


def bot_checks(
    regions: Iterable[Region], bots: Sequence[Bot], chosen: Sequence[BotRef] = ()
) -> list[Check]:
    """The checks of regions and bots. `chosen` are the bots named with --bot.

    A bot that is not ready is `warn`, one that was named `fail`. What could not be read is
    `skip`, and `fail` where it was named: a question that was asked is not passed over.
    """
    read = list(regions)
    checks = [_region(region) for region in read if region.unread is not None]
    if chosen:
        return checks + [check for ref in chosen for check in _chosen(ref, bots, read)]
    checks += [check for bot in bots for check in _unnamed(bot)]
    return [*_summary(read, bots), *checks, *_skipped(bots)]


def _region(region: Region) -> Check:
    message = reason("region-unread", region=region.region, why=region.unread)
    return Check(f"bots.{region.region}", "skip", message, region.hint or reason("leave-out"))


def _looked(regions: Iterable[Region]) -> list[str]:
    return [one.region for one in regions if one.unread is None and not one.disabled]


def _summary(regions: Iterable[Region], bots: Sequence[Bot]) -> Iterator[Check]:
    looked = _looked(regions)
    where = reason("one-of", names=looked)
    within = [bot for bot in bots if bot.in_scope is not False]
    if bots and not within:
        others = reason("limited-to-others", count=len(bots), where=where)
        yield Check("bots", "warn", others, reason("in-every-region"))
    elif bots:
        ready = sum(bot.ready is True for bot in within)
        others_count = len(bots) - len(within)
        message = reason("bots-ready", ready=ready, count=len(within), others=others_count)
        hint = None if ready else reason("each-bot-says")
        yield Check("bots", "pass" if ready else "warn", message, hint)
    elif looked:
        yield Check("bots", "warn", reason("no-bots", where=where), reason("bots-elsewhere"))


def _id(bot: Bot, alias: Alias | None = None) -> str:
    return f"bots.{bot.region}.{bot.bot_id}" + (f".{alias.alias_id}" if alias else "")


def _unnamed(bot: Bot) -> Iterator[Check]:
    """What is to be said of a bot that was not named; nothing of one that is simply ready."""
    if bot.in_scope is False:
        return  # the role can't open it: on purpose
    if bot.ready is None:
        yield Check(_id(bot), "skip", _about(bot, None, bot.reasons), ASK)
    elif sentences := all_cautions(bot) if bot.ready else bot.reasons:
        yield Check(_id(bot), "warn", _about(bot, None, sentences), _again(bot))


def _about(bot: Bot, alias: Alias | None, reasons: Sequence[Reason]) -> Reason:
    name = bot.name + (f", alias {alias.name}" if alias else "")
    return reason("about-bot", name=name, bot_id=bot.bot_id, region=bot.region, reasons=reasons)


def _again(bot: Bot, alias: Alias | None = None) -> Reason:
    chosen = bot.bot_id + (f":{alias.alias_id}" if alias else "")
    return reason("look-again", region=bot.region, bot=chosen)


def _chosen(ref: BotRef, bots: Sequence[Bot], regions: Sequence[Region]) -> list[Check]:
    found = [bot for bot in bots if bot.bot_id == ref.bot_id and ref.region in {None, bot.region}]
    certain = [bot for bot in found if bot.status is not None]
    if not found:
        looked = [ref.region] if ref.region else _looked(regions)
        where = reason("one-of", names=looked)
        message = reason("no-trace-in" if looked else "no-trace", bot_id=ref.bot_id, where=where)
        return [
            Check(f"bots.{ref.region or 'any'}.{ref.bot_id}", "fail", message, reason("check-id"))
        ]
    # Lex denies what does not exist too: where the bot is known, other regions say nothing.
    return [_named(ref, bot) for bot in certain or found]


def _named(ref: BotRef, bot: Bot) -> Check:
    if (bot.ready is None and not bot.aliases) or ref.alias_id is None:
        return _verdict(bot, None, bot.reasons, unknown=bot.ready is None)
    alias = next((alias for alias in bot.aliases if alias.alias_id == ref.alias_id), None)
    if alias is None:
        there = [f"{alias.name} ({alias.alias_id})" for alias in bot.aliases] or ["none"]
        message = reason("no-such-alias", alias=reason("named", bot=ref), bot=bot.name, there=there)
        return Check(f"{_id(bot)}.{ref.alias_id}", "fail", message, reason("give-one-of-these"))
    reasons = (*bot.blocked, *alias.reasons)  # what its other aliases lack does not matter
    return _verdict(bot, alias, reasons, unknown=alias.ready is None and not bot.blocked)


def _verdict(bot: Bot, alias: Alias | None, reasons: tuple[Reason, ...], *, unknown: bool) -> Check:
    if unknown or reasons:
        hint = ASK if unknown else _again(bot, alias)
        return Check(_id(bot, alias), "fail", _about(bot, alias, reasons), hint)
    cautions = all_cautions(bot, alias)
    if (alias or bot).in_scope is False:
        cautions = (*cautions, OUT_OF_SCOPE)
    if cautions:
        message = _about(bot, alias, (reason("ready-but"), *cautions))
        return Check(_id(bot, alias), "warn", message, _again(bot, alias))
    shown = reason("shown", what="alias" if alias else "bot")
    return Check(_id(bot, alias), "pass", _about(bot, alias, (shown,)))


def _skipped(bots: Sequence[Bot]) -> Iterator[Check]:
    """One check for all questions that only advise and got no answer."""
    actions = sorted({action for bot in bots for action in bot.skipped})
    if actions:
        count = sum(bool(bot.skipped) for bot in bots)
        message = reason("details-skipped", count=count, actions=actions)
        yield Check("bots.details", "skip", message, reason("details-not-needed"))
