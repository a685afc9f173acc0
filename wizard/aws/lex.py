"""Reads Lex V2: bots with their aliases, languages, policies and Lambda functions."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.aws.session import SIDE_BY_SIDE, Attempt
from wizard.core.bots import TEST_ALIAS, Alias, Bot, Hook, Locale, Region
from wizard.core.documents import NotADocument, parse
from wizard.core.service_roles import Usage
from wizard.core.shell import command
from wizard.errors import AwsError, CredentialsFailed
from wizard.validators import BotRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from wizard.aws.session import Session
    from wizard.core.documents import Document

T = TypeVar("T")
R = TypeVar("R")
PAGE = 1000  # what Lex gives at most
FEW = 10  # intents asked for at a time: the first that is no fallback ends the search
FALLBACK = "AMAZON.FallbackIntent"
# A throttled call waits for its turn among many others: ten times as long as a single change.
PATIENCE = 10
# How AWS refuses credentials that are good, in a region that the account has not enabled.
NOT_ENABLED = {
    "unrecognized-client",
    "invalid-client-token-id",
    "auth-failure",
    "opt-in-required",
}
NOT_FOUND = "resource-not-found"


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""


def _contain(error: AwsError) -> None:
    """Raise again what concerns more than one bot or region: a login that ended, a stopped run."""
    if error.code == "interrupted":
        raise error
    if isinstance(error, CredentialsFailed) and error.code not in NOT_ENABLED:
        raise error


def _side_by_side(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results in the order of the items. Few are begun ahead, so memory stays flat.

    Leaving early, as Ctrl-C does, waits for no call and begins none.
    """
    pool = ThreadPoolExecutor(SIDE_BY_SIDE)
    waiting, begun = deque(items), deque["Future[R]"]()
    try:
        while waiting or begun:
            while waiting and len(begun) < 2 * SIDE_BY_SIDE:
                begun.append(pool.submit(function, waiting.popleft()))
            yield begun.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class _Lex:
    """Lex V2 in one region. Its methods raise AwsError."""

    session: Session
    region: str

    def ask(
        self, operation: str, service: str = "lexv2-models", **parameters: Any
    ) -> dict[str, Any]:
        attempt = Attempt(patience=PATIENCE, advises=True)
        return self.session.call(
            service, operation, parameters, region=self.region, attempt=attempt
        )

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
    on_bot: Callable[[int, int], None] = _silent,
) -> Iterator[Region | Bot]:
    """Every region that was looked at, then every bot, as they come; nothing is kept.

    `chosen` narrows to these bots: no listing then; one with a region of its own is looked for
    there only, one that does not exist is left out. `tags`: read the tags of bots and aliases
    too. `all_regions`: one that is not enabled is no trouble. `on_bot` gets how many bots
    of how many are done. A denial or failure at one bot or region is reported there, and the
    rest goes on. Raises CredentialsFailed where nothing more can be read at all.
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
    read = partial(_read, session, _Hooks(), tags=tags, quietly=all_regions)
    for done, bot in enumerate(_side_by_side(read, waiting), 1):
        on_bot(done, len(waiting))
        if bot is not None:
            yield bot


def _list_regions(
    session: Session, regions: Iterable[str], *, quietly: bool
) -> Iterator[tuple[Region, list[Bot]]]:
    """Every region with its bots, in the order given; one that can't be read says why.

    `quietly`: a region that the account has not enabled is no trouble. Raises
    AwsError where the credentials are at fault, not the region.
    """

    def listed(region: str) -> tuple[Region, list[Bot]]:
        try:
            found = _Lex(session, region).bots()
        except AwsError as error:
            return _unread(session, region, error, quietly=quietly), []
        return Region(region, len(found)), found

    return _side_by_side(listed, regions)


def _unread(session: Session, region: str, error: AwsError, *, quietly: bool) -> Region:
    _contain(error)
    if region not in session.lex_regions():
        return Region(
            region,
            unread="the AWS SDK knows no Lex V2 there",
            hint="Give a --region that has Lex V2, or update boto3.",
        )
    if error.code not in NOT_ENABLED:
        return Region(region, unread=error.message, hint=error.hint)
    if quietly:
        return Region(region, disabled=True)
    return Region(
        region,
        unread="AWS does not accept the credentials there; the region is not enabled for this "
        "account.",
        hint="Leave the region out, or enable it: `"
        + command("aws", "account", "enable-region", "--region-name", region)
        + "`",
    )


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


def _read(session: Session, hooks: _Hooks, found: Bot, *, tags: bool, quietly: bool) -> Bot | None:
    """One bot; None if it is not there. Raises CredentialsFailed."""
    try:
        return _Reader(_Lex(session, found.region), hooks, found, tags).bot()
    except AwsError as error:
        if error.code == NOT_FOUND:
            return None  # it is not in this region, or was deleted meanwhile
        _contain(error)
        return (
            None if error.code in NOT_ENABLED and quietly else replace(found, unread=error.message)
        )


@dataclass(frozen=True)
class _Reader:
    """Reads one bot, one call after another. `known`: what was read of its versions, once each."""

    lex: _Lex
    hooks: _Hooks
    found: Bot
    tags: bool
    known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)

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
        bot_id, version = self.found.bot_id, alias.version
        if alias.alias_id == TEST_ALIAS:
            return alias
        try:
            described = self.lex.ask("DescribeBotAlias", botId=bot_id, botAliasId=alias.alias_id)
            built = self.once(self.built, version) if version else {}
        except AwsError as error:
            _contain(error)
            if error.code == NOT_FOUND:
                return None
            alias = replace(alias, unread=error.message)
        else:
            settings = described.get("botAliasLocaleSettings") or {}
            locales = [
                self.locale(version or "", locale_id, settings.get(locale_id), built.get(locale_id))
                for locale_id in sorted({*settings, *built})
            ]
            alias = replace(alias, locales=tuple(locales))
        return replace(alias, **self.policy_and_tags(self.found.alias_arn(alias.alias_id)))

    def locale(
        self,
        version: str,
        locale_id: str,
        setting: dict[str, Any] | None,
        summary: dict[str, Any] | None,
    ) -> Locale:
        setting, summary = setting or {}, summary or {}
        status, enabled = summary.get("botLocaleStatus"), bool(setting.get("enabled"))
        arn = ((setting.get("codeHookSpecification") or {}).get("lambdaCodeHook") or {}).get(
            "lambdaARN"
        )
        hook = self.hooks.read(self.lex, arn) if arn and enabled else None
        if hook and hook.unread:
            self.skipped.add("lambda:GetPolicy")
        ask_intents = enabled and status == "Built"
        return Locale(
            locale_id,
            enabled,
            status,
            failures=self.once(self.failures, version, locale_id) if status == "Failed" else (),
            only_fallback=self.once(self.fallback, version, locale_id) if ask_intents else None,
            hook=hook,
            updated=summary.get("lastUpdatedDateTime"),
        )

    def built(self, version: str) -> dict[str, dict[str, Any]]:
        """The languages of a version by ID."""
        listed = self.lex.items(
            "ListBotLocales", "botLocaleSummaries", botId=self.found.bot_id, botVersion=version
        )
        return {locale["localeId"]: locale for locale in listed}

    def failures(self, version: str, locale_id: str) -> tuple[str, ...]:
        named = {"botId": self.found.bot_id, "botVersion": version, "localeId": locale_id}
        described = self.detail("DescribeBotLocale", **named) or {}
        return tuple(described.get("failureReasons") or ())

    def fallback(self, version: str, locale_id: str) -> bool | None:
        """Whether a language has no intent but the fallback; None where that is not answered."""
        named = {"botId": self.found.bot_id, "botVersion": version, "localeId": locale_id}
        intents = self.lex.items("ListIntents", "intentSummaries", FEW, **named)
        try:
            return all(intent.get("parentIntentSignature") == FALLBACK for intent in intents)
        except AwsError as error:
            self.skip("ListIntents", error)
            return None

    def policy_and_tags(self, arn: str) -> dict[str, Any]:
        policy = self.detail("DescribeResourcePolicy", resourceArn=arn) or {}
        answer = self.detail("ListTagsForResource", resourceARN=arn) if self.tags else None
        tags = None if answer is None else answer.get("tags") or {}
        return {"policy": _document(policy.get("policy")), "tags": tags}

    def detail(self, operation: str, **parameters: str) -> dict[str, Any] | None:
        """The answer to a question that only advises; a denied one is noted and passed over."""
        try:
            return self.lex.ask(operation, **parameters)
        except AwsError as error:
            self.skip(operation, error)
            return None

    def skip(self, operation: str, error: AwsError) -> None:
        _contain(error)
        if error.code != NOT_FOUND:  # there is no policy: the usual case
            self.skipped.add(f"lex:{operation}")

    def once(self, question: Callable[..., T], *values: str) -> T:
        key = (question.__name__, *values)
        if key not in self.known:
            self.known[key] = question(*values)
        answer: T = self.known[key]
        return answer


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
        return [
            (BotRef(bot.bot_id, None, region), f"{bot.name} ({bot.bot_id}): all aliases"),
            *(
                (
                    BotRef(bot.bot_id, alias.alias_id, region),
                    f"{bot.name}: alias {alias.name} ({alias.alias_id})",
                )
                for alias in aliases
                if alias.alias_id != TEST_ALIAS
            ),
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
        answers = [
            _exists(_Lex(session, region), bot)
            for region in ((bot.region,) if bot.region else regions)
        ]
        if True in answers:
            return True
        return None if None in answers or not answers else False

    return dict(zip(bots, _side_by_side(find, bots), strict=True))


def _exists(lex: _Lex, bot: BotRef) -> bool | None:
    try:
        if bot.alias_id is None:
            lex.ask("DescribeBot", botId=bot.bot_id)
        else:
            lex.ask("DescribeBotAlias", botId=bot.bot_id, botAliasId=bot.alias_id)
    except AwsError as error:
        _contain(error)
        return False if error.code == NOT_FOUND else None
    return True


def role_usage(
    session: Session,
    regions: Sequence[str],
    on_bot: Callable[[int, int], None] = _silent,
) -> Usage:
    """Which bot uses which role, by DescribeBot.roleArn, in all these regions.

    What could not be read is named in the answer; a region that is not enabled counts as
    empty. `on_bot` gets how many bots of how many are done. Raises CredentialsFailed.
    """
    by_role: dict[str, list[str]] = {}
    unread: dict[str, str] = {}
    waiting: list[Bot] = []
    session.caller()  # asked once, before all threads would
    for region, found in _list_regions(session, regions, quietly=True):
        waiting += found
        if region.unread:
            unread[region.region] = region.unread

    def role_of(bot: Bot) -> str | AwsError:
        try:
            described = _Lex(session, bot.region).ask("DescribeBot", botId=bot.bot_id)
        except AwsError as error:
            _contain(error)
            return error
        return str(described.get("roleArn", ""))

    roles = _side_by_side(role_of, waiting)
    for done, (bot, role) in enumerate(zip(waiting, roles, strict=True), 1):
        if isinstance(role, str):
            by_role.setdefault(role, []).append(bot.arn)
        elif role.code != NOT_FOUND:
            unread[bot.region] = role.message
        on_bot(done, len(waiting))
    return Usage({role: tuple(arns) for role, arns in by_role.items()}, unread)
