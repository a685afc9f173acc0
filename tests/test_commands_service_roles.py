"""`service-roles`, the whole program against a fake of IAM and Lex V2."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lex_fake import ACCOUNT, REGION, Deny, LexFake, Role, bot
from program import Ended, Program
from terminal import CTRL_U, ENTER, start
from wizard.ui.service_roles import WAIT

if TYPE_CHECKING:
    from collections.abc import Iterator

USED = "AWSServiceRoleForLexV2Bots_A1B2C3"
UNUSED = "AWSServiceRoleForLexV2Bots_ZZZZZZ"
STUCK = "AWSServiceRoleForLexV2Bots_STUCK"
CHANNEL = "AWSServiceRoleForLexV2Channels_XYZ"
FLOWERS = f"arn:aws:lex:{REGION}:{ACCOUNT}:bot/BOT0000000"
GONE = f"arn:aws:lex:{REGION}:{ACCOUNT}:bot/DELETED000"


@pytest.fixture
def fake() -> Iterator[LexFake]:
    usage = ((REGION, (GONE,)),)
    why = "The role is used by a bot."
    roles = [
        Role(USED, description="For Flowers."),
        Role(UNUSED),
        Role(STUCK, deletion=("IN_PROGRESS", "FAILED"), reason=why, usage=usage),
        Role(CHANNEL, "channels.lexv2.amazonaws.com"),
    ]
    with LexFake([bot("BOT0000000", "Flowers")], roles=roles) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(Path(sys.executable).parent / "genesys-lex-wizard", tmp_path)


def service_roles(program: Program, fake: LexFake, *arguments: str) -> Ended:
    return program("service-roles", *arguments, **fake.environment())


def test_the_list_tells_which_bots_could_not_be_read(program: Program, fake: LexFake) -> None:
    fake.denied.append(Deny(region="us-west-2"))
    text = service_roles(program, fake, "list")
    assert "used by: unknown" in text.out
    assert "The bots in us-west-2 could not be read: AWS denied lex:ListBots" in text.out


def test_the_description_is_all_that_can_be_set(program: Program, fake: LexFake) -> None:
    ended = service_roles(program, fake, "set-description", "--", USED, "-- [b]new[/b]")
    assert (ended.code, fake.roles[0].description) == (0, "-- [b]new[/b]")
    assert "change only the description of a service-linked role" in ended.err
    assert ended.out == f"  {USED}: -- [b]new[/b]\n"


def test_a_role_in_use_is_not_deleted_and_its_bots_are_named(
    program: Program, fake: LexFake
) -> None:
    ended = service_roles(program, fake, "delete", USED, "--yes", "--output", "json")
    assert (ended.code, ended.json["status"]) == (3, "refused")
    assert ended.json["error"]["code"] == "role-in-use"
    assert FLOWERS in ended.json["error"]["message"]
    assert not any(name == "DeleteServiceLinkedRole" for name, _ in fake.calls)


def test_a_deletion_is_followed_to_its_end(program: Program, fake: LexFake) -> None:
    done = service_roles(program, fake, "delete", UNUSED, "--yes", "--output", "json")
    ended = {"command": "service-roles delete", "status": "deleted", "reason": None}
    assert (done.code, done.json) == (0, {**ended, "resources": []})
    failed = service_roles(program, fake, "delete", STUCK, "--yes", "--output", "json")
    why = "The role is used by a bot."
    assert failed.json == {**ended, "status": "failed", "reason": why, "resources": [GONE]}
    assert failed.code == 1
    text = service_roles(program, fake, "delete", STUCK, "--yes").out
    assert text.count(GONE) == 1
    assert f"First, delete the resources that still use it. {WAIT}" in text


def test_a_deletion_that_failed_for_no_reason_known_says_to_wait(
    program: Program, fake: LexFake
) -> None:
    fake.roles[1].deletion = ("FAILED",)
    failed = service_roles(program, fake, "delete", UNUSED, "--yes")
    end = [f"AWS did not delete {UNUSED}: AWS gave no reason.", WAIT]
    assert [line.strip() for line in failed.out.splitlines()] == end


def test_without_waiting_the_task_is_named(program: Program, fake: LexFake) -> None:
    """Whether a channel uses its role can't be seen: a warning, and AWS checks."""
    ended = service_roles(program, fake, "delete", CHANNEL, "--yes", "--no-wait")
    assert ended.code == 0
    assert "warning: This tool can't tell whether a messaging channel still uses" in ended.err
    assert f"--deletion-task-id task{fake.roles[3].path}{CHANNEL}/1" in ended.out
    assert not any(name.endswith("DeletionStatus") for name, _ in fake.calls)


def test_at_a_terminal_the_name_is_typed(program: Program, fake: LexFake) -> None:
    command = ("service-roles", "delete", UNUSED)
    declined = start(program, *command, **fake.environment())
    declined.see("type the role name")
    declined.type("something else", ENTER)
    assert declined.end() == 130
    assert "Nothing was deleted" in declined.text()
    assert not any(name == "DeleteServiceLinkedRole" for name, _ in fake.calls)
    terminal = start(program, *command, **fake.environment())
    terminal.see("type the role name")
    terminal.type(CTRL_U, UNUSED, ENTER)
    assert terminal.end() == 0
    assert f"Deleted: {UNUSED}." in terminal.text()


def test_another_account_is_refused(program: Program, fake: LexFake) -> None:
    ended = service_roles(program, fake, "list", "--account-id", "999999999999", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "another-account")
    assert json.loads(ended.out)["command"] == "service-roles list"
