"""Reads Lex V2: bots with their aliases, languages, policies and Lambda functions."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from wizard.aws.session import NOT_ENABLED, SIDE_BY_SIDE, Attempt, answer_of
from wizard.core.bots import TEST_ALIAS, Alias, Bot, Hook, Locale, Region, Usage
from wizard.core.documents import NotADocument, parse
from wizard.core.shell import command
from wizard.errors import AwsError
from wizard.validators import BotRef

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from concurrent.futures import Future

    from wizard.aws.session import Session
    from wizard.core.documents import Document

    OnBot = Callable[[int, int], None]  # how many bots of how many are done

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
LEX = "lexv2-models"
PAGE = 1000  # what Lex gives at most
FEW = 10  # intents asked for at a time: the first that is no fallback ends the search
FALLBACK = "AMAZON.FallbackIntent"
# A throttled call waits for its turn among many others: ten times as long as a single change.
PATIENCE = 10
NOT_FOUND = "resource-not-found"


def _side_by_side(
    function: Callable[[T], R], items: Collection[T], on_done: OnBot = lambda _done, _total: None
) -> Iterator[R]:
    """The results in the order of the items. Few are begun ahead, so memory stays flat.

    Leaving early, as Ctrl-C does, waits for no call and begins none.
    """
    pool = ThreadPoolExecutor(SIDE_BY_SIDE)
    waiting, begun = deque(items), deque["Future[R]"]()
    try:
        for done in range(1, len(items) + 1):
            while waiting and len(begun) < 2 * SIDE_BY_SIDE:
                begun.append(pool.submit(function, waiting.popleft()))
            result = begun.popleft().result()
            on_done(done, len(items))
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class _Lex:
    """Lex V2 in one region. Its methods raise AwsError."""

    session: Session
    region: str

    def ask(self, operation: str, service: str = LEX, **parameters: Any) -> dict[str, Any]:
        attempt, region = Attempt(patience=PATIENCE, advises=True), self.region
        return self.session.call(service, operation, parameters, region=region, attempt=attempt)

    def items(
        self, operation: str, key: str, size: int = PAGE, **parameters: str
    ) -> Iterator[dict[str, Any]]:
        """A listing, page by page as it is needed; botocore has no paginators for Lex V2."""
        more: dict[str, str] = {}
        while True:
            answer = self.ask(operation, maxResults=size, **parameters, **more)
            yield from answer.get(key) or ()
            if not answer.get("nextToken"):
                return
            more = {"nextToken": answer["nextToken"]}

    def bots(self) -> list[Bot]:
        account_id = self.session.caller().account_id
        return [
            Bot(
                self.region,
                account_id,
                bot["botId"],
                bot.get("botName", bot["botId"]),
                bot.get("botStatus"),
            )
            for bot in self.items("ListBots", "botSummaries")
        ]

    def aliases(self, bot_id: str) -> list[Alias]:
        """The aliases of a bot, TestBotAlias before the others."""
        aliases = [
            Alias(
                alias["botAliasId"],
                alias.get("botAliasName", alias["botAliasId"]),
                alias.get("botAliasStatus", ""),
                alias.get("botVersion"),
                updated=alias.get("lastUpdatedDateTime"),
            )
            for alias in self.items("ListBotAliases", "botAliasSummaries", botId=bot_id)
        ]
        return sorted(aliases, key=lambda alias: alias.alias_id != TEST_ALIAS)


def read_bots(
    session: Session,
    regions: Sequence[str],
    chosen: Sequence[BotRef] = (),
    *,
    tags: bool = False,
    all_regions: bool = False,
    on_bot: OnBot = lambda _done, _total: None,
) -> Iterator[Region | Bot]:
    """Every region that was looked at, then every bot, as they come; nothing is kept.

    `chosen` narrows to these bots: no listing then; one with a region of its own is looked for
    there only, one that does not exist is left out. `tags`: read the tags of bots and aliases
    too. `all_regions`: one that is not enabled is no trouble. A denial or failure at one bot or
    region is reported there, and the rest goes on. Raises CredentialsFailed where nothing more
    can be read at all.
    """
    account_id = session.caller().account_id
    waiting: list[Bot] = []
    if chosen:
        for region in dict.fromkeys((*(bot.region or "" for bot in chosen), *regions)):
            here = {region} | ({None} if region in regions else set())
            ids = dict.fromkeys(bot.bot_id for bot in chosen if bot.region in here)
            if ids:
                yield Region(region)
                waiting += [Bot(region, account_id, bot_id, bot_id) for bot_id in ids]
    else:
        for region_read, found in _list_regions(session, regions, quietly=all_regions):
            yield region_read
            waiting += found
    hooks = _Hooks()

    def read(found: Bot) -> Bot | None:
        bot = answer_of(_Reader(_Lex(session, found.region), hooks, found, tags=tags).bot)
        if not isinstance(bot, AwsError):
            return bot
        # It is not in this region, or was deleted meanwhile.
        gone = bot.code == NOT_FOUND or (bot.code in NOT_ENABLED and all_regions)
        return None if gone else replace(found, unread=bot.message)

    for bot in _side_by_side(read, waiting, on_bot):
        if bot is not None:
            yield bot


def _list_regions(
    session: Session, regions: Sequence[str], *, quietly: bool
) -> Iterator[tuple[Region, list[Bot]]]:
    """Every region with its bots, in the order given; one that can't be read says why.

    `quietly`: a region that the account has not enabled is no trouble. Raises
    AwsError where the credentials are at fault, not the region.
    """

    def listed(region: str) -> tuple[Region, list[Bot]]:
        bots = answer_of(_Lex(session, region).bots)
        if not isinstance(bots, AwsError):
            return Region(region, len(bots)), bots
        if region not in session.lex_regions():
            unread = "the installed AWS SDK has no Lex V2 endpoint there"
            hint = "Give a --region that has Lex V2, or update boto3."
            return Region(region, unread=unread, hint=hint), []
        if bots.code not in NOT_ENABLED:
            return Region(region, unread=bots.message, hint=bots.hint), []
        if quietly:
            return Region(region, disabled=True), []
        unread = (
            "AWS rejects your credentials there because the Region isn't enabled for this account."
        )
        enable = command("aws", "account", "enable-region", "--region-name", region)
        hint = f"Omit the Region, or enable it: `{enable}`"
        return Region(region, unread=unread, hint=hint), []

    return _side_by_side(listed, regions)


class _Hooks:
    """The policies of Lambda functions, each asked for once: many bots share few functions."""

    def __init__(self) -> None:
        self._known: dict[str, Hook] = {}
        self._locks: dict[str, threading.Lock] = {}

    def read(self, lex: _Lex, arn: str) -> Hook:
        with self._locks.setdefault(arn, threading.Lock()):
            if arn not in self._known:
                try:
                    answer = lex.ask("GetPolicy", "lambda", FunctionName=arn)
                    self._known[arn] = Hook(arn, _document(answer.get("Policy")))
                except AwsError as error:
                    self._known[arn] = Hook(arn, unread=error.code != NOT_FOUND)
            return self._known[arn]


class _Reader:
    """Reads one bot, one call after another. `skipped`: see `Bot`."""

    def __init__(self, lex: _Lex, hooks: _Hooks, found: Bot, *, tags: bool) -> None:
        self.lex, self.hooks, self.found, self.tags = lex, hooks, found, tags
        self.skipped: set[str] = set()
        # Aliases may share a version; its languages are asked for once.
        self.built, self.fallback = cache(self._built), cache(self._fallback)
        self.failures = cache(self._failures)

    def bot(self) -> Bot:
        """The bot as it is. Raises AwsError where it or its aliases can't be read."""
        found = self.found
        bot = self.lex.ask("DescribeBot", botId=found.bot_id)
        aliases = [self.alias(alias) for alias in self.lex.aliases(found.bot_id)]
        return replace(
            found,
            name=bot.get("botName", found.name),
            status=bot.get("botStatus", found.status),
            kind=bot.get("botType"),
            failures=tuple(bot.get("failureReasons") or ()),
            role_arn=bot.get("roleArn"),
            aliases=tuple(alias for alias in aliases if alias is not None),
            updated=bot.get("lastUpdatedDateTime"),
            **self.policy_and_tags(found.arn),
            skipped=frozenset(self.skipped),
        )

    def alias(self, alias: Alias) -> Alias | None:
        """One alias, None if it was deleted meanwhile.

        TestBotAlias is not looked into: it is never ready, and every bot has one.
        """
        if alias.alias_id == TEST_ALIAS:
            return alias
        locales = answer_of(self.locales, alias)
        if not isinstance(locales, AwsError):
            alias = replace(alias, locales=locales)
        elif locales.code == NOT_FOUND:
            return None
        else:
            alias = replace(alias, unread=locales.message)
        return replace(alias, **self.policy_and_tags(self.found.alias_arn(alias.alias_id)))

    def locales(self, alias: Alias) -> tuple[Locale, ...]:
        """The languages that the alias names or that its version holds."""
        bot_id, version = self.found.bot_id, alias.version
        described = self.lex.ask("DescribeBotAlias", botId=bot_id, botAliasId=alias.alias_id)
        settings = described.get("botAliasLocaleSettings") or {}
        built = self.built(version) if version else {}
        return tuple(
            self.locale(version or "", name, settings.get(name) or {}, built.get(name) or {})
            for name in sorted({*settings, *built})
        )

    def locale(
        self, version: str, name: str, setting: dict[str, Any], summary: dict[str, Any]
    ) -> Locale:
        status, enabled = summary.get("botLocaleStatus"), bool(setting.get("enabled"))
        function = (setting.get("codeHookSpecification") or {}).get("lambdaCodeHook") or {}
        arn = function.get("lambdaARN")
        hook = self.hooks.read(self.lex, arn) if arn and enabled else None
        if hook and hook.unread:
            self.skipped.add("lambda:GetPolicy")
        return Locale(
            name,
            enabled,
            status,
            failures=self.failures(version, name) if status == "Failed" else (),
            only_fallback=self.fallback(version, name) if enabled and status == "Built" else None,
            hook=hook,
            updated=summary.get("lastUpdatedDateTime"),
        )

    def _built(self, version: str) -> dict[str, dict[str, Any]]:
        """The languages of a version by ID."""
        listed = self.lex.items(
            "ListBotLocales", "botLocaleSummaries", botId=self.found.bot_id, botVersion=version
        )
        return {locale["localeId"]: locale for locale in listed}

    def _failures(self, version: str, name: str) -> tuple[str, ...]:
        named = {"botId": self.found.bot_id, "botVersion": version, "localeId": name}
        described = self.detail("DescribeBotLocale", **named) or {}
        return tuple(described.get("failureReasons") or ())

    def _fallback(self, version: str, name: str) -> bool | None:
        """Whether a language has no intent but the fallback; None where that is not answered."""
        named = {"botId": self.found.bot_id, "botVersion": version, "localeId": name}
        intents = self.lex.items("ListIntents", "intentSummaries", FEW, **named)
        signatures = (intent.get("parentIntentSignature") for intent in intents)
        only = answer_of(lambda: all(signature == FALLBACK for signature in signatures))
        return self.answered("ListIntents", only)

    def policy_and_tags(self, arn: str) -> dict[str, Any]:
        policy = self.detail("DescribeResourcePolicy", resourceArn=arn) or {}
        answer = self.detail("ListTagsForResource", resourceARN=arn) if self.tags else None
        tags = None if answer is None else answer.get("tags") or {}
        return {"policy": _document(policy.get("policy")), "tags": tags}

    def detail(self, operation: str, **parameters: str) -> dict[str, Any] | None:
        """The answer to a question that only advises; a denied one is noted and passed over."""
        return self.answered(operation, answer_of(self.lex.ask, operation, **parameters))

    def answered(self, operation: str, answer: T | AwsError) -> T | None:
        if not isinstance(answer, AwsError):
            return answer
        if answer.code != NOT_FOUND:  # there is no policy: the usual case
            self.skipped.add(f"lex:{operation}")
        return None


