"""Least privilege, the whole program: a role limited to bots, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aws_server import ACCOUNT
from inside import run_json as run
from lex_fake import REGION, Alias, Deny, LexFake, bot, bots_test_alias
from program import ORG, POLICY, ROLE
from terminal import CTRL_C, DOWN, ENTER, SPACE, Terminal, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_server import Server
    from program import Program

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
MANAGED = {
    "arn:aws:iam::aws:policy/AmazonLexReadOnly",
    "arn:aws:iam::aws:policy/AmazonLexRunBotsOnly",
}
ELSEWHERE = f"arn:aws:lex:us-west-2:{ACCOUNT}:bot-alias/BOT0000002/ALIAS00001"
VOICE = {"team": "voice"}


@pytest.fixture
def fake() -> Iterator[LexFake]:
    tagged = Alias("ALIAS00001", "prod", tags=VOICE)
    bots = [
        bot("BOT0000000", "Flowers", aliases=[bots_test_alias(), tagged], tags=VOICE),
        bot("BOT0000001", "Hotels"),
        bot("BOT0000002", "Cars", region="us-west-2"),
    ]
    with LexFake(bots) as server:
        yield server


def environment(aws: Server, fake: LexFake) -> dict[str, str]:
    """That of a run inside this process."""
    here = {**fake.environment(), **fake.lex_environment(), "AWS_DEFAULT_REGION": REGION}
    for service in ("IAM", "STS"):
        here[f"AWS_ENDPOINT_URL_{service}"] = aws.url
    return here


def actual(aws: Server) -> tuple[dict[str, Any], set[str]]:
    """The customer managed policy's document by statement, and what the role has attached."""
    client = aws.client()
    version = client.get_policy(PolicyArn=POLICY_ARN)["Policy"]["DefaultVersionId"]
    found = client.get_policy_version(PolicyArn=POLICY_ARN, VersionId=version)["PolicyVersion"]
    attached = client.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    return (
        {each["Sid"]: each for each in found["Document"]["Statement"]},
        {each["PolicyArn"] for each in attached},
    )


def test_the_role_is_limited_to_the_chosen_bots_and_stays_so(
    aws: Server, program: Program, fake: LexFake
) -> None:
    lex = fake.lex_environment()
    bots = ("--bot", "BOT0000000", "--bot", ELSEWHERE, "--bot", "NOSUCHBOT0:ALIAS00001")
    limited = ("--least-privilege", *bots, "--region", REGION)
    made = program.setup(*limited, "--output", "json", **lex)
    assert (made.code, made.json["status"]) == (0, "created")
    (warning,) = made.json["warnings"]
    assert "alias ALIAS00001 of the bot NOSUCHBOT0" in warning
    words = " ".join(made.err.split())
    assert f"the bot BOT0000000 in {REGION}, all its aliases" in words
    assert "Other bots are still listed by name, but Genesys Cloud can't open or use them." in words

    statements, attached = actual(aws)
    here = f"arn:aws:lex:{REGION}:{ACCOUNT}"
    assert attached == {POLICY_ARN}
    assert statements["TalkToTheChosenAliases"]["Resource"] == sorted(
        [f"{here}:bot-alias/BOT0000000/*", f"{here}:bot-alias/NOSUCHBOT0/ALIAS00001", ELSEWHERE]
    )

    aws.forget()
    again = program.setup("--output", "json", **lex)
    assert (again.json["status"], aws.writes()) == ("unchanged", [])
    verified = program("verify", "--org-id", ORG, "--region", REGION, "--output", "json", **lex)
    assert (verified.code, verified.json["status"]) == (0, "ok")
    checks = {each["id"]: each for each in verified.json["checks"]}
    assert checks[f"scope.{REGION}.BOT0000000"]["status"] == "pass"
    assert checks["scope.us-west-2.BOT0000002.ALIAS00001"]["status"] == "pass"
    assert checks[f"scope.{REGION}.NOSUCHBOT0.ALIAS00001"]["status"] == "warn"
    assert "1 of 1 bot." in checks["bots"]["message"]
    text = program("verify", "--org-id", ORG, "--region", REGION, **lex).out
    assert "Excluded by least privilege: Hotels" in text


def test_the_modes_change_by_an_ordinary_plan_and_nothing_widens_by_itself(
    aws: Server, fake: LexFake
) -> None:
    lex = environment(aws, fake)
    setup = ("setup", "--non-interactive", "--org-id", ORG, "--output", "json")
    verify = ("verify", "--org-id", ORG, "--output", "json")
    assert run(*setup, **lex).code == 0
    limited = run(*setup, "--least-privilege", "--bot-tag", "team=voice", **lex)
    assert limited.json["status"] == "updated"
    kinds = [each["change"] for each in limited.json["changes"]]
    assert kinds.index("detach-policy") < kinds.index("update-policy")
    assert "have the tag team=voice" in limited.err
    statements, attached = actual(aws)
    assert attached == {POLICY_ARN}
    tag = {"StringEquals": {"aws:ResourceTag/team": "voice"}}
    assert statements["TalkToTheTaggedAliases"]["Condition"] == tag

    assert run(*setup, **lex).json["status"] == "unchanged"
    verified = run(*verify, **lex)
    checks = {each["id"]: each["status"] for each in verified.json["checks"]}
    assert (verified.code, checks["scope.tag"], "fail" in checks.values()) == (0, "pass", False)
    fake.bots[0].aliases[1].tags = {}
    verified = run(*verify, **lex)
    checks = {each["id"]: each["status"] for each in verified.json["checks"]}
    assert (verified.code, checks["scope.tag"]) == (0, "warn")

    back = run(*setup, "--no-least-privilege", **lex)
    assert back.json["status"] == "updated"
    assert actual(aws)[1] == {POLICY_ARN, *MANAGED}
    assert run(*verify, **lex).json["status"] == "ok"


