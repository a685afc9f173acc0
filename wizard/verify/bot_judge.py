"""Is a bot ready for Genesys? The rules and their sentences: why not, and what mends it.

The rules: a language is ready if it is enabled in the alias and Built in the alias's version;
an alias if it is Available, has a numbered version and one ready language; a bot if it is
Available, one alias other than TestBotAlias is ready, and nothing denies.
"""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

from wizard.core.bots import DRAFT, TEST_ALIAS, Alias, Bot, Locale
from wizard.validators import visible
from wizard.verify.bot_denial import alias_actions, bot_actions, denied, lex_may_invoke

if TYPE_CHECKING:
    from datetime import datetime

    from wizard.core.bots import AliasRead, BotRead, LocaleRead
    from wizard.verify.bot_denial import Denied
    from wizard.verify.bot_scope import Scope

BUILT = "Built"
AVAILABLE = "Available"
# Changes "can take a few minutes to appear in Architect", Genesys says.
SETTLING = timedelta(minutes=10)
BUSY = {
    "Creating": "still being created",
    "Importing": "still being imported",
    "Updating": "still being updated",
    "Versioning": "still making a version",
    "Building": "still being built",
    "Processing": "still being processed",
}
NEW_VERSION = (
    "In the Lex V2 console create a version (Bot versions > Create version) and point the alias "
    "to it (Aliases > the alias > Associate version with alias)."
)
TEST_ALIAS_REASON = (
    "Genesys Architect should not use this alias because TestBotAlias is for manual testing: it "
    "is limited in rate and points to DRAFT. Use an alias of your own."
)


def judge(
    read: BotRead, now: datetime, role_arn: str | None = None, scope: Scope | None = None
) -> Bot:
    """The bot with its readiness, down to every alias and language.

    `role_arn` is the role that Genesys uses: only with it a Deny for that role is told from
    one for somebody else. `scope` is what the role's least-privilege policy reaches.
    """
    if read.unread:
        reasons: tuple[str, ...] = (_unknown("bot", read.unread),)
        return Bot(read.region, read.bot_id, read.name, read.status, None, reasons)
    aliases = tuple(_alias(read, alias, now, role_arn, scope) for alias in read.aliases)
    taken = denied(read.policy, read.arn, bot_actions(), role_arn)
    blocked = _blocked(read, taken)
    own = [each for each in aliases if each.alias_id != TEST_ALIAS]
    unknown = next((each for each in own if each.ready is None), None)
    usable = any(each.ready for each in own)
    reasons = blocked if usable else (*blocked, _no_ready_alias(read, own, unknown, role_arn))
    in_reach = [each.in_scope for each in own]
    return Bot(
        region=read.region,
        bot_id=read.bot_id,
        name=read.name,
        status=read.status,
        ready=None if unknown and not usable and not blocked else not reasons,
        reasons=reasons,
        blocked=blocked,
        aliases=aliases,
        cautions=_bot_cautions(read, taken, now),
        in_scope=True if True in in_reach else None if None in in_reach or not scope else False,
        skipped=read.skipped,
    )


def _will_not(what: str, why: str) -> str:
    return f"Genesys Architect will not show this {what} because {why}"


def _unknown(what: str, why: str) -> str:
    return f"Whether Genesys Architect will show this {what} is not known: {why}"


def _blocked(read: BotRead, taken: Denied) -> tuple[str, ...]:
    whys = []
    if read.status != AVAILABLE:
        whys.append(_bot_status(read))
    if taken.surely:
        whys.append(_takes_away("bot", taken.surely))
    return tuple(_will_not("bot", why) for why in whys)


def _no_ready_alias(
    read: BotRead, own: list[Alias], unknown: Alias | None, role_arn: str | None
) -> str:
    if unknown is not None:
        return _unknown("bot", _alias_unread(read, unknown.alias_id))
    if not own:
        return _will_not(
            "bot",
            "it has no alias but TestBotAlias, which is for manual testing only. In the Lex V2 "
            "console create a version (Bot versions > Create version), then an alias for it "
            "(Aliases > Create alias).",
        )
    if len(own) == 1:
        alias = next(each for each in read.aliases if each.alias_id == own[0].alias_id)
        whys = " Also, ".join(_alias_lacks(read, alias, role_arn))
        return _will_not("bot", f"its alias {visible(alias.name)} is not ready: {whys}")
    names = ", ".join(visible(each.name) for each in own)
    return _will_not(
        "bot", f"none of its aliases ({names}) is ready. Mend one of them: each says what it lacks."
    )


