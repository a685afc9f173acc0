"""Choosing bots, finding them again, and which role each uses: against a small Lex V2."""

from __future__ import annotations

import pytest

from lex_fake import ACCOUNT, REGION, Deny, LexFake, Role, bot
from wizard.aws.lex import everything_to_choose, find_bots, role_usage
from wizard.aws.session import Session
from wizard.errors import AccessDenied
from wizard.validators import BotRef

FLOWERS = bot("A1B2C3D4E5", "Flowers")
PIZZA = bot("B1B2C3D4E5", "apizza", role="AWSServiceRoleForLexV2Bots_OTHER")


def test_bots_and_aliases_can_be_chosen_by_name():
    with LexFake([FLOWERS, PIZZA]).connected():
        choices = everything_to_choose(Session(region=REGION))
    assert choices == [
        (BotRef(PIZZA.bot_id, None, REGION), "apizza (B1B2C3D4E5): all aliases"),
        (BotRef(PIZZA.bot_id, "ALIAS00001", REGION), "apizza: alias prod (ALIAS00001)"),
        (BotRef(FLOWERS.bot_id, None, REGION), "Flowers (A1B2C3D4E5): all aliases"),
        (BotRef(FLOWERS.bot_id, "ALIAS00001", REGION), "Flowers: alias prod (ALIAS00001)"),
    ]


def test_an_alias_that_may_not_be_listed_is_left_out_but_bots_must_be_listed():
    with LexFake([FLOWERS], denied=[Deny("ListBotAliases")]).connected():
        assert len(everything_to_choose(Session(region=REGION))) == 1
    with LexFake(denied=[Deny("ListBots")]).connected(), pytest.raises(AccessDenied):
        everything_to_choose(Session(region=REGION))


def test_bots_and_aliases_are_found_missing_or_unknown():
    there = BotRef("A1B2C3D4E5", None, REGION)
    alias = BotRef("A1B2C3D4E5", "ALIAS00001", REGION)
    no_alias = BotRef("A1B2C3D4E5", "NOSUCHALIA", REGION)
    nowhere = BotRef("NOSUCHBOT0", None, REGION)
    unknown = BotRef("B1B2C3D4E5", None, REGION)
    anywhere = BotRef("A1B2C3D4E5")
    bots = (there, alias, no_alias, nowhere, unknown, anywhere)
    with LexFake([FLOWERS, PIZZA], denied=[Deny(about="B1B2C3D4E5")]).connected():
        found = find_bots(Session(region=REGION), bots, ["us-east-1", REGION])
    assert list(found.values()) == [True, True, False, False, None, True]


def test_each_role_is_told_which_bots_use_it_in_which_region():
    abroad = bot("C1B2C3D4E5", "Flores", region="us-east-1")
    with LexFake([FLOWERS, PIZZA, abroad], disabled_regions={"af-south-1"}).connected():
        session = Session(region=REGION)
        usage = role_usage(session, [REGION, "us-east-1", "af-south-1"])
    assert usage.by_role[Role(FLOWERS.role).arn] == (FLOWERS.arn, abroad.arn)
    assert usage.by_role[Role(PIZZA.role).arn] == (
        f"arn:aws:lex:{REGION}:{ACCOUNT}:bot/B1B2C3D4E5",
    )
    assert usage.unread == {}


@pytest.mark.parametrize("deny", [Deny("ListBots"), Deny(about="B1B2C3D4E5")])
def test_a_region_of_which_something_could_not_be_read_is_named(deny):
    with LexFake([FLOWERS, PIZZA], denied=[deny]).connected():
        usage = role_usage(Session(region=REGION), [REGION])
    assert list(usage.unread) == [REGION]
