"""The interactive run as a person sees it, in a pseudo-terminal."""

from __future__ import annotations

import base64
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from aws_server import ACCOUNT, Fault, Server, trust
from program import ORG, OTHER_ORG, ROLE, Program
from terminal import CTRL_C, CTRL_D, CTRL_U, DOWN, ENTER, Terminal, start

if TYPE_CHECKING:
    from pathlib import Path

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"


def answer_the_questions(terminal: Terminal, org_id: str = ORG) -> None:
    terminal.see("organization ID")
    terminal.type(org_id, ENTER)
    terminal.see("Name of the role")
    terminal.type(ENTER)
    terminal.see("Name of the policy")
    terminal.type(ENTER)
    terminal.see("Change anything else?")
    terminal.type(ENTER)


def finish(terminal: Terminal, copy: str = "n") -> int:
    terminal.see("clipboard?")
    terminal.type(copy, ENTER)
    terminal.see("ready for Genesys?")
    terminal.type(ENTER)
    return terminal.end()


def apply(terminal: Terminal) -> None:
    terminal.see("What now?")
    terminal.type(ENTER)


def test_enter_and_one_answer_lead_to_the_role_arn(aws: Server, program: Program) -> None:
    terminal = start(program)
    screen = terminal.see("organization ID")
    assert ACCOUNT in screen
    assert "arn:aws:sts::123456789012:user/moto" in screen
    answer_the_questions(terminal)
    apply(terminal)
    assert finish(terminal) == 0
    text = terminal.text()
    assert text.rstrip().endswith(ROLE_ARN)
    assert f"--non-interactive \\\n      --org-id {ORG}" in text or f"--org-id {ORG}" in text
    assert aws.client().get_role(RoleName=ROLE)["Role"]["Arn"] == ROLE_ARN


def test_the_arn_is_copied_to_the_terminals_clipboard(program: Program) -> None:
    terminal = start(program, "--org-id", ORG, "--role-name", "R", "--policy-name", "P")
    terminal.see("Change anything else?")
    terminal.type(ENTER)
    apply(terminal)
    assert finish(terminal, copy="y") == 0
    encoded = base64.b64encode(f"arn:aws:iam::{ACCOUNT}:role/R".encode()).decode()
    assert f"\x1b]52;c;{encoded}\x07" in terminal.raw


def test_a_bad_answer_is_explained_in_place_and_asked_again(program: Program) -> None:
    terminal = start(program)
    terminal.see("organization ID")
    terminal.type("not-a-uuid", ENTER)
    screen = terminal.see("is not an organization ID")
    assert "Advanced > Organization ID" in " ".join(screen.split())
    terminal.type(CTRL_U, ORG, ENTER)
    terminal.see("Name of the role")
    terminal.type(CTRL_U, "a role", ENTER)
    terminal.see("is not a name of IAM's kind")
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_going_back_changes_one_answer_and_keeps_the_others(aws: Server, program: Program) -> None:
    terminal = start(program)
    answer_the_questions(terminal)
    terminal.see("What now?")
    terminal.type(DOWN, ENTER)
    terminal.see("What do you want to change?")
    terminal.type(DOWN, DOWN, ENTER)
    terminal.see("Name of the role GenesysCloudLexV2Role")
    terminal.type(CTRL_U, "OtherRole", ENTER)
    terminal.see("What do you want to change?", times=2)
    terminal.type(ENTER)
    terminal.see("create role     OtherRole")
    terminal.see("What now?", times=2)
    terminal.type(ENTER)
    assert finish(terminal) == 0
    assert aws.client().get_role(RoleName="OtherRole")["Role"]["Description"]
    assert "OtherRole" in terminal.text()
    assert ORG in str(aws.client().get_role(RoleName="OtherRole")["Role"])


def test_the_policy_documents_are_shown_on_request(program: Program) -> None:
    terminal = start(program)
    answer_the_questions(terminal)
    terminal.see("What now?")
    terminal.type(DOWN, DOWN, ENTER)
    terminal.see('"sts:ExternalId"')
    terminal.see('"lex:RecognizeText"')
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_declining_changes_nothing(aws: Server, program: Program) -> None:
    terminal = start(program)
    answer_the_questions(terminal)
    terminal.see("What now?")
    terminal.type(DOWN, DOWN, DOWN, ENTER)
    assert terminal.end() == 130
    assert "nothing was changed" in terminal.text()
    assert aws.writes() == []


@pytest.mark.parametrize(
    "prompt",
    ["organization ID", "Name of the role", "Name of the policy", "Change anything", "What now?"],
)
@pytest.mark.parametrize("plain", [False, True])
def test_ctrl_c_at_any_prompt_changes_nothing(
    aws: Server, program: Program, prompt: str, *, plain: bool
) -> None:
    terminal = start(program, **({"ACCESSIBLE": "1"} if plain else {}))
    answers = {
        "organization ID": ORG,
        "Name of the role": "",
        "Name of the policy": "",
        "Change anything": "",
        "What now?": "",
    }
    for question, answer in answers.items():
        terminal.see(question)
        if question == prompt:
            break
        terminal.type(answer + ENTER)
    time.sleep(0.2)
    terminal.type(CTRL_C)
    assert terminal.end() == 130
    assert "nothing was changed" in terminal.text()
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


