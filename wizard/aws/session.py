"""A session with one AWS account: clients, the caller, calls and their retries, pages, trace."""

from __future__ import annotations

import os
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from wizard.aws.errors import (
    DELETE_CONFLICT,
    NO_SUCH_ENTITY,
    THROTTLED,
    code_and_status,
    configured,
    logged_in,
    transient,
    translated,
    unreadable,
)
from wizard.errors import AwsError, CredentialsFailed
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Wait = Callable[[str, float], None]

P = ParamSpec("P")
T = TypeVar("T")
CONNECT_SECONDS = 10
READ_SECONDS = 60
SIDE_BY_SIDE = 16
# IAM and STS are reached without a region of the user's too; this one signs for them then.
GLOBAL_REGION = "us-east-1"
CHANGE_SECONDS = 60.0
JUST_MADE_SECONDS = 120.0  # NoSuchEntity on what was just made is propagation
DELETE_CONFLICT_SECONDS = 20.0  # DeleteConflict just after the last thing was detached
UNDO_SECONDS = 30.0
FIRST_DELAY = 0.25
LONGEST_DELAY = 8.0
DELAYS = 40  # a small budget begins with small steps, so that it holds several attempts
# How AWS refuses credentials that are good, in a region that the account has not enabled.
NOT_ENABLED = {"unrecognized-client", "invalid-client-token-id", "auth-failure", "opt-in-required"}
_ARN = re.compile(r"arn:[^:]+(:[^:]*){3}:.+")

# Building a client reads botocore's shared loader and is not safe in several threads.
_building = threading.Lock()


def silent(_reason: str, _seconds: float) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Retry:
    """How long to go on trying: budgets in seconds from the first failure on.

    `stop` ends every wait at once: the user pressed Ctrl-C.
    """

    seconds: float = CHANGE_SECONDS
    just_made_seconds: float = JUST_MADE_SECONDS
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    @property
    def first_delay(self) -> float:
        """Seconds before the second attempt; it doubles from there on."""
        return min(FIRST_DELAY, self.seconds / DELAYS)

    def capped(self, seconds: float | None) -> Retry:
        """The same with no budget longer than `seconds`."""
        if seconds is None:
            return self
        just_made = min(self.just_made_seconds, seconds)
        return replace(self, seconds=min(self.seconds, seconds), just_made_seconds=just_made)