def _document(text: str | None) -> Document | None:
    """A policy from its text; one that can't be read counts as none."""
    try:
        return None if text is None else parse(text)
    except NotADocument:
        return None


def everything_to_choose(session: Session) -> list[tuple[BotRef, str]]:
    """The bots of the session's region and their aliases by name, each with a label.

    An alias that can't be listed is left out; its bot can be chosen as a whole. TestBotAlias
    is for manual testing and is not offered. Raises AwsError where bots can't be listed.
    """
    region = session.region
    if region is None:
        return []
    lex = _Lex(session, region)

    def choices(bot: Bot) -> list[tuple[BotRef, str]]:
        try:
            aliases = lex.aliases(bot.bot_id)
        except AwsError:
            aliases = []
        aliases.sort(key=lambda alias: alias.name.lower())
        whole = BotRef(bot.bot_id, None, region), f"{bot.name} ({bot.bot_id}): all aliases"
        return [whole] + [
            (
                BotRef(bot.bot_id, alias.alias_id, region),
                f"{bot.name}: alias {alias.name} ({alias.alias_id})",
            )
            for alias in aliases
            if alias.alias_id != TEST_ALIAS
        ]

    bots = sorted(lex.bots(), key=lambda bot: bot.name.lower())
    return [choice for some in _side_by_side(choices, bots) for choice in some]