def test_plain_lines_have_no_control_sequence(aws: Server, program: Program) -> None:
    for environment in ({"ACCESSIBLE": "1"}, {"TERM": "dumb"}):
        aws.reset()
        terminal = start(program, **environment)
        answer_the_questions(terminal)
        screen = terminal.see("1. Apply these 5 changes")
        assert "2. Change an answer" in screen
        terminal.type(ENTER)
        terminal.see("ready for Genesys?")
        terminal.type(ENTER)
        assert terminal.end() == 0
        assert terminal.text().endswith(ROLE_ARN)
        assert "\x1b" not in terminal.raw


def test_no_color_means_no_colour(program: Program) -> None:
    terminal = start(program, NO_COLOR="1")
    answer_the_questions(terminal)
    apply(terminal)
    assert finish(terminal) == 0
    colours = re.findall(r"\x1b\[[0-9;]*m", terminal.raw)
    codes = {int(code or 0) for found in colours for code in found[2:-1].split(";")}
    assert not codes & {*range(30, 50), *range(90, 108)}, codes


def test_standard_output_is_the_arn_alone_while_prompts_are_answered(
    program: Program, tmp_path: Path
) -> None:
    terminal = start(program, shell='ARN=$("$@"); printf "<%s>\\n" "$ARN" > arn.txt')
    answer_the_questions(terminal)
    apply(terminal)
    assert finish(terminal) == 0
    assert (tmp_path / "arn.txt").read_text() == f"<{ROLE_ARN}>\n"


def test_with_the_organization_and_yes_nothing_is_asked(program: Program, tmp_path: Path) -> None:
    terminal = start(
        program, "--org-id", ORG, "--yes", shell='ARN=$("$@"); printf "%s" "$ARN" > arn.txt'
    )
    assert terminal.end() == 0
    assert (tmp_path / "arn.txt").read_text() == ROLE_ARN
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
    terminal = start(program)
    screen = terminal.see("How do you want to go on?")
    assert "aws sso login" in screen
    failing.clear()
    terminal.type(ENTER)
    answer_the_questions(terminal)
    terminal.see("What now?")
    # The login expires between the plan and its application.
    expire("GetRole")
    terminal.type(ENTER)
    terminal.see("How do you want to go on?", times=2)
    failing.clear()
    terminal.type(ENTER)
    assert finish(terminal) == 0
    assert terminal.text().count("Genesys Cloud organization ID") == 1


def test_a_refusal_offers_another_answer(aws: Server, program: Program) -> None:
    aws.client().create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    terminal = start(program)
    answer_the_questions(terminal)
    terminal.see("Nothing was changed. How do you want to go on?")
    terminal.type(DOWN, DOWN, ENTER)
    assert terminal.end() == 3
    assert terminal.text().count("error:") == 1


def test_what_changes_between_plan_and_yes_is_shown_first(program: Program) -> None:
    terminal = start(program)
    answer_the_questions(terminal)
    terminal.see("What now?")
    assert program.setup().code == 0
    terminal.type(ENTER)
    assert "Nothing to do" in terminal.see("clipboard?")
    assert finish(terminal) == 0


def test_an_enter_pressed_too_early_applies_nothing(aws: Server, program: Program) -> None:
    aws.latency = 0.4
    terminal = start(program)
    terminal.see("organization ID")
    terminal.type(ORG, ENTER)
    terminal.see("Name of the role")
    terminal.type(ENTER)
    terminal.see("Name of the policy")
    terminal.type(ENTER)
    terminal.see("Change anything else?")
    terminal.type(ENTER, ENTER, ENTER)
    terminal.see("What now?")
    time.sleep(1.0)
    assert aws.writes() == []
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_advanced_settings_sit_behind_one_question(aws: Server, program: Program) -> None:
    terminal = start(program, ACCESSIBLE="1")
    terminal.see("organization ID")
    for answer in (OTHER_ORG, "", "", "y"):
        terminal.type(answer + ENTER)
    terminal.see("What do you want to change?")
    terminal.type("4" + ENTER)
    terminal.see("Tags for role and policy")
    terminal.type("ManagedBy=me" + ENTER)
    terminal.see("keeps its own memory")
    terminal.type("team=voice, cost=42" + ENTER)
    terminal.see("team=voice, cost=42")
    terminal.type(ENTER)
    terminal.see("1. Apply these 5 changes")
    terminal.type(ENTER)
    terminal.see("ready for Genesys?")
    terminal.type(ENTER)
    assert terminal.end() == 0
    tags = {
        each["Key"]: each["Value"] for each in aws.client().list_role_tags(RoleName=ROLE)["Tags"]
    }
    assert (tags["team"], tags["cost"], tags["GenesysOrgId"]) == ("voice", "42", OTHER_ORG)


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_of_ours_is_broken_in_an_arn(program: Program, columns: int) -> None:
    terminal = start(program, columns=columns)
    answer_the_questions(terminal)
    screen = terminal.see("What now?")
    assert ROLE_ARN in screen
    assert all(len(line) <= columns for line in screen.splitlines())
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_an_interactive_dry_run_asks_shows_and_ends(aws: Server, program: Program) -> None:
    terminal = start(program, "--dry-run")
    answer_the_questions(terminal)
    assert terminal.end() == 0
    assert "create role" in terminal.text()
    assert "What now?" not in terminal.text()
    assert aws.writes() == []
