"""The report of `verify`: the checks, and the bots as a tree of aliases and languages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.core.bots import TEST_ALIAS, all_cautions
from wizard.core.state import Reason, reason
from wizard.ui.screen import Line
from wizard.ui.words import sentence
from wizard.verify.bots import OUT_OF_SCOPE
from wizard.verify.role import NO_ROLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from wizard.core.bots import Alias, Bot
    from wizard.ui.screen import Screen
    from wizard.validators import BotRef
    from wizard.verify.check import Check

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "?"}
ORDER = ("fail", "warn", "skip", "pass")
ID_WIDTH = 24
# Of a bot that was asked for, the check gives the verdict, and the tree below the reasons.
VERDICTS = {
    "pass": "ready. It will appear in Architect.",
    "warn": "ready, but see below.",
    "fail": "not ready. See the reason below.",
    "skip": "unknown. See the reason below.",
}


def report(
    screen: Screen,
    *,
    where: str,
    checks: Sequence[Check],
    bots: Sequence[Bot],
    chosen: Sequence[BotRef],
    verbose: bool,
) -> None:
    """What is wrong, worst first, then the bots, how to fix it, and a count.

    The checks that passed are only counted, unless the report is `verbose`.
    """
    screen.heading(f"Role {where}")
    order = sorted(checks, key=lambda check: ORDER.index(check.status))
    shown = [check for check in order if verbose or check.status != "pass"]
    fixes = list(dict.fromkeys(fix for check in shown if (fix := _fix(check))))
    if all(check.status == "pass" for check in checks):
        screen.line("No problems found.", sign="✓")
    readiness(screen, shown, bots, chosen, told_below=fixes)
    if fixes:
        screen.heading("How to fix it")
        for fix in fixes:
            screen.command(fix)
    screen.line()
    screen.line(_count(checks, verbose=verbose))


def _fix(check: Check) -> str | None:
    """The command that the hint is, where it is nothing else: many checks have the same one."""
    if isinstance(check.hint, Reason) and check.hint.code == "run":
        return str(check.hint.facts["command"])
    return None


def readiness(
    screen: Screen,
    checks: Sequence[Check],
    bots: Sequence[Bot],
    chosen: Sequence[BotRef] = (),
    told_below: Collection[str] = (),
) -> None:
    """The checks, and below them the bots as a tree; `chosen` are those that were asked for.

    `told_below` are the commands that the caller shows, so that they are no hints here.
    """
    below = {name: what for bot in bots for name, what in _names(bot)}
    for check in checks:
        # Without a role there is one thing to say, not one for each thing not looked at. And
        # what the tree of bots says is not said twice; a bot that was asked for has its verdict.
        if check.hint == NO_ROLE or (check.id in below and not chosen):
            continue
        row = replace(check, hint=None) if _fix(check) in told_below else check
        screen.lines(_lines(row, below.get(check.id)), label_width=ID_WIDTH)
    hints = {
        check.id: sentence(check.hint) for check in checks if check.status == "skip" and check.hint
    }
    for region in dict.fromkeys(bot.region for bot in bots):
        screen.heading(f"Bots in {region}")
        here = [bot for bot in bots if bot.region == region]
        outside = [] if chosen else [bot for bot in here if bot.in_scope is False]
        for bot in here:
            if bot not in outside:
                screen.lines(_bot(bot, hints.get(f"bots.{region}.{bot.bot_id}")), label_width=0)
        if outside:
            names = ", ".join(bot.name for bot in outside)
            screen.lines([Line(f"Excluded by least privilege: {names}", dim=True)])


def _names(bot: Bot) -> Iterator[tuple[str, str]]:
    """The checks that may be about a bot or its aliases, each with what people call it."""
    name = f"bots.{bot.region}.{bot.bot_id}"
    yield name, bot.name
    yield from ((f"{name}.{alias.alias_id}", f"{bot.name}, {alias.name}") for alias in bot.aliases)


def _lines(check: Check, below: str | None) -> Iterator[Line]:
    message = sentence(check.message) if below is None else f"{below}: {VERDICTS[check.status]}"
    narrow = len(check.id) <= ID_WIDTH
    yield Line(message if narrow else "", check.id, SIGNS[check.status])
    if not narrow:
        yield Line(message, " ")
    if check.hint and check.status != "pass":
        yield Line(f"→ {sentence(check.hint)}", " ", dim=check.status == "skip")


def _count(checks: Sequence[Check], *, verbose: bool) -> str:
    numbers = {status: sum(each.status == status for each in checks) for status in SIGNS}
    verdict = "Problems were found" if numbers["fail"] else "No check failed"
    skipped = f", {numbers['skip']} skipped" if numbers["skip"] else ""
    warnings = "1 warning" if numbers["warn"] == 1 else f"{numbers['warn']} warnings"
    more = "" if verbose else " To list the checks that passed, add --verbose."
    return (
        f"{verdict}: {numbers['pass']} passed, {warnings}, {numbers['fail']} failed{skipped}.{more}"
    )


def _sign(ready: bool | None, cautions: Sequence[Reason]) -> str:  # noqa: FBT001 - three values
    return "?" if ready is None else "✗" if not ready else "!" if cautions else "✓"


def _bot(bot: Bot, hint: str | None) -> Iterator[Line]:
    """The bot with its aliases and their languages; `hint` where it could not be judged."""
    yield Line(
        f"{bot.name}  {bot.bot_id}  {bot.status or 'unknown'}",
        sign=_sign(bot.ready, all_cautions(bot)),
    )
    if bot.ready and not bot.cautions:
        yield Line(sentence(reason("shown", what="bot")), indent=4, dim=True)
    yield from _sentences((*bot.reasons, *bot.cautions), 4)
    if bot.in_scope is False:
        yield Line(sentence(OUT_OF_SCOPE), indent=4)
    if hint:
        yield Line(f"→ {hint}", indent=4, dim=True)
    for alias in bot.aliases:
        if alias.alias_id != TEST_ALIAS:
            yield from _alias(bot, alias)


def _alias(bot: Bot, alias: Alias) -> Iterator[Line]:
    version = f"version {alias.version}" if alias.version else "no version"
    outside = "  excluded by least privilege" if bot.in_scope and alias.in_scope is False else ""
    cautions = [caution for locale in alias.locales for caution in locale.cautions]
    yield Line(
        f"alias {alias.name}  {alias.alias_id}  {alias.status}  {version}{outside}",
        sign=_sign(alias.ready, [*alias.cautions, *cautions]),
        indent=4,
    )
    yield from _sentences((*_news(alias.reasons, bot.reasons), *alias.cautions), 8)
    above = (*bot.reasons, *alias.reasons)
    for locale in alias.locales:
        enabled = "enabled" if locale.enabled else "not enabled"
        yield Line(
            f"{locale.locale_id}  {enabled}  {locale.status or 'not in this version'}",
            sign=_sign(locale.ready, locale.cautions),
            indent=8,
        )
        yield from _sentences((*_news(locale.reasons, above), *locale.cautions), 12)


def _sentences(reasons: Iterable[Reason], indent: int) -> Iterator[Line]:
    return (Line(sentence(why), indent=indent) for why in reasons)


def _news(reasons: Iterable[Reason], above: Iterable[Reason]) -> list[Reason]:
    """The reasons whose cause does not stand above: a bot names what its one alias lacks."""
    known = [cause for one in above for cause in _causes(one)]
    return [one for one in reasons if one.facts.get("why") not in known]


def _causes(one: Reason) -> Iterator[object]:
    why = one.facts.get("why")
    yield why
    if isinstance(why, Reason):
        yield from why.facts.get("whys", ())