def find_bots(
    session: Session, bots: Sequence[BotRef], regions: Sequence[str] = ()
) -> dict[BotRef, bool | None]:
    """Whether each bot or alias exists: True, False, or None where it could not be read.

    A bot without a region is looked for in `regions`. Raises CredentialsFailed.
    """

    def find(bot: BotRef) -> bool | None:
        operation, named = "DescribeBot", {"botId": bot.bot_id}
        if bot.alias_id is not None:
            operation, named = "DescribeBotAlias", {**named, "botAliasId": bot.alias_id}
        answers = [
            answer_of(_Lex(session, region).ask, operation, **named)
            for region in ((bot.region,) if bot.region else regions)
        ]
        errors = [answer.code for answer in answers if isinstance(answer, AwsError)]
        if len(errors) < len(answers):
            return True
        return False if errors and set(errors) == {NOT_FOUND} else None

    return dict(zip(bots, _side_by_side(find, bots), strict=True))


def role_usage(
    session: Session, regions: Sequence[str], on_bot: OnBot = lambda _done, _total: None
) -> Usage:
    """Which bot uses which role, by DescribeBot.roleArn, in all these regions.

    What could not be read is named in the answer; a region that is not enabled counts as
    empty. Raises CredentialsFailed.
    """
    by_role: dict[str, list[str]] = {}
    session.caller()  # asked once, before all threads would
    listed = list(_list_regions(session, regions, quietly=True))
    unread = {region.region: region.unread for region, _ in listed if region.unread}
    bots = [bot for _, found in listed for bot in found]

    def describe(bot: Bot) -> dict[str, Any] | AwsError:
        return answer_of(_Lex(session, bot.region).ask, "DescribeBot", botId=bot.bot_id)

    for bot, described in zip(bots, _side_by_side(describe, bots, on_bot), strict=True):
        if not isinstance(described, AwsError):
            by_role.setdefault(str(described.get("roleArn", "")), []).append(bot.arn)
        elif described.code != NOT_FOUND:
            unread[bot.region] = described.message
    return Usage({role: tuple(arns) for role, arns in by_role.items()}, unread)
