"""The service-linked roles of Lex V2: who uses them, what is refused, how a deletion ends."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from lex_fake import ACCOUNT, REGION, LexFake, Role, bot
from wizard.aws.lex import role_usage
from wizard.aws.service_roles import (
    begin_deletion,
    find_service_role,
    follow_deletion,
    list_service_roles,
    read_policies,
    set_description,
)
from wizard.aws.session import Session
from wizard.core.service_roles import (
    ACTIONS,
    BOTS,
    CHANNELS,
    REPLICATION,
    WAIT,
    Usage,
    deletion_json,
    demand_unused,
    description_json,
    role_json,
    service_of,
)
from wizard.errors import ExitCode, NotFound, Refused

USED = datetime(2026, 2, 1, tzinfo=timezone.utc)
BOT_ROLE = "AWSServiceRoleForLexV2Bots_A1B2C3"
ORPHAN = "AWSServiceRoleForLexV2Bots_ORPHAN"
CHANNEL = "AWSServiceRoleForLexV2Channels_X"
REPLICA = "AWSServiceRoleForLexV2Replication"
LEX_V1 = "AWSServiceRoleForLexBots"
FLOWERS = bot("A1B2C3D4E5", "Flowers")
NO_USE = Usage({}, {})


def world(**changed):
    roles = [
        Role(BOT_ROLE, BOTS, "Flowers' role", USED),
        Role(ORPHAN, BOTS),
        Role(CHANNEL, CHANNELS),
        Role(REPLICA, REPLICATION),
        Role(LEX_V1, "lex.amazonaws.com"),
        Role("GenesysCloudLexV2Role", None),
        Role("AWSServiceRoleForLexV2Bots_FAKE", None),
    ]
    return LexFake([FLOWERS], roles=roles, **changed)


def test_the_three_kinds_are_listed_and_nothing_else():
    with world(page_size=1).connected():
        roles = list_service_roles(Session())
    assert [each.name for each in roles] == [BOT_ROLE, ORPHAN, CHANNEL, REPLICA]
    assert roles[0].description == "Flowers' role"
    assert roles[0].last_use is not None
    assert roles[0].last_use.when == USED


def test_a_role_is_used_by_the_bots_that_name_it_and_unknown_where_nobody_can_tell():
    with world().connected():
        session = Session()
        usage = role_usage(session, [REGION])
        roles = list_service_roles(session)
    assert [usage.of(each) for each in roles] == [(FLOWERS.arn,), (), None, None]


def test_an_unread_region_makes_an_unused_role_unknown_but_not_a_used_one():
    with world().connected():
        roles = list_service_roles(Session())
    usage = Usage({roles[0].arn: (FLOWERS.arn,)}, {"us-east-1": "AWS denied it."})
    assert [usage.of(each) for each in roles[:2]] == [(FLOWERS.arn,), None]
    assert "us-east-1" in (demand_unused(roles[1], usage) or "")


def test_a_role_in_use_is_refused_and_its_bots_are_named():
    with world().connected():
        used, orphan, channel, _ = list_service_roles(Session())
    with pytest.raises(Refused) as refused:
        demand_unused(used, Usage({used.arn: (FLOWERS.arn,)}, {}))
    assert FLOWERS.arn in refused.value.message
    assert refused.value.exit_code == ExitCode.REFUSED
    assert demand_unused(orphan, NO_USE) is None
    assert "messaging channel" in (demand_unused(channel, NO_USE) or "")


@pytest.mark.parametrize(
    "name", [LEX_V1, "GenesysCloudLexV2Role", "AWSServiceRoleForLexV2Bots_FAKE"]
)
def test_any_other_role_is_refused_whatever_its_name(name):
    fake = world()
    with fake.connected():
        session = Session()
        with pytest.raises(Refused):
            find_service_role(session, name)
        with pytest.raises(Refused):
            set_description(session, name, "mine now")
    assert fake.roles[4].description == ""
    assert fake.calls["UpdateRole", "us-east-1"] == 0


@pytest.mark.parametrize(
    "path",
    ["/", "/aws-service-role/lexv2.amazonaws.com", "/x/aws-service-role/lexv2.amazonaws.com/"],
)
def test_a_path_counts_as_a_whole(path):
    assert service_of(path) is None


def test_a_role_that_is_not_there_says_where_to_look():
    with world().connected(), pytest.raises(NotFound) as gone:
        find_service_role(Session(), "NoSuchRole")
    assert "service-roles list" in gone.value.hint


def test_a_description_is_written_once():
    fake = world()
    with fake.connected():
        session = Session()
        before = set_description(session, ORPHAN, "Old pizza bot")
        again = set_description(session, ORPHAN, "Old pizza bot")
    assert (before.description, again.description) == ("", "Old pizza bot")
    assert fake.calls["UpdateRole", "us-east-1"] == 1


def test_a_role_is_described_with_its_policies():
    document = {"Version": "2012-10-17", "Statement": []}
    arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonLexV2BotPolicy"
    fake = LexFake(roles=[Role(BOT_ROLE, BOTS, inline={"p": document}, attached={arn: document})])
    with fake.connected():
        session = Session()
        role = find_service_role(session, BOT_ROLE)
        tree = description_json(role, (), read_policies(session, role))
    assert json.loads(json.dumps(tree)) == tree
    assert tree["actions"] == list(ACTIONS[BOTS])
    assert tree["trust_policy"]["Statement"][0]["Principal"] == {"Service": BOTS}
    assert [(each["name"], each["arn"]) for each in tree["policies"]] == [
        ("AmazonLexV2BotPolicy", arn),
        ("p", None),
    ]
    assert [each["document"] for each in tree["policies"]] == [document, document]


def test_the_json_of_a_role_has_the_keys_that_scripts_rely_on():
    with world().connected():
        used, orphan, *_ = list_service_roles(Session())
    assert role_json(used, (FLOWERS.arn,)) == {
        "name": BOT_ROLE,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lexv2.amazonaws.com/{BOT_ROLE}",
        "service": BOTS,
        "description": "Flowers' role",
        "created": "2024-05-01T12:00:00+00:00",
        "last_used": "2026-02-01T00:00:00+00:00",
        "used_by": [FLOWERS.arn],
    }
    assert (role_json(orphan, None)["last_used"], role_json(orphan, None)["used_by"]) == (
        None,
        None,
    )


def deletions(role, **changed):
    fake = LexFake(roles=[role], **changed)
    with fake.connected():
        session = Session()
        begun = begin_deletion(session, find_service_role(session, role.name))
        return begun, list(follow_deletion(session, begun, [0.0] * 5)), fake


def test_a_deletion_is_followed_to_its_end():
    begun, looks, _ = deletions(Role(ORPHAN, deletion=("NOT_STARTED", "IN_PROGRESS", "SUCCEEDED")))
    assert begun.status == "started"
    assert [each.status for each in looks] == ["started", "started", "deleted"]


def test_a_failed_deletion_says_why_and_what_still_uses_the_role():
    usage = ((REGION, (FLOWERS.arn,)), ("us-east-1", ()))
    role = Role(ORPHAN, deletion=("FAILED",), reason="The role is in use.", usage=usage)
    _, looks, _ = deletions(role)
    assert deletion_json(looks[-1]) == {
        "status": "failed",
        "reason": "The role is in use.",
        "resources": [FLOWERS.arn],
    }
    assert "Delete what still uses it first" in looks[-1].hint
    assert "wait a few minutes" in looks[-1].hint


def test_a_failed_deletion_without_a_list_says_to_wait():
    _, looks, _ = deletions(Role(ORPHAN, deletion=("FAILED",), reason="Busy"))
    assert (looks[-1].resources, looks[-1].hint) == ((), WAIT)


def test_a_deletion_that_takes_long_goes_on_alone_and_says_how_to_look():
    _, looks, _ = deletions(Role(ORPHAN, deletion=("IN_PROGRESS",)))
    assert [each.status for each in looks] == ["started"] * 5
    assert f"--deletion-task-id {looks[-1].task_id}" in looks[-1].hint


def test_a_lost_answer_to_the_deletion_is_settled_by_asking_again():
    begun, looks, fake = deletions(Role(ORPHAN), lose_after={"DeleteServiceLinkedRole"})
    assert begun.status == "started"
    assert looks[-1].status == "deleted"
    assert fake.calls["DeleteServiceLinkedRole", "us-east-1"] == 2
