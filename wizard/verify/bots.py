"""Is a bot ready for Genesys? The rules, and the checks of `verify` that follow from them.

The rules: a language is ready if it is enabled in the alias and Built in the alias's version;
an alias if it is Available, has a numbered version and one ready language; a bot if it is
Available, one alias other than TestBotAlias is ready, and nothing denies.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from wizard.core.bots import DRAFT, TEST_ALIAS, all_cautions
from wizard.core.shell import command
from wizard.core.state import reason
from wizard.verify.check import Check
from wizard.verify.scope import (
    LEX_PRINCIPAL,
    alias_actions,
    bot_actions,
    denied,
    lex_may_invoke,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from wizard.core.bots import Alias, Bot, Locale, Region
    from wizard.core.state import Reason
    from wizard.validators import BotRef
    from wizard.verify.scope import Scope

    Status = Literal["pass", "warn", "fail", "skip"]

BUILT = "Built"
AVAILABLE = "Available"
# Changes "can take a few minutes to appear in Architect", Genesys says.
SETTLING = timedelta(minutes=10)
NO_REGION = Check("bots", "skip", reason("no-region"), reason("add-a-region"))
OUT_OF_SCOPE = reason("out-of-scope")


def judge(bot: Bot, now: datetime, role_arn: str | None = None, scope: Scope | None = None) -> Bot:
    """The bot with its readiness, down to every alias and language.

    `role_arn` is the role that Genesys uses: only with it a Deny for that role is told from
    one for somebody else. `scope` is what the role's least-privilege policy reaches.
    """
    if bot.unread:
        return replace(bot, reasons=(reason("not-known", what="bot", why=bot.unread),))
    aliases = tuple(_alias(bot, alias, now, role_arn, scope) for alias in bot.aliases)
    surely, perhaps = denied(bot.policy, bot.arn, bot_actions(), role_arn)
    blocked = _not_shown(
        "bot",
        (bot.status != AVAILABLE, reason("bot-status", status=bot.status, failures=bot.failures)),
        (surely, reason("denied", what="bot", actions=surely)),
    )
    own = [alias for alias in aliases if alias.alias_id != TEST_ALIAS]
    usable = any(alias.ready for alias in own)
    unknown = not usable and not blocked and any(alias.ready is None for alias in own)
    reasons = blocked if usable else (*blocked, _no_ready_alias(own))
    reach = [alias.in_scope for alias in own]
    return replace(
        bot,
        ready=None if unknown else not reasons,
        reasons=reasons,
        blocked=blocked,
        aliases=aliases,
        cautions=_those(
            (bot.kind == "BotNetwork", reason("bot-network")),
            (perhaps, reason("perhaps-denied", what="bot", actions=perhaps)),
            (_fresh(bot.updated, now), reason("just-changed", what="bot")),
        ),
        in_scope=True if True in reach else None if None in reach or not scope else False,
    )


def _those(*rows: tuple[object, Reason]) -> tuple[Reason, ...]:
    """The reasons of the rows whose condition holds."""
    return tuple(why for holds, why in rows if holds)


def _not_shown(what: str, *rows: tuple[object, Reason]) -> tuple[Reason, ...]:
    """Why Architect will not show a bot, alias or language: the rows whose condition holds."""
    return tuple(reason("not-shown", what=what, why=why) for why in _those(*rows))


def _fresh(updated: datetime | None, now: datetime) -> bool:
    return updated is not None and now - updated < SETTLING


def _no_ready_alias(own: Sequence[Alias]) -> Reason:
    if unread := next((alias.unread for alias in own if alias.unread), None):
        return reason("not-known", what="bot", why=unread)
    if not own:
        why = reason("only-test-alias")
    elif len(own) == 1:
        whys = [lack.facts["why"] for lack in own[0].reasons]
        why = reason("alias-not-ready", alias=own[0].name, whys=whys)
    else:
        why = reason("no-alias-ready", aliases=[alias.name for alias in own])
    return reason("not-shown", what="bot", why=why)


def _alias(
    bot: Bot, alias: Alias, now: datetime, role_arn: str | None, scope: Scope | None
) -> Alias:
    alias_arn = bot.alias_arn(alias.alias_id)
    surely, perhaps = denied(alias.policy, alias_arn, alias_actions(), role_arn)
    if alias.alias_id == TEST_ALIAS:
        reasons: tuple[Reason, ...] = (reason("test-alias"),)
    elif alias.unread:
        reasons = (reason("not-known", what="alias", why=alias.unread),)
    else:
        unusable = alias.version and not any(map(_ready, alias.locales))
        # What one language lacks is enough to say: one that is enabled, if there is one.
        first = min(alias.locales, key=lambda locale: not locale.enabled, default=None)
        reasons = _not_shown(
            "alias",
            (alias.status != AVAILABLE, reason("alias-status", status=alias.status)),
            (not alias.version, reason("alias-without-version")),
            (alias.version == DRAFT, reason("alias-on-draft")),
            (unusable, _locale_lacks(alias, first) if first else reason("alias-without-locale")),
            (surely, reason("denied", what="alias", actions=surely)),
        )
    cautions = _those(
        (perhaps, reason("perhaps-denied", what="alias", actions=perhaps)),
        (_fresh(alias.updated, now), reason("just-changed", what="alias")),
    )
    return replace(
        alias,
        ready=None if alias.unread else not reasons,
        reasons=reasons,
        locales=tuple(_locale(alias, alias_arn, locale, now) for locale in alias.locales),
        cautions=(*cautions, *(scope.mismatch(bot, alias) if scope else ())),
        in_scope=scope.reaches(bot, alias) if scope else None,
    )


def _ready(locale: Locale) -> bool:
    return locale.enabled and locale.status == BUILT


def _locale(alias: Alias, alias_arn: str, locale: Locale, now: datetime) -> Locale:
    name, hook = locale.locale_id, locale.hook
    function = hook.arn if hook else ""
    known = locale.enabled and hook is not None and not hook.unread
    allow = command(
        *("aws", "lambda", "add-permission", "--function-name", function),
        *("--action", "lambda:InvokeFunction", "--principal", LEX_PRINCIPAL),
        *("--source-arn", alias_arn, "--statement-id", f"lex-{alias.alias_id}"),
    )
    not_allowed = reason("hook-not-allowed", function=function, command=allow)
    return replace(
        locale,
        ready=_ready(locale),
        reasons=_not_shown("language", (not _ready(locale), _locale_lacks(alias, locale))),
        cautions=_those(
            (locale.enabled and locale.only_fallback, reason("only-fallback", locale=name)),
            (known and hook and not lex_may_invoke(hook.policy, alias_arn), not_allowed),
            (_fresh(locale.updated, now), reason("locale-just-changed", locale=name)),
        ),
    )


def _locale_lacks(alias: Alias, locale: Locale) -> Reason:
    """What the first rule says that the language does not meet, if there is one."""
    named = {"locale": locale.locale_id, "version": alias.version}
    if not alias.version:
        return reason("no-version")
    if locale.status is None:
        return reason("locale-not-in-version", **named)
    if locale.status != BUILT:
        return reason("locale-status", status=locale.status, failures=locale.failures, **named)
    return reason("locale-not-enabled", alias=alias.name, locale=locale.locale_id)


def bot_checks(
    regions: Sequence[Region], bots: Sequence[Bot], chosen: Sequence[BotRef] = ()
) -> list[Check]:
    """The checks of regions and bots. `chosen` are the bots named with --bot.

    A bot that is not ready is `warn`, one that was named `fail`. What could not be read is
    `skip`, and `fail` where it was named: a question that was asked is not passed over.
    """
    unread = []
    for region in regions:
        if region.unread is not None:
            message = reason("region-unread", region=region.region, why=region.unread)
            hint = region.hint or reason("leave-out")
            unread.append(Check(f"bots.{region.region}", "skip", message, hint))
    looked = [region.region for region in regions if region.unread is None and not region.disabled]
    if chosen:
        return unread + [check for ref in chosen for check in _chosen(ref, bots, looked)]
    unnamed = [check for bot in bots for check in _unnamed(bot)]
    return [*_summary(looked, bots), *unread, *unnamed, *_skipped(bots)]


def _summary(looked: Sequence[str], bots: Sequence[Bot]) -> Iterator[Check]:
    where = reason("one-of", names=looked)
    within = [bot for bot in bots if bot.in_scope is not False]
    ready, others = sum(bot.ready is True for bot in within), len(bots) - len(within)
    if bots and not within:
        message = reason("limited-to-others", count=len(bots), where=where)
        yield Check("bots", "warn", message, reason("in-every-region"))
    elif bots:
        message = reason("bots-ready", ready=ready, count=len(within), others=others)
        hint = None if ready else reason("each-bot-says")
        yield Check("bots", "pass" if ready else "warn", message, hint)
    elif looked:
        yield Check("bots", "warn", reason("no-bots", where=where), reason("bots-elsewhere"))


def _unnamed(bot: Bot) -> Iterator[Check]:
    """What is to be said of a bot that was not named; nothing of one that is simply ready."""
    if bot.in_scope is False:
        return  # the role can't open it: on purpose
    if reasons := all_cautions(bot) if bot.ready else bot.reasons:
        yield _about("skip" if bot.ready is None else "warn", bot, None, reasons)


def _about(status: Status, bot: Bot, alias: Alias | None, reasons: Sequence[Reason]) -> Check:
    """A check of a bot or, if one is given, of its alias."""
    check_id, name, chosen = f"bots.{bot.region}.{bot.bot_id}", bot.name, bot.bot_id
    if alias:
        check_id, name = f"{check_id}.{alias.alias_id}", f"{name}, alias {alias.name}"
        chosen = f"{chosen}:{alias.alias_id}"
    message = reason("about-bot", name=name, bot_id=bot.bot_id, region=bot.region, reasons=reasons)
    again = reason("look-again", region=bot.region, bot=chosen)
    unknown = all(why.code == "not-known" for why in reasons)
    hint = None if status == "pass" else reason("ask-for-permissions") if unknown else again
    return Check(check_id, status, message, hint)


def _chosen(ref: BotRef, bots: Sequence[Bot], looked: Sequence[str]) -> list[Check]:
    found = [bot for bot in bots if bot.bot_id == ref.bot_id and ref.region in {None, bot.region}]
    # Lex denies what does not exist too: where the bot is known, other regions say nothing.
    if certain := [bot for bot in found if bot.status is not None] or found:
        return [_named(ref, bot) for bot in certain]
    looked = [ref.region] if ref.region else looked
    where = reason("one-of", names=looked)
    message = reason("no-trace-in" if looked else "no-trace", bot_id=ref.bot_id, where=where)
    check_id = f"bots.{ref.region or 'any'}.{ref.bot_id}"
    return [Check(check_id, "fail", message, reason("check-id"))]


def _named(ref: BotRef, bot: Bot) -> Check:
    """The verdict on a bot that was named, or on its alias that was."""
    reasons, alias = bot.reasons, None
    if ref.alias_id and not bot.unread:
        alias = next((alias for alias in bot.aliases if alias.alias_id == ref.alias_id), None)
        if alias is None:
            there = [f"{alias.name} ({alias.alias_id})" for alias in bot.aliases] or ["none"]
            named = reason("named", bot=ref)
            message = reason("no-such-alias", alias=named, bot=bot.name, there=there)
            check_id = f"bots.{bot.region}.{bot.bot_id}.{ref.alias_id}"
            return Check(check_id, "fail", message, reason("give-one-of-these"))
        reasons = (*bot.blocked, *alias.reasons)  # what its other aliases lack does not matter
    if reasons:
        return _about("fail", bot, alias, reasons)
    outside = (alias or bot).in_scope is False
    if cautions := (*all_cautions(bot, alias), *([OUT_OF_SCOPE] if outside else [])):
        return _about("warn", bot, alias, (reason("ready-but"), *cautions))
    return _about("pass", bot, alias, (reason("shown", what="alias" if alias else "bot"),))


def _skipped(bots: Sequence[Bot]) -> Iterator[Check]:
    """One check for all questions that only advise and got no answer."""
    actions = sorted({action for bot in bots for action in bot.skipped})
    if actions:
        count = sum(bool(bot.skipped) for bot in bots)
        message = reason("details-skipped", count=count, actions=actions)
        yield Check("bots.details", "skip", message, reason("details-not-needed"))
