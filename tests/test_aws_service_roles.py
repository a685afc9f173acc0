"""The service-linked roles of Lex V2: reads, refusals, deletion."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from lex_fake import ACCOUNT, REGION, Deny, LexFake, Role, bot
from wizard.aws.lex import role_usage
from wizard.aws.service_roles import (
    BOTS,
    CHANNELS,
    REPLICATION,
    Deletion,
    RolePolicy,
    begin_deletion,
    bots_of,
    find_service_role,
    follow_deletion,
    list_service_roles,
    read_policies,
    refuse_if_used,
    set_description,
)
from wizard.aws.session import Session
from wizard.core.bots import Usage
from wizard.core.documents import Document
from wizard.core.state import LastUse
from wizard.errors import ExitCode, NotFound, Refused
from wizard.ui.service_roles import description_json, role_json, unknown_use

USED = datetime(2026, 2, 1, tzinfo=timezone.utc)
BOT_ROLE = "AWSServiceRoleForLexV2Bots_A1B2C3"
ORPHAN = "AWSServiceRoleForLexV2Bots_ORPHAN"
CHANNEL = "AWSServiceRoleForLexV2Channels_X"
REPLICA = "AWSServiceRoleForLexV2Replication"
LEX_V1 = "AWSServiceRoleForLexBots"
FLOWERS = bot("A1B2C3D4E5", "Flowers")


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
    assert [role.name for role in roles] == [BOT_ROLE, ORPHAN, CHANNEL, REPLICA]
    assert roles[0].description == "Flowers' role"
    assert roles[0].last_use == LastUse(USED, REGION)


def test_a_role_that_may_not_be_read_by_itself_is_as_it_is_listed():
    with world(denied=[Deny("GetRole", "us-east-1")]).connected():
        roles = list_service_roles(Session())
    assert [role.name for role in roles] == [BOT_ROLE, ORPHAN, CHANNEL, REPLICA]
    assert roles[0].last_use is None


def test_a_role_is_used_by_the_bots_that_name_it_and_unknown_where_nobody_can_tell():
    with world().connected():
        session = Session()
        usage = role_usage(session, [REGION])
        roles = list_service_roles(session)
    assert [bots_of(role, usage) for role in roles] == [(FLOWERS.arn,), (), None, None]
    unread = Usage(usage.by_role, {"us-east-1": "AWS denied it."})
    assert [bots_of(role, unread) for role in roles[:2]] == [(FLOWERS.arn,), None]
    assert "us-east-1" in unknown_use(roles[1], unread)


@pytest.mark.parametrize("count", [1, 2])
def test_a_role_in_use_is_refused_and_its_bots_are_named(count):
    with world().connected():
        role = find_service_role(Session(), BOT_ROLE)
    with pytest.raises(Refused) as refused:
        refuse_if_used(role, (FLOWERS.arn, "arn:other")[:count])
    named = f"a bot: {FLOWERS.arn}." if count == 1 else f"2 bots: {FLOWERS.arn}, arn:other."
    assert named in refused.value.message
    assert refused.value.exit_code == ExitCode.REFUSED


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


def test_the_policies_of_a_role_are_read_and_what_is_denied_is_none():
    tree = {"Version": "2012-10-17", "Statement": []}
    arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonLexV2BotPolicy"
    fake = LexFake(roles=[Role(BOT_ROLE, BOTS, inline={"p": tree}, attached={arn: tree})])
    with fake.connected():
        session = Session()
        role = find_service_role(session, BOT_ROLE)
        policies = read_policies(session, role)
        fake.denied.append(Deny("GetPolicyVersion", "us-east-1"))
        fake.denied.append(Deny("GetRolePolicy", "us-east-1"))
        denied = read_policies(session, role)
    name, document = "AmazonLexV2BotPolicy", Document(tree)
    assert policies == (RolePolicy(name, arn, document), RolePolicy("p", None, document))
    assert denied == (RolePolicy(name, arn, None), RolePolicy("p", None, None))
    told = description_json(role, None, (policies[0], denied[1]))
    assert told["policies"] == [
        {"name": name, "arn": arn, "document": tree},
        {"name": "p", "arn": None, "document": None},
    ]
    assert told["trust_policy"]["Statement"][0]["Principal"] == {"Service": BOTS}
    assert "Polly" in told["actions"][0]


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
    unknown = role_json(orphan, None)
    assert (unknown["last_used"], unknown["used_by"]) == (None, None)


def deletions(role, **changed):
    fake = LexFake(roles=[role], **changed)
    with fake.connected():
        session = Session()
        begun = begin_deletion(session, find_service_role(session, role.name))
        return list(follow_deletion(session, begun, [0.0] * 5)), fake


def test_a_deletion_is_followed_to_its_end():
    states, _ = deletions(Role(ORPHAN, deletion=("NOT_STARTED", "IN_PROGRESS", "SUCCEEDED")))
    assert [state.status for state in states] == ["started", "started", "deleted"]


def test_a_failed_deletion_has_the_reason_and_what_still_uses_the_role():
    usage = ((REGION, (FLOWERS.arn,)), ("us-east-1", ()))
    role = Role(ORPHAN, deletion=("FAILED",), reason="The role is in use.", usage=usage)
    (failed,), _ = deletions(role)
    assert failed == Deletion("failed", failed.task_id, "The role is in use.", (FLOWERS.arn,))


def test_a_deletion_that_takes_long_is_not_followed_for_ever():
    states, _ = deletions(Role(ORPHAN, deletion=("IN_PROGRESS",)))
    assert [state.status for state in states] == ["started"] * 5


def test_a_lost_answer_to_the_deletion_is_settled_by_asking_again():
    states, fake = deletions(Role(ORPHAN), lose_after={"DeleteServiceLinkedRole"})
    assert states[-1].status == "deleted"
    assert fake.calls["DeleteServiceLinkedRole", "us-east-1"] == 2
