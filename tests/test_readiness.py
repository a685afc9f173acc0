"""`verify` and the bots, as a user sees it: the program against a simulated IAM and Lex V2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from arrange import set_up
from lex_fake import REGION, LexFake, bot
from terminal import CTRL_C, start

if TYPE_CHECKING:
    from aws_server import Server
    from program import Program


def test_without_any_bot_it_says_where_it_looked(aws: Server, program: Program) -> None:
    """Every region of the AWS SDK's; one that the account has not enabled is passed over."""
    set_up(aws)
    with LexFake(disabled_regions={"af-south-1"}) as fake:
        ended = program("verify", "--all-regions", "--output", "json", **fake.lex_environment())
        asked = {region for operation, region in fake.calls if operation == "ListBots"}
    assert (ended.code, ended.json["bots"]) == (0, [])
    assert {"af-south-1", "us-east-1", "eu-west-2"} <= asked
    (check,) = (each for each in ended.json["checks"] if each["id"] == "bots")
    assert check["status"] == "warn"
    assert "us-east-1" in check["message"]
    assert "af-south-1" not in check["message"]
    assert "September 15, 2025" in check["hint"]


def test_without_a_region_the_bots_are_a_skipped_check(aws: Server, program: Program) -> None:
    set_up(aws)
    ended = program("verify", "--output", "json", AWS_DEFAULT_REGION="")
    (check,) = (each for each in ended.json["checks"] if each["id"] == "bots")
    assert (ended.code, check["status"]) == (0, "skip")
    assert "--all-regions" in check["hint"]


@pytest.fixture
def slow() -> LexFake:
    return LexFake([bot(f"BOT{n:07}", f"Bot{n}") for n in range(24)], latency=0.15)


def test_a_second_of_work_brings_a_progress_bar_to_a_terminal(
    aws: Server, program: Program, slow: LexFake
) -> None:
    set_up(aws)
    with slow:
        terminal = start(program, "verify", "--region", REGION, **slow.lex_environment())
        assert terminal.end() == 0
    assert re.search(r"Looking at bots.*━.*\d+/24", terminal.raw)
    assert "Looking at bots" not in terminal.text()  # it leaves nothing behind


def test_a_second_of_work_is_one_plain_line_elsewhere(
    aws: Server, program: Program, slow: LexFake
) -> None:
    set_up(aws)
    with slow:
        ended = program("verify", "--region", REGION, **slow.lex_environment())
    assert (ended.code, ended.err.split()) == (0, ["Looking", "at", "bots", "…"])
    assert "\x1b" not in ended.out + ended.err


def test_ctrl_c_while_bots_are_read_ends_at_once(
    aws: Server, program: Program, slow: LexFake
) -> None:
    set_up(aws)
    slow.bots *= 20
    with slow:
        terminal = start(program, "verify", "--region", REGION, **slow.lex_environment())
        terminal.see("/480")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert "Traceback" not in terminal.text()
