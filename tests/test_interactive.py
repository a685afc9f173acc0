"""The interactive run as a person sees it, in a pseudo-terminal."""

from __future__ import annotations

import base64
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from aws_server import ACCOUNT, Fault, Server, trust
from program import ORG, ROLE, Program
from terminal import CTRL_C, CTRL_D, CTRL_U, DOWN, ENTER, Terminal, start

if TYPE_CHECKING:
    from pathlib import Path

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
NAMED = ("--org-id", ORG)  # no question before the plan
APPLY = f"to AWS account {ACCOUNT}?"


def show_plan(terminal: Terminal) -> str:
    return terminal.see(APPLY)


def finish(terminal: Terminal, copy: str = "n") -> int:
    terminal.answer("clipboard?", copy)
    terminal.answer("ready for Genesys Cloud?")
    return terminal.end()


def test_enter_and_one_answer_lead_to_the_role_arn_on_standard_output(
    aws: Server, program: Program, tmp_path: Path
) -> None:
    terminal = start(program, shell='ARN=$("$@"); printf "<%s>" "$ARN" > arn.txt')
    screen = terminal.answer("organization ID", ORG)
    assert ACCOUNT in screen
    assert "arn:aws:sts::123456789012:user/moto" in screen
    assert ROLE_ARN in show_plan(terminal)  # in one piece
    terminal.type(ENTER)
    assert finish(terminal, copy="y") == 0
    assert (tmp_path / "arn.txt").read_text() == f"<{ROLE_ARN}>"
    assert f"--org-id {ORG}" in terminal.text()
    assert aws.client().get_role(RoleName=ROLE)["Role"]["Arn"] == ROLE_ARN
    encoded = base64.b64encode(ROLE_ARN.encode()).decode()
    assert f"\x1b]52;c;{encoded}\x07" in terminal.raw


def test_going_back_changes_one_answer_and_keeps_the_others(aws: Server, program: Program) -> None:
    terminal = start(program, *NAMED)
    show_plan(terminal)
    terminal.type(DOWN, ENTER)
    terminal.answer("Which setting do you want to change?", DOWN, DOWN)
    terminal.answer(f"Role name {ROLE}", CTRL_U, "a role")
    terminal.see("is not a name of IAM's kind")
    terminal.type(CTRL_U, "OtherRole", ENTER)
    terminal.see("Which setting do you want to change?", times=2)
    terminal.type(ENTER)
    terminal.see("create role     OtherRole")
    terminal.see(APPLY, times=2)
    terminal.type(ENTER)
    assert finish(terminal) == 0
    assert ORG in str(aws.client().get_role(RoleName="OtherRole")["Role"])


def test_the_documents_are_shown_on_request_and_declining_changes_nothing(
    aws: Server, program: Program
) -> None:
    terminal = start(program, *NAMED)
    show_plan(terminal)
    terminal.type(DOWN, DOWN, ENTER)
    terminal.see('"sts:ExternalId"')
    terminal.see(APPLY, times=2)
    terminal.type(DOWN, DOWN, DOWN, ENTER)
    assert terminal.end() == 130
    assert "Nothing was changed" in terminal.text()
    assert aws.writes() == []


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("prompt", ["organization ID", APPLY])
def test_ctrl_c_at_any_prompt_changes_nothing(
    aws: Server, program: Program, prompt: str, *, plain: bool
) -> None:
    options = () if prompt == "organization ID" else NAMED
    terminal = start(program, *options, **({"ACCESSIBLE": "1"} if plain else {}))
    terminal.see(prompt)
    time.sleep(0.2)
    terminal.type(CTRL_C)
    assert terminal.end() == 130
    assert "Nothing was changed" in terminal.text()
    assert "Traceback" not in terminal.text()
    assert aws.writes() == []


def test_the_end_of_input_and_sigterm_at_a_prompt_change_nothing(
    aws: Server, program: Program
) -> None:
    ended = start(program)
    ended.see("organization ID")
    ended.type(CTRL_D)
    assert ended.end() == 130
    killed = start(program)
    killed.see("organization ID")
    time.sleep(0.2)
    killed.child.kill(signal.SIGTERM)
    assert killed.end() == 143
    assert "Unhandled" not in killed.text()
    assert aws.writes() == []


@pytest.mark.parametrize("environment", [{"ACCESSIBLE": "1"}, {"TERM": "dumb"}])
def test_plain_lines_have_no_control_sequence(
    program: Program, environment: dict[str, str]
) -> None:
    terminal = start(program, *NAMED, **environment)
    screen = terminal.answer("1. Yes, apply")
    assert "2. Change a setting" in screen
    terminal.answer("ready for Genesys Cloud?")
    assert terminal.end() == 0
    assert terminal.text().endswith(ROLE_ARN)
    assert "\x1b" not in terminal.raw


def test_no_color_means_no_colour(program: Program) -> None:
    terminal = start(program, *NAMED, NO_COLOR="1")
    show_plan(terminal)
    terminal.type(CTRL_C)
    assert terminal.end() == 130
    colours = re.findall(r"\x1b\[[0-9;]*m", terminal.raw)
    codes = {int(code or 0) for found in colours for code in found[2:-1].split(";")}
    assert codes
    assert not codes & {*range(30, 50), *range(90, 108)}, codes


def test_with_the_organization_and_yes_nothing_is_asked(program: Program) -> None:
    terminal = start(program, "--org-id", ORG, "--yes")
    assert terminal.end() == 0
    assert terminal.text().endswith(ROLE_ARN)
    assert "?" not in terminal.text()


def test_a_failed_login_keeps_the_answers_and_can_be_tried_again(
    aws: Server, program: Program
) -> None:
    failing: list[bool] = []

    def expire(at: str) -> None:
        failing[:] = [True]
        aws.fault = lambda operation, _: (
            Fault("ExpiredToken", 403, "expired") if operation == at and failing else None
        )

    expire("GetCallerIdentity")
    terminal = start(program, *NAMED)
    screen = terminal.see("What do you want to do?")
    assert "aws sso login" in screen
    failing.clear()
    terminal.type(ENTER)
    show_plan(terminal)
    # The login expires between the plan and its application.
    expire("GetRole")
    terminal.type(ENTER)
    terminal.see("What do you want to do?", times=2)
    failing.clear()
    terminal.type(ENTER)
    assert finish(terminal) == 0
    assert "organization ID" not in terminal.text().split("Signed in as")[0]


def test_a_refusal_offers_another_answer(aws: Server, program: Program) -> None:
    aws.client().create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    terminal = start(program, *NAMED)
    terminal.answer("Nothing was changed. What do you want to do?", DOWN, DOWN)
    assert terminal.end() == 3
    assert terminal.text().count("error:") == 1


def test_what_changes_between_plan_and_yes_is_shown_first(program: Program) -> None:
    terminal = start(program, *NAMED)
    show_plan(terminal)
    assert program.setup().code == 0
    terminal.type(ENTER)
    assert "The role is up to date." in terminal.see("clipboard?")
    assert finish(terminal) == 0


def test_an_enter_pressed_too_early_applies_nothing(aws: Server, program: Program) -> None:
    aws.latency = 0.4
    terminal = start(program, *NAMED)
    terminal.type(ENTER, ENTER)
    terminal.see(APPLY)
    time.sleep(1.0)
    assert aws.writes() == []
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_an_interactive_dry_run_asks_shows_and_ends(aws: Server, program: Program) -> None:
    terminal = start(program, *NAMED, "--dry-run")
    assert terminal.end() == 0
    assert "create role" in terminal.text()
    assert APPLY not in terminal.text()
    assert aws.writes() == []
