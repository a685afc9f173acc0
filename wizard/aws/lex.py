"""Asks Lex V2, in many regions side by side and as slowly as Lex wants to be asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.aws.session import SIDE_BY_SIDE, Attempt
from wizard.aws.threads import Threads
from wizard.core.bots import TEST_ALIAS, RegionRead
from wizard.core.service_roles import Usage
from wizard.errors import AwsError, CredentialsFailed
from wizard.validators import BotRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from wizard.aws.session import Session

LEX = "lexv2-models"
PAGE = 1000  # what Lex gives at most
# A throttled call waits for its turn among many others: ten times as long as a single change.
PATIENCE = 10
# How AWS turns away credentials that are good, in a region that the account has not enabled.
NOT_ENABLED = {
    "unrecognized-client",
    "invalid-client-token-id",
    "auth-failure",
    "opt-in-required",
}
GONE = "resource-not-found"
INTERRUPTED = "interrupted"


def _silent(_done: int, _total: int) -> None:
    """Nobody is told."""


def contain(error: AwsError) -> None:
    """Raise again what is no matter of one bot or region: a login that ended, a stopped run."""
    if error.code == INTERRUPTED:
        raise error
    if isinstance(error, CredentialsFailed) and error.code not in NOT_ENABLED:
        raise error


class Lex:
    """Calls to Lex V2, at most `SIDE_BY_SIDE` at a time. A context manager: leaving it ends them.

    Throttled calls are repeated until their turn comes; a lost session is tried once more;
    anything else is an answer, since these questions only advise.
    """

    def __init__(self, session: Session) -> None:
        self._connection = session
        self._pool = Threads(SIDE_BY_SIDE)

    def __enter__(self) -> Lex:  # noqa: PYI034 - Self needs Python 3.11
        """Nothing is opened before the first call."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what waits, drop what has not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def account_id(self) -> str:
        """The account that the credentials belong to."""
        return self._connection.caller().account_id

    def ask(
        self, region: str, operation: str, parameters: dict[str, Any], service: str = LEX
    ) -> dict[str, Any]:
        """One call. Raises AwsError."""
        return self._connection.call(
            service,
            operation,
            parameters,
            region=region,
            attempt=Attempt(patience=PATIENCE, advises=True),
        )

    def begin(
        self, region: str, operation: str, parameters: dict[str, Any], service: str = LEX
    ) -> Future[dict[str, Any]]:
        """`ask`, side by side with others."""
        return self._pool.submit(self.ask, region, operation, parameters, service)

    def pages(
        self, region: str, operation: str, parameters: dict[str, Any], key: str, size: int = PAGE
    ) -> Iterator[Any]:
        """The items of a listing, page by page as they are wanted. Raises AwsError."""
        more: dict[str, Any] = {}
        while True:
            answer = self.ask(region, operation, {**parameters, "maxResults": size, **more})
            yield from answer.get(key) or ()
            if not answer.get("nextToken"):
                return
            more = {"nextToken": answer["nextToken"]}

    def run(self, function: Callable[[], Any]) -> Future[Any]:
        """A function that asks, side by side with others. It must not wait for another future."""
        return self._pool.submit(function)

    def begin_list(
        self, region: str, operation: str, parameters: dict[str, Any], key: str
    ) -> Future[list[Any]]:
        """All items of a listing, side by side with others."""
        return self.run(lambda: list(self.pages(region, operation, parameters, key)))


@dataclass(frozen=True)
class Found:
    """A bot that ListBots told of, as much of it as is kept until its turn comes."""

    region: str
    bot_id: str
    name: str
    status: str | None = None


def list_regions(
    lex: Lex, regions: Iterable[str], *, quietly: bool
) -> Iterator[tuple[RegionRead, list[Found]]]:
    """Every region with its bots, in the order given; one that can't be read says why.

    `quietly`: a region that the account has not enabled is no trouble. Raises
    AwsError where the credentials are at fault, not the region.
    """
    begun = [(region, lex.run(lambda region=region: _found(lex, region))) for region in regions]  # type: ignore[misc]
    for region, future in begun:
        try:
            found = future.result()
        except AwsError as error:  # noqa: PERF203 - each region stands for itself
            yield _unread(region, error, quietly=quietly), []
        else:
            yield RegionRead(region, len(found)), found


def _found(lex: Lex, region: str) -> list[Found]:
    return [
        Found(region, each["botId"], each.get("botName", each["botId"]), each.get("botStatus"))
        for each in lex.pages(region, "ListBots", {}, "botSummaries")
    ]


def _unread(region: str, error: AwsError, *, quietly: bool) -> RegionRead:
    contain(error)
    if error.code not in NOT_ENABLED:
        return RegionRead(region, unread=error.message, hint=error.hint)
    if quietly:
        return RegionRead(region, disabled=True)
    return RegionRead(
        region,
        unread="AWS does not accept the credentials there; the region is not enabled for this "
        "account.",
        hint="Leave the region out, or enable it: aws account enable-region --region-name "
        f"{region}",
    )


