"""What IAM would allow with the least-privilege documents: exactly the chosen bots and aliases."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.core.desired import desired
from wizard.core.documents import as_list, statements
from wizard.core.state import MANAGED_POLICIES
from wizard.settings import ChosenBots, Settings, TaggedBots
from wizard.validators import BotRef
from wizard.verify.scope import alias_actions, bot_actions

ACCOUNT = "123456789012"
ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
BOTS = ("A1B2C3D4E5", "B1B2C3D4E5", "C1B2C3D4E5")
ALIASES = ("ALIAS00001", "ALIAS00002", "TSTALIASID")
REGIONS = ("eu-central-1", "us-east-1")
chosen_bots = st.lists(
    st.builds(
        BotRef,
        st.sampled_from(BOTS),
        st.none() | st.sampled_from(ALIASES),
        st.sampled_from(REGIONS),
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


def state_of(choice):
    return desired(Settings(org_id=ORG, policy=choice), ACCOUNT)


def document_of(choice):
    (policy,) = state_of(choice).policies.values()
    return policy.document


def allows(document, action, resource, tags=None):
    """IAM's evaluation of one identity policy: allowed by a statement, of which none denies."""
    return any(
        each["Effect"] == "Allow"
        and any(fnmatchcase(action.lower(), a.lower()) for a in as_list(each["Action"]))
        and any(fnmatchcase(resource, r) for r in as_list(each["Resource"]))
        and all(
            (tags or {}).get(key.removeprefix("aws:ResourceTag/")) == value
            for key, value in each.get("Condition", {}).get("StringEquals", {}).items()
        )
        for each in statements(document)
    )


def bot_arn(region, bot):
    return f"arn:aws:lex:{region}:{ACCOUNT}:bot/{bot}"


def alias_arn(region, bot, alias):
    return f"arn:aws:lex:{region}:{ACCOUNT}:bot-alias/{bot}/{alias}"


@settings(deadline=None)
@given(chosen_bots)
def test_exactly_the_chosen_bots_may_be_read(chosen):
    document = document_of(ChosenBots(tuple(chosen)))
    for region, bot in product(REGIONS, BOTS):
        wanted = any((each.region, each.bot_id) == (region, bot) for each in chosen)
        for action in bot_actions():
            assert allows(document, action, bot_arn(region, bot)) is wanted


@settings(deadline=None)
@given(chosen_bots)
def test_exactly_the_chosen_aliases_may_be_talked_to(chosen):
    document = document_of(ChosenBots(tuple(chosen)))
    for region, bot, alias in product(REGIONS, BOTS, ALIASES):
        wanted = any(
            (each.region, each.bot_id) == (region, bot) and each.alias_id in {None, alias}
            for each in chosen
        )
        for action in alias_actions():
            assert allows(document, action, alias_arn(region, bot, alias)) is wanted


def test_bots_are_still_listed_and_nothing_is_written():
    document = document_of(ChosenBots((BotRef(BOTS[0], None, REGIONS[0]),)))
    assert allows(document, "lex:ListBots", "*")
    for action in ("lex:DeleteBot", "lex:UpdateBot", "lex:CreateBotAlias", "lex:TagResource"):
        assert not allows(document, action, bot_arn(REGIONS[0], BOTS[0]))


def test_a_tag_opens_what_carries_it_with_that_value_and_nothing_else():
    document = document_of(TaggedBots("team", "flowers"))
    bot, alias = bot_arn(REGIONS[0], BOTS[0]), alias_arn(REGIONS[0], BOTS[0], ALIASES[0])
    for tags, wanted in (({"team": "flowers"}, True), ({"team": "x"}, False), ({}, False)):
        assert allows(document, "lex:DescribeBot", bot, tags) is wanted
        assert allows(document, "lex:RecognizeText", alias, tags) is wanted


def test_the_managed_policies_which_open_every_bot_are_not_attached():
    for choice in (ChosenBots((BotRef(BOTS[0], None, REGIONS[0]),)), TaggedBots("team", "flowers")):
        role = state_of(choice).role
        assert role is not None
        assert not role.attachments & MANAGED_POLICIES
