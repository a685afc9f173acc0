"""A session to one AWS account: session, clients, and who the caller is."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.aws.errors import configured, logged_in, translated, unreadable
from wizard.aws.retry import Retry, silent
from wizard.errors import CredentialsFailed

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_SECONDS = 10
READ_SECONDS = 60
SIDE_BY_SIDE = 16
# IAM and STS are reached without a region of the user's too; this one signs for them then.
GLOBAL_REGION = "us-east-1"
_ARN = re.compile(r"arn:[^:]+(:[^:]*){3}:.+")

# Building a client reads botocore's shared loader and is not safe in several threads.
_building = threading.Lock()


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
        wait: Callable[[str, float], None] = silent,
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
            self._session = boto3.Session(profile_name=profile, region_name=region)
            self.region: str | None = self._session.region_name or None
            # The SDK calls it "default" where there is none of that name.
            named = self._session.profile_name
            self.profile = named if named in self._session.available_profiles else None
            if not may_ask:
                _ask_for_no_code(self._session)

    def log_in(self) -> None:
        """Get the credentials before they are needed, where a question (MFA) can be answered.

        Whatever is wrong with them is CredentialsFailed; having none is found at the first call.
        """
        with logged_in(self.profile):
            credentials = self._session.get_credentials()
            if credentials is not None:
                if credentials.method == "env":
                    self.profile = None  # variables go before it
                self.retry.call(
                    credentials.get_frozen_credentials,
                    operation="sts:AssumeRole",
                    profile=self.profile,
                )

    def lex_regions(self) -> list[str]:
        """Every region in which the AWS SDK knows Lex V2."""
        return sorted(self._session.get_available_regions("lexv2-models"))

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
            # We retry ourselves: visibly, within a budget, and knowing what is safe to repeat.
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=SIDE_BY_SIDE,
            user_agent_extra="genesys-lex-wizard",
        )
        with configured(self.profile):
            client = self._session.client(service, region_name=region, config=config)
        if self._trace is not None:
            _trace_calls(client, self._trace)
        return client

    def caller(self) -> Caller:
        """Who we are; asked once. Raises CredentialsFailed, Unreachable, AccessDenied."""
        if self._caller is None:
            answer = self.call("sts", "GetCallerIdentity", {})
            arn, account_id = str(answer.get("Arn")), str(answer.get("Account"))
            if not (_ARN.fullmatch(arn) and re.fullmatch(r"[0-9]{12}", account_id)):
                raise unreadable("sts:GetCallerIdentity")  # a page of some proxy's, well formed
            self._caller = Caller(account_id, arn, arn.split(":")[1])
        return self._caller

    def call(
        self, service: str, operation: str, parameters: dict[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        """One reading call, its transient failures retried. Raises AwsError."""
        method = self.method(service, operation, region)
        answer: dict[str, Any] = self.retry.call(
            lambda: method(**parameters),
            operation=f"{service}:{operation}",
            profile=self.profile,
            wait=self._wait,
        )
        return answer

    def call_once(
        self, service: str, operation: str, parameters: dict[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        """One call without a second attempt. Raises AwsError."""
        method = self.method(service, operation, region)
        with translated(f"{service}:{operation}", self.profile):
            answer: dict[str, Any] = method(**parameters)
        return answer

    def pages(
        self, service: str, operation: str, parameters: dict[str, Any], key: str
    ) -> list[Any]:
        """All items of a listing of IAM's kind (`Marker`, `IsTruncated`)."""
        items: list[Any] = []
        more: dict[str, Any] = {}
        while True:
            answer = self.call(service, operation, {**parameters, **more})
            items += answer.get(key, [])
            if not answer.get("IsTruncated") or not answer.get("Marker"):
                return items
            more = {"Marker": answer["Marker"]}

    def method(self, service: str, operation: str, region: str | None = None) -> Callable[..., Any]:
        """The client's method for an operation that is named as IAM names it."""
        from botocore import xform_name

        method: Callable[..., Any] = getattr(self.client(service, region), xform_name(operation))
        return method


def _ask_for_no_code(session: Any) -> None:
    """Keep botocore from asking at the terminal for an MFA code."""

    def refuse(_question: str) -> str:
        raise CredentialsFailed(
            "The profile needs an MFA code, and nothing may be asked here.",
            "Run it at a terminal without --non-interactive; or log in first and use the "
            "temporary credentials that `aws configure export-credentials` prints.",
            code="mfa-code-needed",
        )

    core = session._session  # noqa: SLF001 - neither boto3 nor botocore has another way
    provider = core.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = refuse  # noqa: SLF001


def _trace_calls(client: Any, trace: Callable[[str], None]) -> None:
    """Tell every call by its operation and parameters, and its outcome by status and ID.

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
