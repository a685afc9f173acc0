"""Reads bots one by one, each with its aliases, languages, policies and Lambda hooks."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.aws.lex import GONE, NOT_ENABLED, Found, Lex, contain, list_regions
from wizard.aws.threads import Threads
from wizard.core.bots import TEST_ALIAS, AliasRead, BotRead, HookRead, LocaleRead, RegionRead
from wizard.core.documents import NotADocument, parse
from wizard.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from wizard.aws.session import Session
    from wizard.core.documents import Document
    from wizard.validators import BotRef

T = TypeVar("T")
BOTS_AT_ONCE = 8
FALLBACK = "AMAZON.FallbackIntent"
FEW = 10  # intents asked for at a time: the first that is no fallback ends the search


def _silent(_done: int, _total: int) -> None:
    """Nobody is told."""


def read_bots(
    session: Session,
    regions: Sequence[str],
    chosen: Sequence[BotRef] = (),
    *,
    tags: bool = False,
    all_regions: bool = False,
    on_bot: Callable[[int, int], None] = _silent,
) -> Iterator[RegionRead | BotRead]:
    """Every region that was looked at, then every bot, as they come; nothing is kept.

    `chosen` narrows to these bots: no listing then; one with a region of its own is looked for
    there only, one that does not exist is left out. `tags`: read the tags of bots and aliases
    too. `all_regions`: one that is not enabled is no trouble. `on_bot` is told how many bots
    of how many are done. A denial or failure at one bot or region is told there, and the rest
    goes on. Raises CredentialsFailed where nothing more can be read at all.
    """
    # Lex is left first: what the workers wait for ends then, and so do they.
    with Threads(BOTS_AT_ONCE) as workers, Lex(session) as lex:
        waiting: deque[Found] = deque()
        if chosen:
            for region in dict.fromkeys((*(each.region or "" for each in chosen), *regions)):
                wanted = [
                    bot.bot_id
                    for bot in chosen
                    if bot.region == region or (bot.region is None and region in regions)
                ]
                if wanted:
                    yield RegionRead(region)
                    waiting.extend(Found(region, each, each) for each in dict.fromkeys(wanted))
        else:
            for region_read, found in list_regions(lex, regions, quietly=all_regions):
                yield region_read
                waiting.extend(found)
        lex.account_id  # noqa: B018 - asked once, before the workers would all ask
        read = partial(_read, lex, _Hooks(lex), tags=tags, quietly=all_regions)
        done, total = 0, len(waiting)
        begun: deque[Future[BotRead | None]] = deque()
        while waiting or begun:
            while waiting and len(begun) < 2 * BOTS_AT_ONCE:
                begun.append(workers.submit(read, waiting.popleft()))
            bot = begun.popleft().result()
            done += 1
            on_bot(done, total)
            if bot is not None:
                yield bot


def _read(lex: Lex, hooks: _Hooks, found: Found, *, tags: bool, quietly: bool) -> BotRead | None:
    """One bot; None if it is not there. Raises CredentialsFailed."""
    try:
        return _Bot(lex, hooks, found, tags=tags).read()
    except AwsError as error:
        if error.code == GONE:
            return None  # it is not in this region, or was deleted meanwhile
        contain(error)
        if error.code in NOT_ENABLED and quietly:
            return None
        return BotRead(
            found.region,
            lex.account_id,
            found.bot_id,
            found.name,
            found.status,
            unread=error.message,
        )


class _Hooks:
    """The policies of Lambda functions, each asked for once: many bots share few functions."""

    def __init__(self, lex: Lex) -> None:
        self._lex = lex
        self._known: dict[str, Future[HookRead]] = {}
        self._lock = threading.Lock()

    def begin(self, arn: str, region: str) -> Future[HookRead]:
        with self._lock:
            if arn not in self._known:
                self._known[arn] = self._lex.run(partial(self._read, arn, region))
            return self._known[arn]

    def _read(self, arn: str, region: str) -> HookRead:
        try:
            answer = self._lex.ask(region, "GetPolicy", {"FunctionName": arn}, "lambda")
        except AwsError as error:
            return HookRead(arn, unread=error.code != GONE)
        return HookRead(arn, _document(answer.get("Policy")))


class _Bot:
    """Reads one bot in three steps; what is independent of each other goes side by side.

    Versions are read once, however many aliases point to them.
    """

    def __init__(self, lex: Lex, hooks: _Hooks, found: Found, *, tags: bool) -> None:
        self._lex = lex
        self._hooks = hooks
        self._found = found
        self._tags = tags
        self._region = found.region
        self._arns = f"arn:aws:lex:{found.region}:{lex.account_id}"
        self._skipped: set[str] = set()
        self._asked: dict[tuple[str, str, str], Future[Any]] = {}

    def read(self) -> BotRead:
        """The bot as it is. Raises AwsError where it or its aliases can't be read."""
        found = self._found
        arn = f"{self._arns}:bot/{found.bot_id}"
        described = self._begin("DescribeBot")
        listed = self._lex.begin_list(
            self._region, "ListBotAliases", {"botId": found.bot_id}, "botAliasSummaries"
        )
        policy, tags = self._begin_policy(arn), self._begin_tags(arn)
        bot = described.result()
        aliases = tuple(self._aliases(listed.result()))
        return BotRead(
            region=self._region,
            account_id=self._lex.account_id,
            bot_id=found.bot_id,
            name=bot.get("botName", found.name),
            status=bot.get("botStatus", found.status),
            kind=bot.get("botType"),
            failures=tuple(bot.get("failureReasons") or ()),
            role_arn=bot.get("roleArn"),
            aliases=aliases,
            policy=self._policy(policy),
            updated=bot.get("lastUpdatedDateTime"),
            tags=self._tags_of(tags),
            skipped=frozenset(self._skipped),
        )

    def _aliases(self, summaries: list[dict[str, Any]]) -> Iterator[AliasRead]:
        """TestBotAlias is not looked into: it is never ready, and every bot has one."""
        begun = []
        for summary in summaries:
            if summary["botAliasId"] == TEST_ALIAS:
                continue
            arn = f"{self._arns}:bot-alias/{self._found.bot_id}/{summary['botAliasId']}"
            described = self._begin("DescribeBotAlias", botAliasId=summary["botAliasId"])
            begun.append((summary, described, self._begin_policy(arn), self._begin_tags(arn)))
            if summary.get("botVersion"):
                self._locales_of(summary["botVersion"])
        for summary in summaries:
            if summary["botAliasId"] == TEST_ALIAS:
                yield self._alias(summary)
        reads = [(each, *self._begin_locales(each[0], each[1])) for each in begun]
        for (summary, _, policy, tags), locales, unread in reads:
            if unread is not None and unread.code == GONE:
                continue  # deleted meanwhile
            yield replace(
                self._alias(summary, None if unread is None else unread.message),
                locales=tuple(self._locale(each) for each in locales),
                policy=self._policy(policy),
                tags=self._tags_of(tags),
            )

    def _alias(self, summary: dict[str, Any], unread: str | None = None) -> AliasRead:
        return AliasRead(
            alias_id=summary["botAliasId"],
            name=summary.get("botAliasName", summary["botAliasId"]),
            status=summary.get("botAliasStatus", ""),
            version=summary.get("botVersion"),
            updated=summary.get("lastUpdatedDateTime"),
            unread=unread,
        )

    def _begin_locales(
        self, summary: dict[str, Any], described: Future[dict[str, Any]]
    ) -> tuple[list[_Locale], AwsError | None]:
        """The languages of an alias, their details asked for; or why they can't be read."""
        version = summary.get("botVersion") or ""
        try:
            settings = described.result().get("botAliasLocaleSettings") or {}
            built = self._locales_of(version).result() if version else []
        except AwsError as error:
            contain(error)
            return [], error
        of_version = {each["localeId"]: each for each in built}
        return [
            self._begin_locale(version, locale_id, settings.get(locale_id), of_version)
            for locale_id in sorted({*settings, *of_version})
        ], None

    def _begin_locale(
        self,
        version: str,
        locale_id: str,
        setting: dict[str, Any] | None,
        of_version: Mapping[str, dict[str, Any]],
    ) -> _Locale:
        summary = of_version.get(locale_id, {})
        status, enabled = summary.get("botLocaleStatus"), bool(setting and setting.get("enabled"))
        hook = ((setting or {}).get("codeHookSpecification") or {}).get("lambdaCodeHook") or {}
        arn = hook.get("lambdaARN")
        return _Locale(
            LocaleRead(locale_id, enabled, status, updated=summary.get("lastUpdatedDateTime")),
            fallback=self._only_fallback(version, locale_id)
            if enabled and status == "Built"
            else None,
            failure=self._once("DescribeBotLocale", version, locale_id)
            if status == "Failed"
            else None,
            hook=self._hooks.begin(arn, self._region) if arn and enabled else None,
        )

    def _locale(self, locale: _Locale) -> LocaleRead:
        failed = self._advice(locale.failure, "lex:DescribeBotLocale") or {}
        hook = locale.hook.result() if locale.hook else None
        if hook and hook.unread:
            self._skipped.add("lambda:GetPolicy")
        return replace(
            locale.read,
            failures=tuple(failed.get("failureReasons") or ()),
            only_fallback=self._advice(locale.fallback, "lex:ListIntents"),
            hook=hook,
        )

    def _begin(self, operation: str, **parameters: str) -> Future[dict[str, Any]]:
        return self._lex.begin(self._region, operation, {"botId": self._found.bot_id, **parameters})

    def _locales_of(self, version: str) -> Future[list[dict[str, Any]]]:
        key = ("ListBotLocales", version, "")
        if key not in self._asked:
            parameters = {"botId": self._found.bot_id, "botVersion": version}
            self._asked[key] = self._lex.begin_list(
                self._region, "ListBotLocales", parameters, "botLocaleSummaries"
            )
        return self._asked[key]

    def _once(self, operation: str, version: str, locale_id: str) -> Future[dict[str, Any]]:
        key = (operation, version, locale_id)
        if key not in self._asked:
            self._asked[key] = self._begin(operation, botVersion=version, localeId=locale_id)
        return self._asked[key]

    def _only_fallback(self, version: str, locale_id: str) -> Future[bool]:
        key = ("ListIntents", version, locale_id)
        if key not in self._asked:
            parameters = {
                "botId": self._found.bot_id,
                "botVersion": version,
                "localeId": locale_id,
            }

            def ask() -> bool:
                intents = self._lex.pages(
                    self._region, "ListIntents", parameters, "intentSummaries", FEW
                )
                return all(each.get("parentIntentSignature") == FALLBACK for each in intents)

            self._asked[key] = self._lex.run(ask)
        return self._asked[key]

    def _begin_policy(self, arn: str) -> Future[dict[str, Any]]:
        parameters = {"resourceArn": arn}
        return self._lex.begin(self._region, "DescribeResourcePolicy", parameters)

    def _policy(self, future: Future[dict[str, Any]]) -> Document | None:
        answer = self._advice(future, "lex:DescribeResourcePolicy") or {}
        return _document(answer.get("policy"))

    def _begin_tags(self, arn: str) -> Future[dict[str, Any]] | None:
        if not self._tags:
            return None
        return self._lex.begin(self._region, "ListTagsForResource", {"resourceARN": arn})

    def _tags_of(self, future: Future[dict[str, Any]] | None) -> Mapping[str, str] | None:
        answer = self._advice(future, "lex:ListTagsForResource")
        return None if answer is None else answer.get("tags") or {}

    def _advice(self, future: Future[T] | None, action: str) -> T | None:
        """The answer to a question that only advises; a denied one is noted and passed over."""
        try:
            return None if future is None else future.result()
        except AwsError as error:
            contain(error)
            if error.code != GONE:  # there is no policy: the usual case
                self._skipped.add(action)
            return None


@dataclass(frozen=True)
class _Locale:
    """A language with what was asked of it."""

    read: LocaleRead
    fallback: Future[bool] | None
    failure: Future[dict[str, Any]] | None
    hook: Future[HookRead] | None


def _document(text: str | None) -> Document | None:
    """A policy from its text; one that can't be read counts as none."""
    try:
        return None if text is None else parse(text)
    except NotADocument:
        return None
