"""A simulated AWS over HTTP on loopback: moto, with latency, counted calls and faults.

Faults are rules that look at each call before and after moto has carried it out; nothing
of the program or of botocore is patched.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Call:
    """One call that reached the server, with when it began and ended (seconds)."""

    operation: str
    parameters: dict[str, str]
    began: float
    ended: float


@dataclass(frozen=True)
class Fault:
    """What to answer instead: a status and an AWS error code, or a lost session (no code).

    `done` tells that moto carries the call out before.
    """

    code: str = ""
    status: int = 400
    message: str = "injected"
    done: bool = False


@dataclass
class Server:
    """The server; `fault` decides for each operation (and its n-th call, from 1) what fails."""

    url: str = ""
    latency: float = 0.0
    calls: list[Call] = field(default_factory=list)
    fault: Callable[[str, int], Fault | None] = lambda _operation, _number: None
    # The same by what is called for: an operation and its parameters.
    fault_for: Callable[[str, dict[str, str]], Fault | None] = lambda _operation, _parameters: None
    on_call: Callable[[str, int], None] = lambda _operation, _number: None
    counts: dict[str, int] = field(default_factory=dict)
    stacks: dict[str, str] = field(default_factory=dict)  # CloudFormation's, by role name
    simulator: str = ""  # what IAM's policy simulator decides of every action; moto has none
    _swept_up: bool = False  # what is there is nothing but roles, policies and profiles
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Listen on a free port of loopback, in threads of this process."""
        backend = DomainDispatcherApplication(create_backend_app)
        iam = create_backend_app("iam")  # moto looks for the service at every call: a third of it

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            of_iam = "/iam/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
            return self._answer(iam if of_iam else backend, environ, start_response)

        self._httpd = make_server(
            "127.0.0.1", 0, application, threaded=True, request_handler=_Quiet
        )
        self._httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"
        self._thread = threading.Thread(target=self._httpd.serve_forever, daemon=True)
        self._thread.start()

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Started, with an empty account, and stopped at the end."""
        self.start()
        try:
            self.reset()
            yield self
        finally:
            self.stop()

    def environment(self) -> dict[str, str]:
        """The variables that lead the AWS SDK of this process here, and to no file."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIATESTUSER00000000",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self) -> None:
        """Stop listening."""
        self._httpd.shutdown()
        self._thread.join(5)
        self._httpd.server_close()

    def reset(self) -> None:
        """An empty account, no faults, no latency, no calls."""
        self.latency = 0.0
        self.fault = lambda _operation, _number: None
        self.fault_for = lambda _operation, _parameters: None
        self.on_call = lambda _operation, _number: None
        self.stacks.clear()
        self.simulator = ""
        self.forget()
        if self._swept_up:  # moto's own reset takes seconds: it loads every managed policy anew
            sweep(self.client())
            return
        self.reset_whole()
        self._swept_up = True

    def reset_whole(self) -> None:
        """Everything of moto's made anew, users and aliases too."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def forget(self) -> None:
        """Forget the calls so far."""
        with self._lock:
            self.calls.clear()
            self.counts.clear()

    def operations(self) -> list[str]:
        """The operations called, in the order in which they ended."""
        return [call.operation for call in self.calls]

    def writes(self) -> list[str]:
        """The operations called that are not reads."""
        reads = ("Get", "List", "Simulate", "Validate", "Describe")
        return [name for name in self.operations() if not name.startswith(reads)]

    def round_trips(self) -> int:
        """How many calls had to wait for each other: the longest chain one after another."""
        chain, free_at = 0, float("-inf")
        for call in sorted(self.calls, key=lambda call: call.ended):
            if call.began >= free_at:
                chain, free_at = chain + 1, call.ended
        return chain

    def client(self, service: str = "iam") -> Any:
        """A client of the account for arranging and looking; its calls are not counted."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="AKIATESTSETUP0000000",
            aws_secret_access_key="x",
            config=_config(),
        )

    def _answer(
        self, backend: Any, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        body = _body(environ)
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith(".LookupEvents"):
            # As moto's answer, which takes a second to load: a page, and no events.
            start_response("500 Internal Server Error", [("Content-Type", "text/html")])
            return [b"<h1>Internal Server Error</h1>"]
        operation, parameters = _operation(environ, body)
        self._swept_up = self._swept_up and _leaves_no_trace(operation)
        if environ["PATH_INFO"].startswith("/moto-api") or "arranging" in environ.get(
            "HTTP_USER_AGENT", ""
        ):
            with self._one_at_a_time:
                return list(backend(environ, start_response))
        began = time.monotonic()
        with self._lock:
            number = self.counts[operation] = self.counts.get(operation, 0) + 1
            total = self.counts["*"] = self.counts.get("*", 0) + 1
        del total
        self.on_call(operation, number)
        fault = self.fault_for(operation, parameters) or self.fault(operation, number)
        if operation == "DescribeStackResources" and fault is None:
            return self._stack(parameters, start_response, began)
        if operation == "SimulatePrincipalPolicy" and self.simulator and fault is None:
            return self._simulated(parameters, start_response)
        time.sleep(self.latency)
        answer: Iterable[bytes] = b""
        if fault is None or fault.done:
            with self._one_at_a_time:  # moto's backends are not safe in several threads
                if fault is None:
                    answer = _carried_out(backend, environ, start_response, operation)
                else:
                    list(backend(environ, lambda *_: None))
        with self._lock:
            self.calls.append(Call(operation, parameters, began, time.monotonic()))
        if fault is None:
            return answer
        if not fault.code:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            start_response("500 Nobody hears this", [])
            return []
        text = _error(environ, fault)
        start_response(f"{fault.status} Injected", [("Content-Type", "text/xml")])
        return [text]

    def _simulated(self, parameters: dict[str, str], start_response: Any) -> Iterable[bytes]:
        actions = [v for k, v in parameters.items() if k.startswith("ActionNames.")]
        results = "".join(
            f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*"
            f"</EvalResourceName><EvalDecision>{self.simulator}</EvalDecision></member>"
            for action in actions
        )
        start_response("200 OK", [("Content-Type", "text/xml")])
        head = "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>"
        tail = "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        body = f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        return [f"{head}{body}{tail}".encode()]

    def _stack(
        self, parameters: dict[str, str], start_response: Any, began: float
    ) -> Iterable[bytes]:
        """CloudFormation's answer; moto's takes seconds to load."""
        time.sleep(self.latency)
        with self._lock:
            ended = time.monotonic()
            self.calls.append(Call("DescribeStackResources", parameters, began, ended))
        stack = self.stacks.get(parameters["PhysicalResourceId"])
        if stack is None:
            fault = Fault("ValidationError", message="Stack for the resource does not exist")
            start_response("400 Bad Request", [("Content-Type", "text/xml")])
            return [_error({}, fault)]
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [
            (
                "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>"
                f"<member><StackName>{stack}</StackName><LogicalResourceId>Role</LogicalResourceId>"
                "<ResourceType>AWS::IAM::Role</ResourceType><Timestamp>2026-01-01T00:00:00Z"
                "</Timestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
                "</StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>"
            ).encode()
        ]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, *_: Any, **__: Any) -> None:
        """A lost session is what a test wanted."""


