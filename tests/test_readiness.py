"""`verify` and the bots, as a user sees it: the program against a simulated IAM and Lex V2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from arrange import set_up
from lex_fake import REGION, Alias, Deny, LexFake, Locale, bot, bots_test_alias, minutes_ago
from terminal import CTRL_C, start

if TYPE_CHECKING:
    from aws_server import Server
    from program import Program

HOOK = f"arn:aws:lambda:{REGION}:123456789012:function:hook"
DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "lex:*", "Resource": "*"}],
}


def own(**changed: Any) -> list[Alias]:
    """TestBotAlias and one alias of the bot's own."""
    alias = Alias("ALIAS00001", "prod")
    for key, value in changed.items():
        setattr(alias, key, value)
    return [bots_test_alias(), alias]


def version(**changed: Any) -> dict[str, dict[str, Locale]]:
    return {"1": {"en_US": Locale(**changed)}, "DRAFT": {"en_US": Locale()}}


# Name: what is wrong with the bot, its sign, and the words that tell why and what to do.
BROKEN: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "Ready": ({}, "✓", ("Genesys Architect will show this bot.",)),
    "Failed": (
        {"status": "Failed", "failures": ("The role is gone.",)},
        "✗",
        ("will not show this bot because", "The role is gone.", "create it again"),
    ),
    "Importing": ({"status": "Importing"}, "✗", ("still being imported", "Wait until")),
    "OnlyTest": (
        {"aliases": [bots_test_alias()]},
        "✗",
        ("no alias but TestBotAlias", "Aliases > Create alias"),
    ),
    "OnDraft": (
        {"aliases": own(version="DRAFT")},
        "✗",
        ("DRAFT, the working copy", "Associate version with alias"),
    ),
    "NoVersion": (
        {"aliases": own(version=None)},
        "✗",
        ("points to no version of the bot", "Associate version with alias"),
    ),
    "AliasFailed": (
        {"aliases": own(status="Failed")},
        "✗",
        ("Lex could not make it", "Delete it and create it again"),
    ),
    "NotEnabled": (
        {"aliases": own(locales={"en_US": False})},
        "✗",
        ("en_US is not enabled in the alias", "Enable in alias"),
    ),
    "NotBuilt": (
        {"versions": version(status="NotBuilt")},
        "✗",
        ("en_US is not built in version 1", "Build it in DRAFT"),
    ),
    "BuildFailed": (
        {"versions": version(status="Failed", failures=("Slot X has no values.",))},
        "✗",
        ("the build of en_US failed in version 1: Slot X has no values.", "Mend that in DRAFT"),
    ),
    "NotInVersion": (
        {"versions": {"1": {}, "DRAFT": {"en_US": Locale()}}},
        "✗",
        ("version 1, to which the alias points, does not have en_US", "create a version"),
    ),
    "Denies": (
        {"policy": DENY_ALL},
        "✗",
        ("its resource-based policy denies", "Take that statement out"),
    ),
    "AliasDenies": (
        {"aliases": own(policy=DENY_ALL)},
        "✗",
        ("its resource-based policy denies", "the alias > Resource-based policy"),
    ),
    "OnlyFallback": (
        {"versions": version(intents=("Fallback",))},
        "!",
        ("no intent but the fallback", "Add intents"),
    ),
    "Hook": (
        {"aliases": own(hooks={"en_US": HOOK})},
        "!",
        ("Lex may not call the Lambda function", "aws lambda add-permission"),
    ),
    "Fresh": (
        {"updated": minutes_ago(-60)},  # ahead, since other tests may take longer than that
        "!",
        ("less than ten minutes ago: wait", "a few minutes to appear in Architect"),
    ),
    "Network": ({"kind": "BotNetwork"}, "!", ("BotNetwork", "use the bots of the network")),
    "Unreadable": (
        {},
        "?",
        ("is not known: AWS denied lex:DescribeBot", "genesys-lex-wizard permissions verify"),
    ),
}
IDS = {name: f"BOT{number:07}" for number, name in enumerate(BROKEN)}


def broken_in_every_way() -> LexFake:
    bots = [bot(IDS[name], name, **wrong) for name, (wrong, _, _) in BROKEN.items()]
    return LexFake(bots, denied=[Deny("DescribeBot", about=IDS["Unreadable"])])