def _alias_unread(read: BotRead, alias_id: str) -> str:
    return next(each.unread or "" for each in read.aliases if each.alias_id == alias_id)


def _takes_away(what: str, actions: tuple[str, ...]) -> str:
    return (
        f"its resource-based policy denies the role {_some(actions)}. Take that statement out (Lex "
        f"V2 console: the {what} > Resource-based policy), or ask whoever put it there."
    )


def _some(actions: tuple[str, ...]) -> str:
    shown = 2
    more = len(actions) - shown
    return ", ".join(actions[:shown]) + (f" and {more} more" if more > 0 else "")


def _bot_status(read: BotRead) -> str:
    match read.status:
        case status if status in BUSY:
            return f"it is {BUSY[status]} (status {status}). Wait until it is Available."
        case "Failed":
            return (
                f"Lex could not make it (status Failed){_because(read.failures)} Mend that in the "
                "Lex V2 console, or delete the bot and create it again."
            )
        case "Deleting":
            return "it is being deleted. Choose another bot."
        case status:
            return (
                f"its status is {visible(str(status))}, not Available. Open it in the Lex V2 "
                "console, build its languages, and look at what the console says."
            )


def _because(failures: tuple[str, ...]) -> str:
    """What Lex gave as the reason, behind a colon; a full stop where it gave none."""
    text = " ".join(visible(each).strip() for each in failures).strip()
    if not text:
        return "."
    return f": {text}" if text.endswith((".", "!", "?")) else f": {text}."


def _bot_cautions(read: BotRead, taken: Denied, now: datetime) -> tuple[str, ...]:
    cautions = []
    if read.kind == "BotNetwork":
        cautions.append(
            "This is a network of bots (BotNetwork); Genesys does not say whether Architect can "
            "use one. If it does not, use the bots of the network by themselves."
        )
    if taken.perhaps:
        cautions.append(_may_take_away("bot", taken.perhaps))
    if _fresh(read.updated, now):
        cautions.append(_wait("bot"))
    return tuple(cautions)


def _may_take_away(what: str, actions: tuple[str, ...]) -> str:
    return (
        f"The {what}'s resource-based policy denies {_some(actions)} under conditions, which may "
        "meet the role. Read it in the Lex V2 console (Resource-based policy)."
    )


def _fresh(updated: datetime | None, now: datetime) -> bool:
    return updated is not None and now - updated < SETTLING


def _wait(what: str) -> str:
    return (
        f"The {what} was changed less than ten minutes ago: wait, changes can take a few minutes "
        "to appear in Architect."
    )


def _alias(
    bot: BotRead, read: AliasRead, now: datetime, role_arn: str | None, scope: Scope | None
) -> Alias:
    taken = denied(read.policy, bot.alias_arn(read.alias_id), alias_actions(), role_arn)
    reasons = _alias_reasons(bot, read, role_arn)
    cautions = []
    if taken.perhaps:
        cautions.append(_may_take_away("alias", taken.perhaps))
    if _fresh(read.updated, now):
        cautions.append(_wait("alias"))
    if scope is not None:
        cautions += scope.mismatch(bot, read)
    return Alias(
        alias_id=read.alias_id,
        name=read.name,
        status=read.status,
        version=read.version,
        ready=None if read.unread else not reasons,
        reasons=reasons,
        locales=tuple(_locale(bot, read, locale, now) for locale in read.locales),
        cautions=tuple(cautions),
        in_scope=scope.reaches(bot, read) if scope else None,
    )


def _alias_reasons(bot: BotRead, read: AliasRead, role_arn: str | None) -> tuple[str, ...]:
    if read.alias_id == TEST_ALIAS:
        return (TEST_ALIAS_REASON,)
    if read.unread:
        return (_unknown("alias", read.unread),)
    return tuple(_will_not("alias", why) for why in _alias_lacks(bot, read, role_arn))