def _config() -> Any:
    from botocore.config import Config

    return Config(user_agent_extra="arranging", retries={"total_max_attempts": 1})


def _carried_out(
    backend: Any, environ: dict[str, Any], start_response: Any, operation: str
) -> Iterable[bytes]:
    """moto's answer; for what it does not have, the page that such an endpoint gives."""
    try:
        return list(backend(environ, start_response))
    except Exception:  # noqa: BLE001 - a part that moto lacks fails in any way
        if operation == "RemoveRoleFromInstanceProfile":  # moto stumbles where IAM says this
            start_response("404 Not Found", [("Content-Type", "text/xml")])
            return [_error(environ, Fault("NoSuchEntity", 404))]
        start_response("501 Not Implemented", [("Content-Type", "text/html")])
        return [b"<html>not implemented</html>"]


def _body(environ: dict[str, Any]) -> bytes:
    import io

    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _operation(environ: dict[str, Any], body: bytes) -> tuple[str, dict[str, str]]:
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        return form.get("Action", "?"), form
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", {}


def _error(environ: dict[str, Any], fault: Fault) -> bytes:
    del environ
    return (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
        "<RequestId>injected</RequestId></ErrorResponse>"
    ).encode()


def _leaves_no_trace(operation: str) -> bool:
    """Whether `sweep` takes away what this call may have made."""
    kinds = ("Role", "RolePolicy", "RolePermissionsBoundary", "Policy", "PolicyVersion")
    makes = {f"{verb}{kind}" for verb in ("Create", "Attach", "Put", "Tag") for kind in kinds}
    makes |= {"CreateInstanceProfile", "AddRoleToInstanceProfile"}
    others = ("Get", "List", "Delete", "Detach", "Untag", "Remove", "Update", "SetDefault")
    others += ("Describe", "Simulate", "POST /policy/validation", "GET /favicon")
    return operation in makes or operation.startswith(others) or "/moto-api" in operation


def sweep(iam: Any) -> None:
    """Delete every role, instance profile and customer managed policy of the account."""
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        for role in profile["Roles"]:
            iam.remove_role_from_instance_profile(
                InstanceProfileName=name, RoleName=role["RoleName"]
            )
        iam.delete_instance_profile(InstanceProfileName=name)
    for role in iam.get_paginator("list_roles").paginate().search("Roles[].RoleName"):
        sweep_role(iam, role)
    policies = iam.get_paginator("list_policies").paginate(Scope="Local")
    for arn in policies.search("Policies[].Arn"):
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=arn)


def sweep_role(iam: Any, name: str) -> None:
    """Delete a role with what hangs on it."""
    for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    if iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary"):
        iam.delete_role_permissions_boundary(RoleName=name)
    iam.delete_role(RoleName=name)


def policy(*actions: str, resource: str = "*") -> str:
    """A small policy document."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(account: str = "111111111111", **condition: Any) -> str:
    """A small trust policy."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
