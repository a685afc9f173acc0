"""Stopped, unheard, or failed for good: what a user does then, with the program as a process."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from aws_server import Fault, Server
from program import ORG, ROLE, Program

if TYPE_CHECKING:
    from collections.abc import Callable

SETUP = ("setup", "--non-interactive", "--org-id", ORG)
THROTTLED = Fault("Throttling")
EXPIRED = Fault("ExpiredToken", 403)


def start(program: Program, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(program.path), *arguments],
        env=program.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests may ignore SIGHUP, and children inherit that.
        preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509
    )


def is_empty(aws: Server) -> bool:
    client = aws.client()
    roles = [role["RoleName"] for role in client.list_roles()["Roles"]]
    return ROLE not in roles and not client.list_policies(Scope="Local")["Policies"]


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_ends_a_wait_at_once_and_undoes_what_was_done(aws: Server, program: Program) -> None:
    aws.fault = lambda name, _: THROTTLED if name == "AttachRolePolicy" else None
    process = start(program, *SETUP, "--output", "json")
    wait_for(lambda: aws.counts.get("AttachRolePolicy", 0) >= 9)  # now it waits for a second
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 1.5
    result = json.loads(out)
    assert (process.returncode, result["status"]) == (130, "rolled-back")
    assert {change["change"] for change in result["undone"]} == {"create-role", "create-policy"}
    assert is_empty(aws)
    assert "AWS is throttling requests. Retrying in" in err


def test_a_second_ctrl_c_ends_the_waits_of_the_undo_too(aws: Server, program: Program) -> None:
    stuck = {"AttachRolePolicy", "DeleteRole", "DeletePolicy"}
    aws.fault = lambda name, _: THROTTLED if name in stuck else None
    process = start(program, *SETUP, "--output", "json")
    wait_for(lambda: aws.counts.get("AttachRolePolicy", 0) >= 3)
    process.send_signal(signal.SIGINT)
    wait_for(lambda: aws.counts.get("DeleteRole", 0) >= 3)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 1.5
    result = json.loads(out)
    assert (process.returncode, result["status"]) == (130, "failed")
    assert {change["change"] for change in result["left"]} == {"create-role", "create-policy"}
    assert "Not undone: " in err


def test_a_closed_terminal_is_as_a_sigterm(aws: Server, program: Program) -> None:
    process = start(program, *SETUP)

    def hang_up(name: str, _number: int) -> None:
        if name == "CreateRole":
            process.send_signal(signal.SIGHUP)

    aws.on_call = hang_up
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert is_empty(aws)


def test_nobody_reading_standard_error_stops_nothing(aws: Server, program: Program) -> None:
    process = start(program, *SETUP)
    assert process.stderr is not None

    def close(name: str, _number: int) -> None:
        if name == "CreateRole" and process.stderr is not None:
            process.stderr.close()

    aws.on_call = close
    assert process.stdout is not None
    assert process.stdout.read().endswith(f"role/{ROLE}\n")
    process.stdout.close()
    assert process.wait(30) == 0
    assert len(aws.client().list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]) == 3


def commands(hint: str) -> list[list[str]]:
    """The commands of this program that a hint offers, as a shell would take them apart."""
    found = [shlex.split(each) for each in re.findall(r"`(genesys-lex-wizard [^`]*)`", hint)]
    return [words[1:] for words in found]


@pytest.mark.parametrize("clean_up", [False, True])
@pytest.mark.parametrize("call", ["CreatePolicy", "AttachRolePolicy"])
def test_after_a_login_that_expired_half_way_both_commands_of_the_hint_work(
    aws: Server, program: Program, call: str, *, clean_up: bool
) -> None:
    expired: list[str] = []

    def fault(name: str, _number: int) -> Fault | None:
        expired.extend([name] if name == call else [])
        return EXPIRED if expired else None

    def wait_for_the_other(name: str, _number: int) -> None:
        if name == call == "CreatePolicy":
            wait_for(lambda: "CreateRole" in aws.operations())

    aws.fault, aws.on_call = fault, wait_for_the_other
    failed = program.setup("--role-path", "/it.s/", "--tag", "team=a b", "--output", "json")
    assert (failed.code, failed.json["status"]) == (1, "failed")
    assert "create-role" in {change["change"] for change in failed.json["left"]}
    assert "aws sso login" in failed.json["error"]["hint"]
    assert "create role" in failed.err.partition("Not undone: ")[2]
    aws.fault = lambda _name, _number: None
    go_on, remove = commands(failed.json["error"]["hint"])
    ended = program(*(remove if clean_up else go_on))
    assert ended.code == 0, ended.err
    assert is_empty(aws) == clean_up
    if not clean_up:
        assert program.setup("--output", "json").json["status"] == "unchanged"


def test_without_rollback_what_was_done_stays_and_the_hint_goes_on(
    aws: Server, program: Program
) -> None:
    aws.fault = lambda name, _: Fault("LimitExceeded", 409) if name == "AttachRolePolicy" else None
    failed = program.setup("--no-rollback", "--output", "json")
    assert (failed.code, failed.json["status"]) == (1, "failed")
    assert failed.json["error"]["code"] == "limit-exceeded"
    assert failed.json["undone"] == []
    assert {change["change"] for change in failed.json["left"]} == {"create-role", "create-policy"}
    aws.fault = lambda _name, _number: None
    assert program(*commands(failed.json["error"]["hint"])[0]).code == 0


@pytest.mark.parametrize("named", [("--org-id", ORG), ()])
def test_a_removal_that_failed_goes_on_with_the_command_of_its_hint(
    aws: Server, program: Program, named: tuple[str, ...]
) -> None:
    program.setup()
    aws.fault = lambda name, _: Fault("AccessDenied", 403) if name == "DeleteRole" else None
    failed = program("remove", "--yes", *named, "--output", "json")
    assert (failed.code, failed.json["status"]) == (1, "failed")
    assert [change["change"] for change in failed.json["done"]] == ["detach-policy"] * 3
    assert [change["change"] for change in failed.json["remaining"]] == [
        "delete-role",
        "delete-policy",
    ]
    assert "Still to do: delete role" in failed.err
    aws.fault = lambda _name, _number: None
    again = commands(failed.json["error"]["hint"])[-1]
    assert program(*again).code == 0
    assert is_empty(aws)


def test_a_denied_action_names_the_layer_and_who_can_change_it(
    aws: Server, program: Program
) -> None:
    message = (
        "User: arn:aws:iam::1:user/u is not authorized to perform: iam:AttachRolePolicy on "
        "resource: role R because no permissions boundary allows the iam:AttachRolePolicy action"
    )
    aws.fault = lambda name, _: (
        Fault("AccessDenied", 403, message) if name == "AttachRolePolicy" else None
    )
    denied = program.setup("--output", "json").json
    assert denied["status"] == "rolled-back"
    assert "your permissions boundary does not allow it" in denied["error"]["message"]
    assert "iam:AttachRolePolicy" in denied["error"]["hint"]
    assert is_empty(aws)
