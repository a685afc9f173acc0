"""The report of `verify`: the checks, and the bots as a tree of aliases and languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.bots.model import TEST_ALIAS
from wizard.report.screen import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.bots.model import Alias, Bot
    from wizard.check import Check
    from wizard.report.screen import Screen
    from wizard.values import Bot as ChosenBot

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "?"}
ID_WIDTH = 24
NO_ROLE = "See role.exists."


def report(
    screen: Screen,
    *,
    where: str,
    checks: Sequence[Check],
    bots: Sequence[Bot],
    chosen: Sequence[ChosenBot],
) -> None:
    """Everything that was looked at, the problems with what mends them, and a count."""
    screen.heading(f"Role {where}")
    in_tree = {f"bots.{bot.region}.{bot.bot_id}" for bot in bots} if not chosen else set()
    for check in checks:
        # Without a role there is one thing to say, not one for each thing not looked at.
        if check.id not in in_tree and check.hint != NO_ROLE:
            screen.lines(_lines(check), label_width=ID_WIDTH)
    if bots:
        for region in dict.fromkeys(bot.region for bot in bots):
            screen.heading(f"Bots in {region}")
            for bot in bots:
                if bot.region == region:
                    screen.lines(_bot(bot), label_width=0)
    screen.line()
    screen.line(_count(checks))


def _lines(check: Check) -> Iterator[Line]:
    yield Line(check.message, check.id, SIGNS[check.status])
    if check.hint and check.status != "pass":
        yield Line(f"→ {check.hint}", " ", dim=check.status == "skip")


def _count(checks: Sequence[Check]) -> str:
    numbers = {status: sum(each.status == status for each in checks) for status in SIGNS}
    verdict = "Problems were found" if numbers["fail"] else "The role is as it should be"
    skipped = f", {numbers['skip']} skipped" if numbers["skip"] else ""
    warnings = "1 warning" if numbers["warn"] == 1 else f"{numbers['warn']} warnings"
    return f"{verdict}: {numbers['pass']} passed, {warnings}, {numbers['fail']} failed{skipped}."


def _sign(ready: bool | None) -> str:  # noqa: FBT001 - three values, so no flag
    return "?" if ready is None else "✓" if ready else "✗"


def _bot(bot: Bot) -> Iterator[Line]:
    outside = "  (outside what the role is limited to)" if bot.in_scope is False else ""
    yield Line(
        f"{bot.name}  {bot.bot_id}  {bot.status or 'unknown'}{outside}", sign=_sign(bot.ready)
    )
    for reason in (*bot.reasons, *bot.cautions):
        yield Line(reason, indent=4)
    if bot.ready and not bot.cautions:
        yield Line("Genesys Architect will show this bot.", indent=4, dim=True)
    for alias in bot.aliases:
        if alias.alias_id != TEST_ALIAS:
            yield from _alias(alias)


def _alias(alias: Alias) -> Iterator[Line]:
    version = f"version {alias.version}" if alias.version else "no version"
    words = f"alias {alias.name}  {alias.alias_id}  {alias.status}  {version}"
    yield Line(words, sign=_sign(alias.ready), indent=4)
    for reason in (*alias.reasons, *alias.cautions):
        yield Line(reason, indent=8)
    for locale in alias.locales:
        enabled = "enabled" if locale.enabled else "not enabled"
        words = f"{locale.locale_id}  {enabled}  {locale.status or 'not in this version'}"
        yield Line(words, sign=_sign(locale.ready), indent=8)
        for reason in (*locale.reasons, *locale.cautions):
            yield Line(reason, indent=12)