class Settled(Exception):
    """A call whose answer was lost was carried out after all; `result` is what it gave."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass
class Attempt:
    """How one call is tried again, and what is known of it.

    `wait` gets the reason and the seconds before each further attempt. `unknown_yet` is asked
    at NoSuchEntity: true if what was called for exists and AWS only has to spread it.
    `settle` is asked before trying again after a lost answer: it returns the result if the
    call was carried out (the caller then gets `Settled`). `in_doubt` is true once an answer
    was lost. `patience` multiplies the budget of a throttled call; with `advises`, a lost
    connection is tried once more, and any other answer is an answer.
    """

    wait: Wait = silent
    unknown_yet: Callable[[], bool] = lambda: False
    settle: Callable[[], Any] = lambda: None
    patience: float = 1.0
    advises: bool = False
    in_doubt: bool = False
    failed_before: bool = False
    began: float | None = None
    delay: float = 0.0

    def is_in_doubt(self) -> bool:
        """Whether the call may have been carried out although no answer came."""
        return self.in_doubt


# The attempt that the running call of this thread belongs to; None: one attempt only.
_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@dataclass(frozen=True)
class Caller:
    """Who the credentials belong to, as GetCallerIdentity tells."""

    account_id: str
    arn: str
    partition: str


class Session:
    """What a run uses to talk to AWS. Clients are made once and shared between threads.

    `trace` gets one line per call (operation, parameters, outcome), never a header; `wait`
    gets the reason and the seconds, in any thread, before a reading call is tried again.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        retry: Retry | None = None,
        trace: Callable[[str], None] | None = None,
        may_ask: bool = True,
        wait: Wait = silent,
    ) -> None:
        """Open a session. Raises CredentialsFailed for a profile that does not exist.

        Without `may_ask` a profile that wants an MFA code fails instead of asking for it.
        """
        import boto3  # takes 0.2 s: only when AWS is really called

        self.profile = profile
        self.retry = retry or Retry()
        self._trace = trace
        self._wait = wait
        self._clients: dict[tuple[str, str], Any] = {}
        self._caller: Caller | None = None
        with configured(profile):
            # boto3 does not read AWS_REGION, which the AWS CLI puts before AWS_DEFAULT_REGION.
            region = region or os.environ.get("AWS_REGION") or None
            self._boto3 = boto3.Session(profile_name=profile, region_name=region)
            self.region: str | None = self._boto3.region_name or None
            # The SDK calls it "default" where there is none of that name.
            named = self._boto3.profile_name
            self.profile = named if named in self._boto3.available_profiles else None
            if not may_ask:
                _ask_for_no_code(self._boto3)

    @cached_property
    def executor(self) -> ThreadPoolExecutor:
        """The threads for independent reads; nothing that waits for another one runs in them."""
        return ThreadPoolExecutor(SIDE_BY_SIDE)

    @property
    def runs_a_program(self) -> bool:
        """Whether another program gives the credentials, which may take its time."""
        core = self._boto3._session  # noqa: SLF001 - boto3 has no other way
        return "credential_process" in core.get_scoped_config()

    def log_in(self) -> None:
        """Get the credentials before they are needed, where a question (MFA) can be answered.

        Whatever is wrong with them is CredentialsFailed; having none is found at the first call.
        """
        with logged_in(self.profile):
            credentials = self._boto3.get_credentials()
            if credentials is None:
                return
            if credentials.method == "env":
                self.profile = None  # variables go before it
            parts = credentials.get_frozen_credentials()
            for part in (parts.access_key, parts.secret_key, parts.token or "-"):
                if not isinstance(part, str) or not re.fullmatch(r"[\x21-\x7e]+", part):
                    raise CredentialsFailed(
                        (
                            "The AWS credentials contain an invalid character, such as a line "
                            f"break ({visible(str(credentials.method))})."
                        ),
                        "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the "
                        "credentials file, or what credential_process prints.",
                        code="credentials-unusable",
                    )

    def lex_regions(self) -> list[str]:
        """Every region in which the AWS SDK knows Lex V2."""
        return sorted(self._boto3.get_available_regions("lexv2-models"))

    def caller(self) -> Caller:
        """Who we are; asked once. Raises CredentialsFailed, Unreachable, AccessDenied."""
        if self._caller is None:
            answer = self.call("sts", "GetCallerIdentity")
            arn, account_id = str(answer.get("Arn")), str(answer.get("Account"))
            if not (_ARN.fullmatch(arn) and re.fullmatch(r"[0-9]{12}", account_id)):
                raise unreadable("sts:GetCallerIdentity")  # a page of some proxy's, well formed
            self._caller = Caller(account_id, arn, arn.split(":")[1])
        return self._caller

    def call(
        self,
        service: str,
        operation: str,
        parameters: dict[str, Any] | None = None,
        *,
        region: str | None = None,
        attempt: Attempt | None = None,
    ) -> dict[str, Any]:
        """One call, its transient failures retried. Raises AwsError, Settled."""
        method = self.method(service, operation, region)
        with self._calling(service, operation, attempt or Attempt(self._wait)):
            answer: dict[str, Any] = method(**(parameters or {}))
        return answer

    def call_once(
        self, service: str, operation: str, parameters: dict[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        """One call without a second attempt. Raises AwsError."""
        method = self.method(service, operation, region)
        with self._calling(service, operation, None):
            answer: dict[str, Any] = method(**parameters)
        return answer

    def pages(
        self,
        service: str,
        operation: str,
        parameters: dict[str, Any] | None = None,
        *,
        region: str | None = None,
        attempt: Attempt | None = None,
    ) -> list[dict[str, Any]]:
        """All pages of a listing. Raises AwsError."""
        from botocore import xform_name

        paginator = self.client(service, region).get_paginator(xform_name(operation))
        with self._calling(service, operation, attempt or Attempt(self._wait)):
            return list(paginator.paginate(**(parameters or {})))

    def items(
        self, service: str, operation: str, parameters: dict[str, Any], key: str
    ) -> list[Any]:
        """All items of a listing, `key` of each of its pages. Raises AwsError."""
        pages = self.pages(service, operation, parameters)
        return [item for page in pages for item in page.get(key) or ()]

    @contextmanager
    def _calling(self, service: str, operation: str, attempt: Attempt | None) -> Iterator[None]:
        token = _attempt.set(attempt)
        in_doubt = attempt.is_in_doubt if attempt else bool
        try:
            with translated(f"{service}:{operation}", self.profile, in_doubt=in_doubt):
                yield
        finally:
            _attempt.reset(token)

    def method(self, service: str, operation: str, region: str | None = None) -> Callable[..., Any]:
        """The client's method for an operation that is named as AWS names it."""
        from botocore import xform_name

        method: Callable[..., Any] = getattr(self.client(service, region), xform_name(operation))
        return method

    def client(self, service: str, region: str | None = None) -> Any:
        """The client of a service; made at the first call, the same one afterwards."""
        key = (service, region or self.region or GLOBAL_REGION)
        with _building:
            if key not in self._clients:
                self._clients[key] = self._build(*key)
            return self._clients[key]

    def _build(self, service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(
            # The hook below retries: visibly, within a budget, knowing what is safe to repeat.
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=SIDE_BY_SIDE,
            user_agent_extra="genesys-lex-wizard",
        )
        with configured(self.profile):
            client = self._boto3.client(service, region_name=region, config=config)
        client.meta.events.register_first("needs-retry", self._try_again, unique_id="try-again")
        if self._trace is not None:
            _trace_calls(client, self._trace)
        return client

    def _try_again(
        self, response: Any, caught_exception: Exception | None, operation: Any, **_: Any
    ) -> int | None:
        """Botocore's question whether to repeat a call: 0 for yes, after having waited."""
        attempt = _attempt.get()
        if attempt is None or (response is not None and "Error" not in response[1]):
            return None
        reason, budget = self._why_again(response, caught_exception, attempt)
        now = self.retry.clock()
        attempt.began = now if attempt.began is None else attempt.began
        attempt.delay = min(attempt.delay * 2, LONGEST_DELAY) or self.retry.first_delay
        pause = attempt.delay * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        if not reason or now - attempt.began + pause >= budget:
            return None
        if not self.retry.stop.is_set():
            attempt.wait(reason, pause)
        if self.retry.stop.wait(pause):
            name = f"{operation.service_model.service_name}:{operation.name}"
            stopped = AwsError(f"{name} was interrupted while waiting.", code="interrupted")
            stopped.in_doubt = attempt.in_doubt
            raise stopped
        if attempt.in_doubt and (result := attempt.settle()) is not None:
            raise Settled(result)
        return 0

    def _why_again(
        self, response: Any, caught_exception: Exception | None, attempt: Attempt
    ) -> tuple[str, float]:
        """Why trying again may help, and how long in seconds; an empty reason if it can't."""
        code, status = code_and_status(response)
        if code in NO_SUCH_ENTITY and attempt.unknown_yet():
            return "AWS is still propagating the new resource", self.retry.just_made_seconds
        if code in DELETE_CONFLICT:
            reason = "AWS still reports an attachment"
            return reason, min(self.retry.seconds, DELETE_CONFLICT_SECONDS)
        reason, lost = transient(code, status, caught_exception)
        if attempt.advises and code not in THROTTLED and (code or attempt.failed_before):
            return "", 0.0
        attempt.in_doubt = attempt.in_doubt or lost
        attempt.failed_before = attempt.failed_before or code not in THROTTLED
        return reason, self.retry.seconds * (attempt.patience if code in THROTTLED else 1.0)


def _ask_for_no_code(boto3_session: Any) -> None:
    """Keep botocore from asking at the terminal for an MFA code."""

    def refuse(_question: str) -> str:
        raise CredentialsFailed(
            "The profile requires an MFA code, but prompts are turned off.",
            (
                "Run the command at a terminal without --non-interactive, or sign in first "
                "and use the credentials that `aws configure export-credentials` prints."
            ),
            code="mfa-code-needed",
        )

    core = boto3_session._session  # noqa: SLF001 - neither boto3 nor botocore has another way
    provider = core.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = refuse  # noqa: SLF001


def _trace_calls(client: Any, trace: Callable[[str], None]) -> None:
    """Trace every call by its operation and parameters, and its outcome by status and ID.

    botocore's own debug log is not used: it shows authorization headers and tokens.
    """
    import json

    def before(model: Any, params: dict[str, Any], **_: Any) -> None:
        body = params.get("body")
        shown = json.dumps(body, default=str) if isinstance(body, dict) else ""
        trace(f"-> {model.service_model.service_id} {model.name} {shown}")

    def after(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        metadata = parsed.get("ResponseMetadata", {})
        error = parsed.get("Error", {}).get("Code", "")
        trace(
            f"<- {model.service_model.service_id} {model.name} {http_response.status_code} "
            f"{error} {metadata.get('RequestId', '')}".rstrip()
        )

    def lost(event_name: str, exception: BaseException, **_: Any) -> None:
        service, operation = event_name.split(".")[1:3]
        trace(f"<- {service} {operation} {type(exception).__name__}")

    client.meta.events.register("before-call", before)
    client.meta.events.register("after-call", after)
    client.meta.events.register("after-call-error", lost)


def account_alias(session: Session) -> str | None:
    """The account's alias, or None: it only helps, so a failure to read it is passed over.

    Raises CredentialsFailed: IAM refuses credentials that STS has accepted.
    """
    try:
        answer = session.call_once("iam", "ListAccountAliases", {})
    except CredentialsFailed:
        raise
    except AwsError:
        return None
    return next(iter(answer.get("AccountAliases", ())), None)


def profiles() -> list[str]:
    """The profiles in the AWS SDK's configuration files, whichever of them works."""
    import botocore.exceptions
    import botocore.session

    try:
        return list(botocore.session.Session().available_profiles)
    except botocore.exceptions.BotoCoreError:
        return []


def answer_of(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | AwsError:
    """The answer to a question, or the error that kept it from being answered.

    Raises what concerns more than one bot or region: a login that ended, a stopped run.
    """
    try:
        return question(*args, **kwargs)
    except AwsError as error:
        ended = isinstance(error, CredentialsFailed) and error.code not in NOT_ENABLED
        if ended or error.code == "interrupted":
            raise
        return error
