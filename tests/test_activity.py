"""`activity`: did Genesys come in? Against a CloudTrail made from botocore's model."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from arrange import set_up
from aws_server import ACCOUNT
from lex_fake import Deny, LexFake, recorded
from program import ORG, OTHER_ORG, ROLE
from trail import GENESYS, ROLE_ARN, TOKEN, assumed, called, denied, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_server import Server
    from program import Ended, Program

LINE = ("activity", "--org-id", ORG)


@pytest.fixture
def trail(aws: Server) -> Iterator[LexFake]:
    set_up(aws)
    with LexFake() as fake:
        yield fake


def run(program: Program, trail: LexFake, *more: str, line: tuple[str, ...] = LINE) -> Ended:
    return program(*line, *more, **trail.lex_environment())


# The four answers


def test_genesys_is_in(aws: Server, program: Program, trail: LexFake) -> None:
    trail.trail += map(recorded, [assumed(aws), assumed(aws), called(aws)])
    ended = run(program, trail)
    assert ended.code == 0, ended.err
    text = " ".join(ended.out.split())
    assert "✓ Genesys Cloud assumed the role for your organization. (us-east-1, 2 times" in text
    assert "✓ Genesys Cloud assumed the role. " in text
    assert "1 x DescribeBotAlias us-east-1 A1B2C3D4E5" in text
    assert "Allowed, but not seen in this window (may be needed later): " in text
    assert "lex:DescribeBotAlias," not in text
    assert "lex:RecognizeText" not in text  # it can't be seen here
    assert "aren't recorded in this account" in text


def test_genesys_was_denied_something(aws: Server, program: Program, trail: LexFake) -> None:
    trail.trail += map(recorded, [assumed(aws), denied(aws)])
    ended = run(program, trail)
    text = " ".join(ended.out.split())
    assert ended.code == 4
    assert "AWS denied DescribeBotLocale. AWS says: User: arn:x is not authorized" in text
    assert "permissions boundary, or a service control policy" in text


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"external_id": OTHER_ORG}, f"ANOTHER organization: external ID {OTHER_ORG}"),
        ({"external_id": None}, "ANOTHER organization: external ID none"),
        ({"account": "111111111111"}, "ANOTHER AWS account assumed the role: 111111111111"),
    ],
)
def test_somebody_else_is_the_loudest_finding(
    aws: Server, program: Program, trail: LexFake, who: dict[str, Any], words: str
) -> None:
    trail.trail += map(recorded, [assumed(aws), denied(aws), assumed(aws, **who)])
    ended = run(program, trail)
    assert ended.code == 4
    found = [line for line in ended.out.splitlines() if line.startswith(("  ✗", "  ✓"))]
    assert words in found[0]
    assert "Someone else assumed this role" in ended.out
    assert f"genesys-lex-wizard setup --org-id {ORG} --account-id {ACCOUNT}" in ended.out
    assert run(program, trail, "--output", "json").json["status"] == "wrong-caller"


def test_nobody_came(program: Program, trail: LexFake) -> None:
    ended = run(program, trail)
    assert ended.code == 4
    assert "hasn't been seen in this window" in ended.out
    assert "is active and has this role ARN" in " ".join(ended.out.split())
    assert f"genesys-lex-wizard verify --org-id {ORG} --account-id {ACCOUNT}" in ended.out
    assert "aren't recorded in this account" in ended.out


# The contract


def test_the_object_for_scripts_is_the_contracts(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.trail += map(recorded, [assumed(aws), denied(aws)])
    ended = run(program, trail, "--output", "json", "-q")
    assert (ended.code, ended.err) == (4, "")
    assert set(ended.json) == {
        "command", "status", "role_arn", "genesys_account_id", "external_id", "since", "until",
        "regions", "uses", "warnings",
    }  # fmt: skip
    assert ended.json["status"] == "denied"
    assert ended.json["regions"] == [
        {"region": "us-east-1", "status": "read", "events": 2, "hint": None}
    ]
    first, second = ended.json["uses"]
    assert set(first) == set(second) == {
        "kind", "time", "region", "event_id", "event_name", "account_id", "external_id",
        "session_name", "bot_id", "bot_alias_id", "error_code", "error_message",
    }  # fmt: skip
    assert (first["kind"], first["account_id"], first["external_id"]) == ("assumed", GENESYS, ORG)
    assert (second["kind"], second["error_code"]) == ("call-denied", "AccessDenied")
    assert first["session_name"] == second["session_name"] == "genesys-session"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--since", "91d"), "90 days"),
        (("--since", "soon"), "isn't a duration"),
        (("--since", "0h"), "isn't a duration"),
        (("--for", "5m"), "--follow"),
    ],
)
def test_what_is_no_duration_ends_in_2(
    aws: Server, program: Program, more: tuple[str, ...], words: str
) -> None:
    ended = program(*LINE, *more)
    assert ended.code == 2
    assert words in ended.err
    assert aws.calls == []


def test_a_role_that_is_not_there_was_not_used(program: Program) -> None:
    ended = program(*LINE, "--output", "json")
    assert (ended.code, ended.json["status"], ended.json["role_arn"]) == (4, "not-seen", None)
    assert f"Role {ROLE} doesn't exist" in program(*LINE).out


def test_no_token_is_in_any_output(aws: Server, program: Program, trail: LexFake) -> None:
    trail.trail += map(recorded, [assumed(aws), called(aws), assumed(aws, OTHER_ORG)])
    for more in ((), ("--output", "json")):
        ended = run(program, trail, *more, "--debug")
        assert TOKEN not in ended.out + ended.err
        assert "ASIAEXAMPLEKEYID0001" not in ended.out + ended.err


# Records as they come


def test_records_about_something_else_do_not_count(
    aws: Server, program: Program, trail: LexFake
) -> None:
    other_role = assumed(aws)
    other_role["requestParameters"]["roleArn"] += "2"
    former = assumed(aws)
    former["responseElements"]["assumedRoleUser"]["assumedRoleId"] = "AROAFORMER:genesys-session"
    refused = assumed(aws, errorCode="AccessDenied")
    of_former = called(aws)
    of_former["userIdentity"]["sessionContext"]["sessionIssuer"]["principalId"] = "AROAFORMER"
    anyone = called(aws) | {"userIdentity": {"type": "IAMUser", "principalId": "AIDA"}}
    changed = record(
        "iam.amazonaws.com",
        "UpdateRole",
        9,
        "us-east-1",
        userIdentity={},
        resources=[{"type": "AWS::IAM::Role", "ARN": ROLE_ARN}],
    )
    trail.trail += map(recorded, [other_role, former, refused, of_former, anyone, changed])
    told = run(program, trail, "--output", "json").json
    assert (told["status"], told["uses"]) == ("not-seen", [])


def test_records_that_can_not_be_read_are_skipped_and_counted(
    aws: Server, program: Program, trail: LexFake
) -> None:
    whole = assumed(aws)
    broken: list[Any] = [
        recorded(whole, CloudTrailEvent="{"),
        recorded(whole, CloudTrailEvent="[]"),
        recorded(whole, CloudTrailEvent="null"),
        recorded({**whole, "userIdentity": None}),
        recorded({**called(aws), "eventTime": "2026-01-01T00:00:00Z"}, CloudTrailEvent='{"a": 1}'),
    ]
    missing = recorded(whole)
    del missing["CloudTrailEvent"]
    trail.trail += [*broken, missing, recorded(assumed(aws))]
    told = run(program, trail, "--output", "json").json
    assert (told["status"], len(told["uses"])) == ("proven", 1)
    assert any("5 records in us-east-1 can't be read" in each for each in told["warnings"])


def test_all_pages_are_read_and_a_cap_is_said(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.trail += [recorded(called(aws, ago=0)) for n in range(520)]
    trail.trail.append(recorded(assumed(aws, ago=0)))
    told = run(program, trail, "--output", "json").json
    assert told["regions"][0]["status"] == "cut"
    assert (len(told["uses"]), told["status"]) == (501, "proven")
    assert any("Use a shorter --since" in each for each in told["warnings"])
    assert trail.calls["LookupEvents", "us-east-1"] == 11


def test_requests_are_spaced_and_a_throttled_one_is_repeated(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.throttle_every = 2
    trail.trail += map(recorded, [assumed(aws), called(aws)])
    began = time.monotonic()
    assert run(program, trail).code == 0
    assert time.monotonic() - began >= 0.5
    assert trail.throttled


def test_hostile_text_has_no_effect(aws: Server, program: Program, trail: LexFake) -> None:
    evil = "\x1b[31m[bold]\u202e\n"
    trail.trail += map(
        recorded,
        [
            assumed(aws, account=evil, external_id=evil, region="us-east-1"),
            denied(aws, errorMessage=evil, errorCode="AccessDenied" + evil),
            called(aws, name=evil, requestParameters={"botId": evil}),
        ],
    )
    for more in ((), ("--output", "json")):
        ended = run(program, trail, *more)
        assert ended.code == 4
        assert not set("\x1b\u202e") & set(ended.out + ended.err)
    assert "[bold]" in run(program, trail).out


# Regions


def test_regions_are_those_given_the_global_one_and_each_says_how_it_was_read(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.disabled_regions.add("af-south-1")
    trail.denied.append(Deny("LookupEvents", region="eu-west-1"))
    trail.trail.append(recorded(assumed(aws, region="eu-central-1")))
    regions = ("eu-central-1", "eu-west-1", "af-south-1")
    options = [word for region in regions for word in ("--region", region)]
    ended = run(program, trail, *options, "--output", "json")
    assert ended.code == 0, ended.err
    assert [(each["region"], each["status"]) for each in ended.json["regions"]] == [
        ("us-east-1", "read"),
        ("eu-central-1", "read"),
        ("eu-west-1", "denied"),
        ("af-south-1", "not-enabled"),
    ]
    assert any("eu-west-1 was not read" in each for each in ended.json["warnings"])


def test_where_no_region_can_be_read_it_ends_in_1_and_names_the_permission(
    program: Program, trail: LexFake
) -> None:
    trail.denied.append(Deny("LookupEvents"))
    ended = run(program, trail, "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "activity-unreadable")
    assert "cloudtrail:LookupEvents" in ended.err


def test_an_endpoint_without_the_event_history_ends_in_1(program: Program, aws: Server) -> None:
    set_up(aws)
    assert program(*LINE).code == 1


def test_an_endpoint_that_is_not_aws_is_named(program: Program, trail: LexFake) -> None:
    told = run(program, trail, "--output", "json").json
    assert ", not AWS." in told["warnings"][0]
    assert "http://127.0.0.1" in told["warnings"][0]


def test_without_an_organization_the_tag_is_not_confirmed(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.trail.append(recorded(assumed(aws)))
    told = run(program, trail, "--output", "json", line=("activity",)).json
    assert (told["status"], told["external_id"]) == ("proven", ORG)
    assert any("not confirmed" in each for each in told["warnings"])


# Following


def test_following_tells_each_use_once_and_ends_when_genesys_was_served(
    aws: Server, program: Program, trail: LexFake
) -> None:
    first, second = recorded(assumed(aws)), recorded(called(aws))
    threading.Timer(1.0, lambda: trail.trail.append(first)).start()
    threading.Timer(2.5, lambda: trail.trail.insert(0, second)).start()
    ended = run(program, trail, "--follow", "--for", "1m", "--output", "json")
    assert (ended.code, ended.json["status"]) == (0, "proven")
    assert ended.err.count("Genesys Cloud assumed the role for your organization.") == 1
    assert ended.err.count("DescribeBotAlias on bot A1B2C3D4E5 succeeded.") == 1
    assert "Checking every" in ended.err


def test_ctrl_c_ends_the_following_with_the_verdict_so_far(
    aws: Server, program: Program, trail: LexFake
) -> None:
    trail.trail.append(recorded(assumed(aws)))
    child = subprocess.Popen(
        [str(program.path), *LINE, "--follow", "--output", "json"],
        env=program.environment(**trail.lex_environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    while "assumed the role for your organization" not in child.stderr.readline():
        pass
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, json.loads(out)["status"]) == (0, "proven"), err


# verify, permissions


@pytest.mark.parametrize(
    ("records", "status", "words"),
    [
        ((), "pass", "No Genesys Cloud calls were denied"),
        ((denied,), "warn", "DescribeBotLocale"),
    ],
)
def test_verify_says_what_was_denied_lately(
    aws: Server, program: Program, trail: LexFake, records: Any, status: str, words: str
) -> None:
    trail.trail += [recorded(make(aws)) for make in records]
    ended = run(program, trail, "--output", "json", line=("verify", "--org-id", ORG))
    (check,) = [each for each in ended.json["checks"] if each["id"] == "activity.denied"]
    assert (ended.code, check["status"]) == (0, status)
    assert words in check["message"]
    assert trail.calls["LookupEvents", "us-east-1"] == 1


def test_verify_skips_it_where_nobody_may_look(program: Program, trail: LexFake) -> None:
    trail.denied.append(Deny("LookupEvents"))
    ended = run(program, trail, "--output", "json", line=("verify", "--org-id", ORG))
    (check,) = [each for each in ended.json["checks"] if each["id"] == "activity.denied"]
    assert (ended.code, check["status"]) == (0, "skip")
    assert trail.calls["LookupEvents", "us-east-1"] == 1
