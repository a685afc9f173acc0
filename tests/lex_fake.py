"""A small AWS on loopback for tests: Lex V2 bots, Lambda policies, service-linked roles, STS.

Operations, addresses and shapes come from botocore's service models: a request that fits no
operation and an answer that does not fit its shape are errors of the test, loud ones. The
region is taken from the request's signature, as AWS does.

    with LexFake(bots=[bot("A1B2C3D4E5", "Flowers")]) as fake:
        subprocess.run([...], env={**os.environ, **fake.environment()})
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator

from iam import allows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.documents import Document

ACCOUNT = "123456789012"
REGION = "eu-central-1"
LONG_AGO = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)
SERVICES = {  # by the name that a signature has
    "lex": "lexv2-models",
    "lambda": "lambda",
    "iam": "iam",
    "sts": "sts",
    "access-analyzer": "accessanalyzer",
    "cloudtrail": "cloudtrail",
}


@dataclass
class Locale:
    """A language in a version of a bot. An intent by the name Fallback is the fallback."""

    status: str = "Built"
    intents: tuple[str, ...] = ("OrderFlowers", "Fallback")
    failures: tuple[str, ...] = ()
    updated: datetime = LONG_AGO


@dataclass
class Alias:
    """An alias; `locales` says which languages are enabled, `hooks` which Lambda they call."""

    alias_id: str
    name: str
    version: str | None = "1"
    status: str = "Available"
    locales: dict[str, bool] = field(default_factory=lambda: {"en_US": True})
    hooks: dict[str, str] = field(default_factory=dict)
    policy: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    updated: datetime = LONG_AGO


@dataclass
class Bot:
    """A bot of one region; `versions` hold the languages."""

    bot_id: str
    name: str
    region: str = REGION
    status: str = "Available"
    kind: str = "Bot"
    aliases: list[Alias] = field(default_factory=list)
    versions: dict[str, dict[str, Locale]] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    policy: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    role: str = "AWSServiceRoleForLexV2Bots_A1B2C3"
    updated: datetime = LONG_AGO

    @property
    def arn(self) -> str:
        return f"arn:aws:lex:{self.region}:{ACCOUNT}:bot/{self.bot_id}"

    def alias_arn(self, alias: Alias) -> str:
        return f"arn:aws:lex:{self.region}:{ACCOUNT}:bot-alias/{self.bot_id}/{alias.alias_id}"


def bot(bot_id: str, name: str, **changed: Any) -> Bot:
    """A bot that is ready for Genesys, with TestBotAlias and one alias of its own."""
    made = Bot(
        bot_id,
        name,
        aliases=[bots_test_alias(), Alias("ALIAS00001", "prod")],
        versions={"1": {"en_US": Locale()}, "DRAFT": {"en_US": Locale()}},
    )
    for key, value in changed.items():
        setattr(made, key, value)
    return made


def bots_test_alias() -> Alias:
    """TestBotAlias, which every bot has."""
    return Alias("TSTALIASID", "TestBotAlias", version="DRAFT")


@dataclass
class Role:
    """An IAM role. `deletion` are the statuses that its deletion goes through."""

    name: str
    service: str | None = "lexv2.amazonaws.com"
    description: str = ""
    last_used: datetime | None = None
    deletion: tuple[str, ...] = ("IN_PROGRESS", "SUCCEEDED")
    reason: str = ""
    usage: tuple[tuple[str, tuple[str, ...]], ...] = ()
    inline: dict[str, Any] = field(default_factory=dict)
    attached: dict[str, Any] = field(default_factory=dict)  # ARN -> document

    @property
    def path(self) -> str:
        return f"/aws-service-role/{self.service}/" if self.service else "/"

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role{self.path}{self.name}"


@dataclass(frozen=True)
class Deny:
    """Calls that are denied: of this operation, region, and with this text in the parameters."""

    operation: str | None = None
    region: str | None = None
    about: str | None = None
    code: str = "AccessDeniedException"
    status: int = 403

    def meets(self, operation: str, region: str, parameters: dict[str, Any]) -> bool:
        return (
            self.operation in {None, operation}
            and self.region in {None, region}
            and (self.about is None or self.about in json.dumps(parameters))
        )


class Failure(Exception):
    """An error answer of AWS's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class LexFake:
    """The world, and the server that tells of it. `calls` counts by operation and region.

    `throttle_every`: every n-th call is throttled. `latency`: seconds before each answer.
    `lose_after`: the session is dropped after these operations were done, once each.
    `operator`: the policy of whoever calls, by which each call is allowed or denied; None: all.
    `asked`: the IAM actions that were asked for.
    """

    bots: list[Bot] = field(default_factory=list)
    lambdas: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    denied: list[Deny] = field(default_factory=list)
    disabled_regions: set[str] = field(default_factory=set)
    throttle_every: int = 0
    latency: float = 0.0
    page_size: int = 1000
    lose_after: set[str] = field(default_factory=set)
    operator: Document | None = None
    asked: set[str] = field(default_factory=set)
    trail: list[dict[str, Any]] = field(default_factory=list)  # events, as `recorded` makes them
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    throttled: int = 0
    busy: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._looks: dict[str, int] = {}
        self._pages: dict[str, dict[str, Any]] = {}  # what CloudTrail's tokens belong to
        self._by_id = {(each.region, each.bot_id): each for each in self.bots}

    def __enter__(self) -> LexFake:  # noqa: PYI034 - Self needs Python 3.11
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                """Silent."""

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = fake.answer(self.command, self.path, dict(self.headers), body)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - names of the base class

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self) -> dict[str, str]:
        """The variables that lead the AWS SDK here, for Lex V2, Lambda, IAM and STS."""
        return {
            **self.lex_environment(),
            "AWS_ENDPOINT_URL_IAM": self.url,
            "AWS_ENDPOINT_URL_STS": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }

    def lex_environment(self) -> dict[str, str]:
        """The same without IAM and STS; for use beside another server for the rest."""
        return {
            "AWS_ENDPOINT_URL_LEX_MODELS_V2": self.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_ENDPOINT_URL_ACCESSANALYZER": self.url,
            "AWS_ENDPOINT_URL_CLOUDTRAIL": self.url,
        }

    @contextmanager
    def connected(self) -> Iterator[None]:
        """This process's own AWS SDK is led here; its environment is put back afterwards."""
        with self:
            before = dict(os.environ)
            try:
                os.environ.update(self.environment(), AWS_EC2_METADATA_DISABLED="true")
                yield
            finally:
                os.environ.clear()
                os.environ.update(before)

    # From a request to an answer

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body; None: the session is dropped."""
        scope = re.search(r"Credential=[^/]*/[0-9]+/([^/]+)/([^/]+)/", headers["Authorization"])
        assert scope is not None, "the request is not signed"
        region, signing_name = scope[1], scope[2]
        model = _model(SERVICES[signing_name])
        query = model.protocol == "query"
        if name := headers.get("X-Amz-Target"):
            operation, parameters = _parse_json(model, name, body)
        elif query:
            operation, parameters = _parse_query(body)
        else:
            operation, parameters = _parse_rest(model, method, target, body)
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        time.sleep(self.latency)
        try:
            self._refuse(operation, region, parameters)
            self._authorize(f"{signing_name}:{operation}", region, parameters)
            result = getattr(self, f"_{xform_name(operation)}")(region, parameters)
            if operation in self.lose_after:
                self.lose_after.discard(operation)
                return None
            content = _told(model.operation_model(operation), result)
        except Failure as failure:
            return _failure(failure, query=query)
        finally:
            with self._lock:
                self.busy -= 1
        return 200, {"Content-Type": "text/xml" if query else "application/json"}, content

    def _refuse(self, operation: str, region: str, parameters: dict[str, Any]) -> None:
        with self._lock:
            self.calls[operation, region] += 1
            self._number += 1
            throttled = self.throttle_every and self._number % self.throttle_every == 0
            self.throttled += bool(throttled)
        if throttled:
            status = 400 if operation == "LookupEvents" else 429
            raise Failure("ThrottlingException", "Rate exceeded", status)
        if region in self.disabled_regions:
            raise Failure(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
            )
        deny = next((e for e in self.denied if e.meets(operation, region, parameters)), None)
        if deny is not None:
            service = "cloudtrail" if operation == "LookupEvents" else "lex"
            raise Failure(
                deny.code,
                f"User: arn:aws:iam::{ACCOUNT}:user/tester is not authorized to perform: "
                f"{service}:{operation} because no identity-based policy allows it",
                deny.status,
            )

    def _authorize(self, action: str, region: str, parameters: dict[str, Any]) -> None:
        """As AWS does it: the operator's policy must allow this action on this resource."""
        if action == "sts:GetCallerIdentity":
            return
        with self._lock:
            self.asked.add(action)
        resource = self._resource(action, region, parameters)
        if self.operator is not None and not allows(self.operator, action, resource):
            raise Failure(
                "AccessDenied" if action.startswith("iam:") else "AccessDeniedException",
                f"User: arn:aws:iam::{ACCOUNT}:user/tester is not authorized to perform: {action} "
                f"on resource: {resource} because no identity-based policy allows it",
                403,
            )

    def _resource(self, action: str, region: str, parameters: dict[str, Any]) -> str:
        """The ARN that IAM compares (Service Authorization Reference); `*` where there is none."""
        arns = f"arn:aws:lex:{region}:{ACCOUNT}"
        match parameters:
            case {"resourceArn": arn} | {"resourceARN": arn} | {"FunctionName": arn}:
                return str(arn)
            case {"PolicyArn": arn}:
                return str(arn)
            case {"botId": bot_id, "botAliasId": alias_id}:
                return f"{arns}:bot-alias/{bot_id}/{alias_id}"
            case {"botId": bot_id}:
                return f"{arns}:bot/{bot_id}"
            case {"RoleName": name}:
                known = (each.arn for each in self.roles if each.name == name)
                return next(known, f"arn:aws:iam::{ACCOUNT}:role/{name}")
            case {"DeletionTaskId": task}:
                return f"arn:aws:iam::{ACCOUNT}:role/" + task.split("/", 1)[1].rsplit("/", 1)[0]
            case _:
                assert action.rsplit(":")[1] in {
                    "ListBots",
                    "ListRoles",
                    "ValidatePolicy",
                    "LookupEvents",
                }, action
                return "*"

    # Lex V2

    def _bot(self, region: str, parameters: dict[str, Any]) -> Bot:
        found = self._by_id.get((region, parameters["botId"]))
        if found is None:
            raise Failure("ResourceNotFoundException", "The bot does not exist", 404)
        return found

    def _page(self, parameters: dict[str, Any], key: str, items: list[Any]) -> dict[str, Any]:
        size = min(int(parameters.get("maxResults", 10)), self.page_size)
        start = int(parameters.get("nextToken", "0"))
        page = {key: items[start : start + size]}
        return page if start + size >= len(items) else {**page, "nextToken": str(start + size)}

    def _list_bots(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        items = [
            {
                "botId": each.bot_id,
                "botName": each.name,
                "botStatus": each.status,
                "botType": each.kind,
                "lastUpdatedDateTime": each.updated,
            }
            for each in self.bots
            if each.region == region
        ]
        return self._page(parameters, "botSummaries", items)

    def _describe_bot(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        found = self._bot(region, parameters)
        return {
            "botId": found.bot_id,
            "botName": found.name,
            "botStatus": found.status,
            "botType": found.kind,
            "roleArn": Role(found.role).arn,
            "dataPrivacy": {"childDirected": False},
            "idleSessionTTLInSeconds": 300,
            "failureReasons": list(found.failures),
            "creationDateTime": LONG_AGO,
            "lastUpdatedDateTime": found.updated,
        }

    def _list_bot_aliases(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        items = [_alias_summary(each) for each in self._bot(region, parameters).aliases]
        answer = self._page(parameters, "botAliasSummaries", items)
        return {**answer, "botId": parameters["botId"]}

    def _describe_bot_alias(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        found = self._bot(region, parameters)
        alias = next((e for e in found.aliases if e.alias_id == parameters["botAliasId"]), None)
        if alias is None:
            raise Failure("ResourceNotFoundException", "The alias does not exist", 404)
        settings: dict[str, Any] = {}
        for locale_id, enabled in alias.locales.items():
            settings[locale_id] = {"enabled": enabled}
            if hook := alias.hooks.get(locale_id):
                settings[locale_id]["codeHookSpecification"] = {
                    "lambdaCodeHook": {"lambdaARN": hook, "codeHookInterfaceVersion": "1.0"}
                }
        return {
            **_alias_summary(alias),
            "botId": found.bot_id,
            "botAliasLocaleSettings": settings,
        }

    def _locales(self, region: str, parameters: dict[str, Any]) -> dict[str, Locale]:
        return self._bot(region, parameters).versions.get(parameters["botVersion"], {})

    def _locale(self, region: str, parameters: dict[str, Any]) -> Locale:
        found = self._locales(region, parameters).get(parameters["localeId"])
        if found is None:
            raise Failure("ResourceNotFoundException", "The locale does not exist", 404)
        return found

    def _list_bot_locales(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        items = [
            {
                "localeId": locale_id,
                "localeName": locale_id,
                "botLocaleStatus": locale.status,
                "lastUpdatedDateTime": locale.updated,
            }
            for locale_id, locale in self._locales(region, parameters).items()
        ]
        answer = self._page(parameters, "botLocaleSummaries", items)
        return {**answer, "botId": parameters["botId"], "botVersion": parameters["botVersion"]}

    def _describe_bot_locale(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        locale = self._locale(region, parameters)
        return {
            **{key: parameters[key] for key in ("botId", "botVersion", "localeId")},
            "botLocaleStatus": locale.status,
            "failureReasons": list(locale.failures),
            "intentsCount": len(locale.intents),
        }

    def _list_intents(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        fallback = {"parentIntentSignature": "AMAZON.FallbackIntent"}
        items = [
            {
                "intentId": f"INTENT{number:04}",
                "intentName": name,
                **(fallback if name == "Fallback" else {}),
            }
            for number, name in enumerate(self._locale(region, parameters).intents)
        ]
        return self._page(parameters, "intentSummaries", items)

    def _thing(self, region: str, arn: str) -> Bot | Alias:
        for each in self.bots:
            if each.region == region and each.arn == arn:
                return each
            for alias in each.aliases:
                if each.region == region and each.alias_arn(alias) == arn:
                    return alias
        raise Failure("ResourceNotFoundException", "The resource does not exist", 404)

    def _describe_resource_policy(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = parameters["resourceArn"]
        policy = self._thing(region, arn).policy
        if policy is None:
            raise Failure("ResourceNotFoundException", "The resource has no policy", 404)
        return {"resourceArn": arn, "policy": json.dumps(policy), "revisionId": "1"}

    def _list_tags_for_resource(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"tags": self._thing(region, parameters["resourceARN"]).tags}

    # Lambda

    def _get_policy(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if "PolicyArn" in parameters:
            return self._managed_policy(parameters["PolicyArn"])
        policy = self.lambdas.get(parameters["FunctionName"])
        if policy is None:
            raise Failure("ResourceNotFoundException", "No policy is associated", 404)
        return {"Policy": json.dumps(policy), "RevisionId": "1"}

    # Access Analyzer

    def _validate_policy(self, _region: str, _parameters: dict[str, Any]) -> dict[str, Any]:
        return {"findings": []}

    # STS and IAM

    def _get_caller_identity(self, _region: str, _parameters: dict[str, Any]) -> dict[str, Any]:
        arn = f"arn:aws:iam::{ACCOUNT}:user/tester"
        return {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDAEXAMPLE"}

    def _lookup_events(self, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """A page of the region's events, newest first; a token needs unchanged parameters."""
        token = parameters.pop("NextToken", None)
        if token is not None and self._pages.get(token) != parameters:
            raise Failure("InvalidNextTokenException", "the parameters changed")
        (wanted,) = parameters["LookupAttributes"]
        found = [
            {key: value for key, value in event.items() if key != "region"}
            for event in sorted(self.trail, key=lambda event: event["EventTime"], reverse=True)
            if event.get("region") == region
            and parameters["StartTime"] <= event["EventTime"].timestamp() <= parameters["EndTime"]
            and _is_about(event, wanted["AttributeKey"], wanted["AttributeValue"])
        ]
        begin, size = int(token or 0), parameters["MaxResults"]
        page: dict[str, Any] = {"Events": found[begin : begin + size]}
        if begin + size < len(found):
            page["NextToken"] = str(begin + size)
            self._pages[page["NextToken"]] = parameters
        return page

    def _role(self, parameters: dict[str, Any]) -> Role:
        found = next((each for each in self.roles if each.name == parameters["RoleName"]), None)
        if found is None:
            raise Failure("NoSuchEntity", "The role cannot be found.", 404)
        return found

    def _list_roles(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        prefix, start = parameters.get("PathPrefix", "/"), int(parameters.get("Marker", "0"))
        roles = [_role_tree(each) for each in self.roles if each.path.startswith(prefix)]
        end = start + min(self.page_size, 100)
        more = {"Marker": str(end)} if end < len(roles) else {}
        return {"Roles": roles[start:end], "IsTruncated": bool(more), **more}

    def _get_role(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        role = self._role(parameters)
        used = {"LastUsedDate": role.last_used, "Region": REGION} if role.last_used else {}
        return {"Role": {**_role_tree(role), "RoleLastUsed": used}}

    def _update_role(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._role(parameters).description = parameters["Description"]
        return {}

    def _list_attached_role_policies(
        self, _region: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        attached = [
            {"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn}
            for arn in self._role(parameters).attached
        ]
        return {"AttachedPolicies": attached, "IsTruncated": False}

    def _list_role_policies(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"PolicyNames": list(self._role(parameters).inline), "IsTruncated": False}

    def _get_role_policy(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        document = self._role(parameters).inline[parameters["PolicyName"]]
        return {**parameters, "PolicyDocument": json.dumps(document)}

    def _managed_policy(self, arn: str) -> dict[str, Any]:
        name = arn.rsplit("/", 1)[-1]
        return {"Policy": {"Arn": arn, "PolicyName": name, "DefaultVersionId": "v2"}}

    def _get_policy_version(self, _region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = parameters["PolicyArn"]
        document = next(each.attached[arn] for each in self.roles if arn in each.attached)
        version = {"VersionId": parameters["VersionId"], "Document": json.dumps(document)}
        return {"PolicyVersion": version}

    def _delete_service_linked_role(
        self, _region: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        role = self._role(parameters)
        task = f"task{role.path}{role.name}/1"
        self._looks.setdefault(task, 0)
        return {"DeletionTaskId": task}

    def _get_service_linked_role_deletion_status(
        self, _region: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        task = parameters["DeletionTaskId"]
        role = self._role({"RoleName": task.split("/")[-2]})
        status = role.deletion[min(self._looks[task], len(role.deletion) - 1)]
        self._looks[task] += 1
        if status != "FAILED":
            return {"Status": status}
        usage = [{"Region": region, "Resources": list(arns)} for region, arns in role.usage]
        return {"Status": status, "Reason": {"Reason": role.reason, "RoleUsageList": usage}}


def recorded(record: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A record as LookupEvents has it; `changed` replaces parts of the event around it."""
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": datetime.fromisoformat(record["eventTime"].replace("Z", "+00:00")),
        "Resources": [
            {"ResourceType": part["type"], "ResourceName": part["ARN"]}
            for part in record.get("resources", ())
        ],
        "CloudTrailEvent": json.dumps(record),
        "region": record["awsRegion"],
        **changed,
    }


def _is_about(event: dict[str, Any], key: str, value: str) -> bool:
    if key == "ResourceName":
        return value in [part["ResourceName"] for part in event["Resources"]]
    return bool(event[key] == value)


def _alias_summary(alias: Alias) -> dict[str, Any]:
    version = {} if alias.version is None else {"botVersion": alias.version}
    return {
        "botAliasId": alias.alias_id,
        "botAliasName": alias.name,
        "botAliasStatus": alias.status,
        "creationDateTime": LONG_AGO,
        "lastUpdatedDateTime": alias.updated,
        **version,
    }


def _role_tree(role: Role) -> dict[str, Any]:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": role.service or "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": role.arn,
        "CreateDate": LONG_AGO,
        "AssumeRolePolicyDocument": json.dumps(trust),
        "Description": role.description,
    }


# The wire: botocore's models, read from the server's side

_session = botocore.session.get_session()
_models: dict[str, Any] = {}
_models_lock = threading.Lock()


def _model(service: str) -> Any:
    with _models_lock:
        if service not in _models:
            model = _session.get_service_model(service)
            model.protocol = model.metadata["protocol"]
            model.routes = (
                []
                if model.protocol == "query"
                else [_route(model, e) for e in model.operation_names]
            )
            _models[service] = model
        return _models[service]


def _route(model: Any, operation: str) -> tuple[str, re.Pattern[str], str]:
    http = model.operation_model(operation).http
    uri = http["requestUri"].partition("?")[0].rstrip("/")
    parts = re.split(r"\{([A-Za-z]+)\+?\}", uri)
    pattern = "".join(
        f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return http["method"], re.compile(pattern + "/?"), operation


def _parse_rest(model: Any, method: str, target: str, body: bytes) -> tuple[str, dict[str, Any]]:
    path, _, query = target.partition("?")
    for wanted, pattern, operation in model.routes:
        if wanted == method and (match := pattern.fullmatch(path)):
            in_path = {key: unquote(value) for key, value in match.groupdict().items()}
            in_query = {key: values[0] for key, values in parse_qs(query).items()}
            parameters = {**in_path, **in_query, **(json.loads(body) if body else {})}
            shape = model.operation_model(operation).input_shape
            unknown = set(in_path) | set(parameters) - set(shape.members)
            assert unknown <= {*shape.members, *_wire_names(shape)}, (operation, unknown)
            return operation, parameters
    raise AssertionError(f"no operation of {model.service_name} fits {method} {path}")


def _parse_json(model: Any, target: str, body: bytes) -> tuple[str, dict[str, Any]]:
    operation, parameters = target.rpartition(".")[2], json.loads(body)
    members = model.operation_model(operation).input_shape.members
    assert set(parameters) <= set(members), (operation, parameters)
    return operation, parameters


def _wire_names(shape: Any) -> set[str]:
    return {member.serialization.get("name", name) for name, member in shape.members.items()}


def _parse_query(body: bytes) -> tuple[str, dict[str, Any]]:
    fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    operation = fields.pop("Action")
    fields.pop("Version")
    return operation, fields


def _told(operation: Any, result: dict[str, Any]) -> bytes:
    """The answer in the operation's own format, checked against its shape first."""
    shape = operation.output_shape
    if shape is None:
        return b"<Response/>"
    report = ParamValidator().validate(result, _lenient(shape))
    assert not report.has_errors(), f"{operation.name}: {report.generate_report()}"
    if operation.service_model.protocol == "query":
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        inside = _xml_members(shape, result)
        name = f"{operation.name}Response"
        return f"<{name}><{wrapper}>{inside}</{wrapper}></{name}>".encode()
    return json.dumps(_json(shape, result)).encode()


def _lenient(shape: Any) -> Any:
    """Output shapes may require members that a small world has no use for."""
    return _Lenient(shape)


class _Lenient:
    def __init__(self, shape: Any) -> None:
        self._shape = shape

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._shape, name)
        if name == "required_members":
            return []
        if name == "members":
            return {key: _Lenient(member) for key, member in value.items()}
        if name in {"member", "value", "key"}:
            return _Lenient(value)
        return value


def _json(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            return {
                shape.members[key].serialization.get("name", key): _json(shape.members[key], each)
                for key, each in value.items()
            }
        case "list":
            return [_json(shape.member, each) for each in value]
        case "map":
            return {key: _json(shape.value, each) for key, each in value.items()}
        case "timestamp":
            return value.timestamp()
        case "string" if getattr(shape, "enum", None):
            assert value in shape.enum, f"{value} is none of {shape.enum}"
            return value
        case _:
            return value


def _xml_members(shape: Any, value: dict[str, Any]) -> str:
    return "".join(_xml(key, shape.members[key], each) for key, each in value.items())


def _xml(name: str, shape: Any, value: Any) -> str:
    match shape.type_name:
        case "structure":
            text = _xml_members(shape, value)
        case "list":
            text = "".join(_xml("member", shape.member, each) for each in value)
        case "timestamp":
            text = value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        case "boolean":
            text = str(value).lower()
        case _:
            text = escape(str(value))
    return f"<{name}>{text}</{name}>"


def _failure(failure: Failure, *, query: bool) -> tuple[int, dict[str, str], bytes]:
    if query:
        text = (
            f"<ErrorResponse><Error><Code>{failure.code}</Code>"
            f"<Message>{escape(failure.message)}</Message></Error></ErrorResponse>"
        )
        return failure.status, {"Content-Type": "text/xml"}, text.encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": failure.code}
    body = {"__type": failure.code, "message": failure.message}  # the type: in JSON 1.1
    return failure.status, headers, json.dumps(body).encode()


def minutes_ago(minutes: float) -> datetime:
    """A moment that long before now."""
    return datetime.now(timezone.utc) - timedelta(minutes=minutes)