def test_a_document_that_is_too_long_is_refused_before_any_call(
    aws: Server, program: Program
) -> None:
    bots = [word for n in range(60) for word in ("--bot", f"BOT{n:07}:ALIAS00001")]
    for command in (("setup", "--non-interactive"), ("verify",), ("export", "cli")):
        ended = program(
            *command, "--org-id", ORG, "--least-privilege", *bots, "--account-id", ACCOUNT,
            "--region", REGION, "--output", "json",
        )  # fmt: skip
        assert (ended.code, ended.json["status"]) == (2, "invalid")
        assert "--bot-tag" in ended.json["error"]["hint"]
    unknown = ("--least-privilege", "--bot", "BOT0000000")
    assert program.setup(*unknown, AWS_DEFAULT_REGION="").code == 2
    assert aws.calls == []


APPLY = f"to AWS account {ACCOUNT}?"


def to_the_choice_of_bots(
    terminal: Terminal, change: tuple[str, ...], menu: tuple[str, ...], kind: tuple[str, ...]
) -> None:
    terminal.see(APPLY)
    terminal.type(*change)
    terminal.see("Which setting do you want to change?")
    terminal.type(*menu)
    terminal.see("Which bots can Genesys Cloud use?")
    terminal.type(*kind)


def test_bots_are_picked_from_a_list_and_looked_at_afterwards(
    aws: Server, program: Program, fake: LexFake
) -> None:
    lex = fake.lex_environment()
    terminal = start(program, "--org-id", ORG, "--region", REGION, **lex)
    to_the_choice_of_bots(
        terminal, (DOWN, ENTER), (DOWN, DOWN, DOWN, DOWN, ENTER), (DOWN, DOWN, DOWN, ENTER)
    )
    screen = terminal.see("Which bots and aliases?")
    assert "Hotels (BOT0000001): all aliases" in screen
    assert "TestBotAlias" not in screen
    terminal.type(DOWN, SPACE, DOWN, SPACE, ENTER)
    terminal.see("only BOT0000000:ALIAS00001, BOT0000001")
    terminal.type(ENTER)
    screen = " ".join(terminal.see(APPLY, times=2).split())
    assert f"the alias ALIAS00001 of the bot BOT0000000 in {REGION}; the bot BOT0000001" in screen
    terminal.type(ENTER)
    terminal.see("clipboard?")
    terminal.type("n", ENTER)
    terminal.see(f"Check whether the bots in {REGION} are ready for Genesys Cloud?")
    terminal.type("y", ENTER)
    assert terminal.end() == 0
    text = terminal.text()
    assert "✓ Flowers  BOT0000000  Available" in text
    assert "✓ Hotels  BOT0000001  Available" in text
    here = f"arn:aws:lex:{REGION}:{ACCOUNT}"
    assert actual(aws)[0]["TalkToTheChosenAliases"]["Resource"] == [
        f"{here}:bot-alias/BOT0000000/ALIAS00001",
        f"{here}:bot-alias/BOT0000001/*",
    ]
    assert text.splitlines()[-1] == f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"


def test_in_plain_lines_bots_are_picked_by_number(program: Program, fake: LexFake) -> None:
    environment = {"ACCESSIBLE": "1", **fake.lex_environment()}
    terminal = start(program, "--org-id", ORG, "--region", REGION, **environment)
    to_the_choice_of_bots(terminal, ("2", ENTER), ("5", ENTER), ("4", ENTER))
    terminal.see("3. Hotels (BOT0000001): all aliases")
    terminal.type("3 9", ENTER)
    terminal.see("Enter numbers from 1 to 4.")
    terminal.type("3", ENTER)
    terminal.see("only BOT0000001")
    terminal.type(ENTER)
    terminal.see(APPLY, times=2)
    terminal.type(CTRL_C)
    assert terminal.end() == 130
    assert f"the bot BOT0000001 in {REGION}, all its aliases" in terminal.raw
    assert "\x1b" not in terminal.raw


def test_who_may_not_list_bots_types_their_ids(program: Program, fake: LexFake) -> None:
    fake.denied.append(Deny("ListBots"))
    environment = {"ACCESSIBLE": "1", **fake.lex_environment()}
    terminal = start(program, "--org-id", ORG, "--region", REGION, **environment)
    to_the_choice_of_bots(terminal, ("2", ENTER), ("5", ENTER), ("4", ENTER))
    screen = terminal.see("Bot IDs or BOT_ID:ALIAS_ID")
    assert "lex:ListBots" in screen
    terminal.type("nonsense", ENTER)
    terminal.see("✗")
    terminal.type("BOT0000001:ALIAS00001", ENTER)
    terminal.see("only BOT0000001:ALIAS00001")
    terminal.type(ENTER)
    terminal.see(APPLY, times=2)
    terminal.type(CTRL_C)
    assert terminal.end() == 130


def test_ctrl_c_once_the_role_is_there_ends_with_its_arn(aws: Server, program: Program) -> None:
    terminal = start(program, "--org-id", ORG, "--role-name", ROLE, "--policy-name", POLICY)
    terminal.see(APPLY)
    terminal.type(ENTER)
    terminal.see("clipboard?")
    terminal.type(CTRL_C)
    assert terminal.end() == 0
    assert terminal.text().splitlines()[-1] == f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
    assert "Nothing was changed" not in terminal.text()
    assert aws.client().get_role(RoleName=ROLE)["Role"]["RoleName"] == ROLE