@dataclass(frozen=True)
class Choice:
    """Something to choose from a list: a bot or an alias, with the name people know it by."""

    id: str
    name: str
    status: str


def bots_to_choose(session: Session, region: str) -> list[Choice]:
    """The bots of a region, by name. One call for up to 1,000 bots. Raises AwsError."""
    with Lex(session) as lex:
        found = _found(lex, region)
    choices = [Choice(each.bot_id, each.name, each.status or "") for each in found]
    return sorted(choices, key=lambda choice: choice.name.lower())


def aliases_to_choose(session: Session, region: str, bot_id: str) -> list[Choice]:
    """The aliases of a bot, by name, TestBotAlias included. Raises AwsError."""
    with Lex(session) as lex:
        parameters, key = {"botId": bot_id}, "botAliasSummaries"
        listed = list(lex.pages(region, "ListBotAliases", parameters, key))
    choices = [
        Choice(each["botAliasId"], each.get("botAliasName", ""), each.get("botAliasStatus", ""))
        for each in listed
    ]
    return sorted(choices, key=lambda choice: choice.name.lower())


def everything_to_choose(session: Session) -> list[tuple[BotRef, str]]:
    """The bots of the session's region and their aliases, each with a label to choose it by.

    An alias that can't be listed is left out; its bot can be chosen as a whole. TestBotAlias
    is for manual testing and is not offered. Raises AwsError where bots can't be listed.
    """
    region = session.region
    if region is None:
        return []
    choices: list[tuple[BotRef, str]] = []
    bots = bots_to_choose(session, region)
    with Threads(SIDE_BY_SIDE) as pool:
        listed = pool.map(lambda bot: _aliases_or_none(session, region, bot.id), bots)
        for bot, aliases in zip(bots, listed, strict=True):
            choices.append((BotRef(bot.id, None, region), f"{bot.name} ({bot.id}): all aliases"))
            choices += [
                (
                    BotRef(bot.id, alias.id, region),
                    f"{bot.name}: alias {alias.name} ({alias.id})",
                )
                for alias in aliases
                if alias.id != TEST_ALIAS
            ]
    return choices


def _aliases_or_none(session: Session, region: str, bot_id: str) -> list[Choice]:
    try:
        return aliases_to_choose(session, region, bot_id)
    except AwsError:
        return []


def find_bots(
    session: Session, bots: Sequence[BotRef], regions: Sequence[str] = ()
) -> dict[BotRef, bool | None]:
    """Whether each bot or alias exists: True, False, or None where it could not be looked at.

    A bot without a region is looked for in `regions`. Raises CredentialsFailed.
    """
    with Lex(session) as lex:
        begun = {
            bot: [_begin_finding(lex, bot, each) for each in _where(bot, regions)] for bot in bots
        }
        return {
            bot: _any_known([_answer(future) for future in futures])
            for bot, futures in begun.items()
        }


def _where(bot: BotRef, regions: Sequence[str]) -> Sequence[str]:
    return (bot.region,) if bot.region else regions


def _begin_finding(lex: Lex, bot: BotRef, region: str) -> Future[dict[str, Any]]:
    if bot.alias_id is None:
        return lex.begin(region, "DescribeBot", {"botId": bot.bot_id})
    parameters = {"botId": bot.bot_id, "botAliasId": bot.alias_id}
    return lex.begin(region, "DescribeBotAlias", parameters)


def _answer(future: Future[dict[str, Any]]) -> bool | None:
    try:
        future.result()
    except AwsError as error:
        contain(error)
        return False if error.code == GONE else None
    return True


def _any_known(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers or not answers else False


def role_usage(
    session: Session,
    regions: Sequence[str],
    on_bot: Callable[[int, int], None] = _silent,
) -> Usage:
    """Which bot uses which role, by DescribeBot.roleArn, in all these regions.

    What could not be read is named in the answer; a region that is not enabled counts as
    empty. `on_bot` is told how many bots of how many are done. Raises CredentialsFailed.
    """
    by_role: dict[str, list[str]] = {}
    unread: dict[str, str] = {}
    with Lex(session) as lex:
        account, waiting, done = lex.account_id, deque[Found](), 0
        for region, found in list_regions(lex, regions, quietly=True):
            waiting.extend(found)
            if region.unread:
                unread[region.region] = region.unread
        total = len(waiting)
        begun: deque[tuple[Found, Future[dict[str, Any]]]] = deque()
        while waiting or begun:
            while waiting and len(begun) < 2 * SIDE_BY_SIDE:
                bot = waiting.popleft()
                begun.append((bot, lex.begin(bot.region, "DescribeBot", {"botId": bot.bot_id})))
            bot, future = begun.popleft()
            try:
                role = str(future.result().get("roleArn", ""))
            except AwsError as error:
                contain(error)
                if error.code != GONE:
                    unread[bot.region] = error.message
            else:
                arn = f"arn:aws:lex:{bot.region}:{account}:bot/{bot.bot_id}"
                by_role.setdefault(role, []).append(arn)
            done += 1
            on_bot(done, total)
    return Usage({role: tuple(bots) for role, bots in by_role.items()}, unread)