def _alias_lacks(bot: BotRead, read: AliasRead, role_arn: str | None) -> list[str]:
    """What keeps an alias from being ready, one phrase each."""
    whys = []
    if read.status != AVAILABLE:
        whys.append(_alias_status(read.status))
    if not read.version or read.version == DRAFT:
        points = "to DRAFT, the working copy" if read.version else "to no version of the bot"
        whys.append(f"it points {points}. {NEW_VERSION}")
    if read.version and not any(_built(locale) for locale in read.locales):
        whys.append(_no_ready_locale(read))
    taken = denied(read.policy, bot.alias_arn(read.alias_id), alias_actions(), role_arn)
    if taken.surely:
        whys.append(_takes_away("alias", taken.surely))
    return whys


def _alias_status(status: str) -> str:
    match status:
        case "Creating":
            return "it is still being created (status Creating). Wait until it is Available."
        case "Deleting":
            return "it is being deleted. Choose or create another alias."
        case "Failed":
            return "Lex could not make it (status Failed). Delete it and create it again."
        case _:
            return f"its status is {visible(status)}, not Available. Open it in the Lex V2 console."


def _built(read: LocaleRead) -> bool:
    return read.enabled and read.status == BUILT


def _no_ready_locale(read: AliasRead) -> str:
    if not read.locales:
        return (
            "it has no language. Add one to the bot and build it, create a version, point the "
            "alias to it, and enable the language in the alias."
        )
    first = next((each for each in read.locales if each.enabled), read.locales[0])
    return _locale_lacks(read, first)


def _locale(bot: BotRead, alias: AliasRead, read: LocaleRead, now: datetime) -> Locale:
    ready = _built(read)
    cautions = []
    if read.enabled and read.only_fallback:
        cautions.append(
            f"{visible(read.locale_id)} has no intent but the fallback, so every caller ends "
            "there. Add intents, build, and make a new version."
        )
    if read.enabled and read.hook is not None and not read.hook.unread:
        alias_arn = bot.alias_arn(alias.alias_id)
        if not lex_may_invoke(read.hook.policy, alias_arn):
            cautions.append(_hook(read.hook.arn, alias_arn))
    if _fresh(read.updated, now):
        cautions.append(_wait(f"language {visible(read.locale_id)}"))
    return Locale(
        locale_id=read.locale_id,
        enabled=read.enabled,
        status=read.status,
        ready=ready,
        reasons=() if ready else (_will_not("language", _locale_lacks(alias, read)),),
        cautions=tuple(cautions),
    )


def _locale_lacks(alias: AliasRead, read: LocaleRead) -> str:
    name, version = visible(read.locale_id), visible(alias.version or "")
    status = read.status
    if not alias.version:
        return "the alias points to no version of the bot."
    if status is None:
        return (
            f"version {version}, to which the alias points, does not have {name}. Build {name} in "
            f"DRAFT, if it is there. {NEW_VERSION}"
        )
    if status == "Failed":
        return (
            f"the build of {name} failed in version {version}{_because(read.failures)} Mend that "
            f"in DRAFT and build it. {NEW_VERSION}"
        )
    if status in BUSY:
        return f"{name} is {BUSY[status]} in version {version} (status {status}). Wait for it."
    if status is not None and status != BUILT:
        return (
            f"{name} is not built in version {version} (status {visible(status)}). Build it in "
            f"DRAFT. {NEW_VERSION}"
        )
    return (
        f"{name} is not enabled in the alias. Enable it in the Lex V2 console (Aliases > "
        f"{visible(alias.name)} > Languages > {name} > Enable in alias)."
    )


def _hook(function_arn: str, alias_arn: str) -> str:
    return (
        f"Lex may not call the Lambda function {visible(function_arn)} for this alias, or it does "
        "not exist: conversations that need it will fail. Allow it: `aws lambda add-permission "
        f"--function-name {shlex.quote(visible(function_arn))} --action lambda:InvokeFunction "
        f"--principal lexv2.amazonaws.com --source-arn {alias_arn} "
        f"--statement-id lex-{alias_arn.rsplit('/', 1)[-1]}`."
    )