def blocks(screen: str) -> dict[str, tuple[str, str]]:
    """Of each bot in the table: its sign, and its lines as one."""
    table = screen[screen.index(f"Bots in {REGION}") : screen.rindex("The role is as it should be")]
    found = re.findall(r"^  (\S) (\S+)  BOT\d+(.*?)(?=^  \S|\Z)", table, re.MULTILINE | re.DOTALL)
    return {name: (sign, " ".join(text.split())) for sign, name, text in found}


def test_the_table_alone_says_of_each_bot_why_and_what_to_do(aws: Server, program: Program) -> None:
    set_up(aws)
    with broken_in_every_way() as fake:
        terminal = start(program, "verify", "--region", REGION, **fake.lex_environment())
        assert terminal.end() == 0
    found = blocks(terminal.text())
    assert set(found) == set(BROKEN)
    for name, (_, sign, words) in BROKEN.items():
        assert found[name][0] == sign, name
        for each in words:
            assert each in found[name][1], (name, each)
        sentences = re.findall(r"because ([^.]*)\.", found[name][1])
        assert len(set(sentences)) == len(sentences), (name, "is told twice")


def test_the_object_for_scripts_has_bots_aliases_and_languages(
    aws: Server, program: Program
) -> None:
    set_up(aws)
    with broken_in_every_way() as fake:
        fake.denied.append(Deny(region="us-west-2"))
        regions = ("--region", REGION, "--region", "us-west-2")
        ended = program("verify", *regions, "--output", "json", "-q", **fake.lex_environment())
    assert (ended.code, ended.err, ended.json["status"]) == (0, "", "ok")
    bots = {each["name"]: each for each in ended.json["bots"]}
    assert set(bots) == set(BROKEN)
    ready = {"✓": True, "!": True, "✗": False, "?": None}
    assert {name: each["ready"] for name, each in bots.items()} == {
        name: ready[sign] for name, (_, sign, _) in BROKEN.items()
    }
    one = bots["NotBuilt"]
    assert {"region", "bot_id", "name", "status", "ready", "reasons", "aliases"} <= set(one)
    alias = one["aliases"][1]
    assert (alias["alias_id"], alias["name"], alias["status"]) == (
        "ALIAS00001",
        "prod",
        "Available",
    )
    assert (alias["version"], alias["ready"], len(alias["reasons"])) == ("1", False, 1)
    (locale,) = alias["locales"]
    assert (locale["locale_id"], locale["enabled"], locale["status"]) == ("en_US", True, "NotBuilt")
    assert bots["Ready"]["reasons"] == bots["Ready"]["aliases"][1]["reasons"] == []
    assert "lex:DescribeBot" in bots["Unreadable"]["reasons"][0]
    checks = {each["id"]: each for each in ended.json["checks"]}
    assert checks["bots.us-west-2"]["status"] == "skip"
    assert "lex:ListBots" in checks["bots.us-west-2"]["message"]
    assert checks[f"bots.{REGION}.{IDS['NotBuilt']}"]["status"] == "warn"
    assert f"bots.{REGION}.{IDS['Ready']}" not in checks


def test_a_bot_that_was_asked_for_must_be_ready(aws: Server, program: Program) -> None:
    """One named by its alias is judged by that alias; one that is not there is a failure."""
    set_up(aws)
    two = bot("BOT0000001", "Two", aliases=[*own(version="DRAFT"), Alias("ALIAS00002", "live")])
    with LexFake([bot("BOT0000000", "Bad", status="Failed"), two]) as fake:
        named = ("BOT0000000", "BOT0000001", "BOT0000001:ALIAS00001", "BOT0000001:ALIAS00002")
        options = [word for each in (*named, "NOSUCHBOT0") for word in ("--bot", each)]
        arguments = ("verify", "--region", REGION, *options)
        ended = program(*arguments, "--output", "json", **fake.lex_environment())
        text = program(*arguments, **fake.lex_environment())
    assert (ended.code, ended.json["status"]) == (4, "problems")
    checks = {e["id"]: e["status"] for e in ended.json["checks"] if e["id"].startswith("bots.")}
    assert checks == {
        f"bots.{REGION}.BOT0000000": "fail",
        f"bots.{REGION}.BOT0000001": "pass",
        f"bots.{REGION}.BOT0000001.ALIAS00001": "fail",
        f"bots.{REGION}.BOT0000001.ALIAS00002": "pass",
        "bots.any.NOSUCHBOT0": "fail",
    }
    assert (text.code, text.err) == (4, "")
    assert "Bad: not ready; see below why." in text.out
    assert text.out.count("could not make it") == 1
    assert f"verify --region {REGION} --bot BOT0000001:ALIAS00001" in text.out


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
    assert "2025-09-15" in check["hint"]


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
