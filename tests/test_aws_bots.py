"""Bots, read through the real AWS SDK from a small Lex V2 on loopback."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

import pytest

import lex_fake
from lex_fake import ACCOUNT, REGION, Alias, Deny, LexFake, Locale, bot
from wizard.aws.lex import read_bots
from wizard.aws.session import SIDE_BY_SIDE, Retry, Session
from wizard.core.bots import Bot, Hook, Region
from wizard.core.documents import Document
from wizard.errors import AwsError, CredentialsFailed
from wizard.validators import BotRef
from wizard.verify.bots import judge

HOOK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:flowers"
DENIAL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "lex:*"}],
}


def read(fake, *chosen, regions=(REGION,), **options):
    """The regions and bots that are read of this world."""
    with fake.connected():
        both = list(read_bots(Session(region=REGION), regions, chosen, **options))
    regions_read = [read for read in both if isinstance(read, Region)]
    return regions_read, both[len(regions_read) :]


def judged(fake, *chosen, **options):
    _, bots = read(fake, *chosen, **options)
    return [judge(each, datetime.now(timezone.utc)) for each in bots]


def many(count):
    return [bot(f"BOT{number:07}", f"Bot{number}") for number in range(count)]


def only_alias(bot_read):
    """The last: TestBotAlias comes first."""
    return bot_read.aliases[-1]


def test_a_bot_is_read_down_to_its_languages():
    german = Locale("Failed", failures=("Slot is empty",), intents=("Fallback",))
    locales = {"en_US": True, "fr_FR": True}
    alias = Alias("ALIAS00001", "prod", locales=locales, hooks={"en_US": HOOK})
    flowers = bot(
        "A1B2C3D4E5",
        "Flowers",
        status="Failed",
        failures=("No key",),
        kind="BotNetwork",
        policy=DENIAL,
        aliases=[lex_fake.bots_test_alias(), alias],
        versions={"1": {"en_US": Locale(intents=("Fallback",)), "de_DE": german}},
    )
    fake = LexFake([flowers])
    _, (found,) = read(fake)
    assert (found.status, found.kind, found.failures) == ("Failed", "BotNetwork", ("No key",))
    assert found.policy == Document(DENIAL)
    assert found.updated == lex_fake.LONG_AGO
    assert [alias.alias_id for alias in found.aliases] == ["TSTALIASID", "ALIAS00001"]
    locales = {locale.locale_id: locale for locale in only_alias(found).locales}
    shown = {key: (one.enabled, one.status) for key, one in locales.items()}
    assert shown == {"de_DE": (False, "Failed"), "en_US": (True, "Built"), "fr_FR": (True, None)}
    assert locales["de_DE"].failures == ("Slot is empty",)
    assert (locales["en_US"].only_fallback, locales["en_US"].hook) == (True, Hook(HOOK))


def test_a_function_that_many_bots_share_is_asked_for_once():
    allow = {"Effect": "Allow", "Principal": {"Service": "lexv2.amazonaws.com"}}
    policy = {"Statement": [{**allow, "Action": "lambda:InvokeFunction"}]}
    aliases = [Alias("ALIAS00001", "prod", hooks={"en_US": HOOK})]
    bots = [bot(f"BOT{n:07}", f"Bot{n}", aliases=aliases) for n in range(5)]
    fake = LexFake(bots, lambdas={HOOK: policy})
    _, found = read(fake)
    hooks = [only_alias(each).locales[0].hook for each in found]
    assert hooks == [Hook(HOOK, Document(policy))] * 5
    assert fake.calls["GetPolicy", REGION] == 1


def test_versions_are_read_once_and_test_bot_alias_not_at_all():
    aliases = [lex_fake.bots_test_alias(), *[Alias(f"ALIAS{n:05}", f"a{n}") for n in range(3)]]
    fake = LexFake([bot("A1B2C3D4E5", "Flowers", aliases=aliases)])
    read(fake)
    assert fake.calls["ListBotLocales", REGION] == 1
    assert fake.calls["ListIntents", REGION] == 1
    assert fake.calls["DescribeBotAlias", REGION] == 3
    assert fake.calls["DescribeBotLocale", REGION] == 0
    assert fake.calls["ListTagsForResource", REGION] == 0


def test_every_page_is_read():
    aliases = [Alias(f"ALIAS{number:05}", f"a{number}") for number in range(5)]
    versions = {"1": {"en_US": Locale(intents=("Fallback", *["Order"] * 3))}}
    flowers = bot("A1B2C3D4E5", "Flowers", aliases=aliases, versions=versions)
    _, found = read(LexFake([*many(4), flowers], page_size=1))
    assert len(found) == 5
    assert len(found[-1].aliases) == 5
    assert only_alias(found[-1]).locales[0].only_fallback is False


def test_bots_come_in_the_order_of_regions_and_lists_and_are_counted():
    bots = [*many(30), bot("A1B2C3D4E5", "Flowers", region="us-east-1")]
    told = []
    regions, found = read(
        LexFake(bots), regions=("us-east-1", REGION), on_bot=lambda *counts: told.append(counts)
    )
    assert [(each.region, each.bots) for each in regions] == [("us-east-1", 1), (REGION, 30)]
    assert [each.name for each in found] == ["Flowers", *[f"Bot{n}" for n in range(30)]]
    assert told == [(done, 31) for done in range(1, 32)]


def test_calls_are_made_side_by_side_but_not_too_many():
    fake = LexFake(many(30), latency=0.02)
    read(fake)
    assert SIDE_BY_SIDE / 2 <= fake.busiest <= SIDE_BY_SIDE


def test_throttling_loses_nothing():
    fake = LexFake(many(10), throttle_every=3)
    found = judged(fake)
    assert [each.ready for each in found] == [True] * 10
    assert fake.throttled > 20


def test_throttling_beyond_the_budget_is_told_at_the_bot():
    fake = LexFake(many(1), denied=[Deny("DescribeBot", code="ThrottlingException", status=429)])
    with fake.connected():
        session = Session(region=REGION, retry=Retry(seconds=0.02))
        *_, found = read_bots(session, [REGION])
    assert isinstance(found, Bot)
    assert "kept failing on AWS's side" in (found.unread or "")


def test_a_lost_connection_is_tried_once_more():
    fake = LexFake(many(1), lose_after={"DescribeBot", "ListBots"})
    assert [each.ready for each in judged(fake)] == [True]


def test_a_denial_at_one_bot_or_in_one_region_is_told_there_and_the_rest_goes_on():
    fake = LexFake(many(3), denied=[Deny(about="BOT0000001"), Deny(region="us-east-1")])
    regions, found = read(fake, regions=(REGION, "us-east-1"))
    assert [each.unread is None for each in regions] == [True, False]
    assert "lex:ListBots" in regions[1].unread
    assert [each.name for each in found] == ["Bot0", "Bot1", "Bot2"]
    assert [each.unread is None for each in found] == [True, False, True]
    assert "AWS denied lex:" in found[1].unread


def test_a_region_that_is_not_enabled_is_no_trouble_among_all_and_says_so_where_it_was_named():
    fake = LexFake(many(1), disabled_regions={"af-south-1"})
    regions, found = read(fake, regions=(REGION, "af-south-1"), all_regions=True)
    assert [(each.disabled, each.unread) for each in regions] == [(False, None), (True, None)]
    assert len(found) == 1
    (named,), _ = read(fake, regions=("af-south-1",))
    assert "isn't enabled" in named.unread


def test_a_region_without_lex_says_so():
    regions, _ = read(LexFake(disabled_regions={"eu-north-1"}), regions=("eu-north-1",))
    assert "no Lex V2 endpoint there" in (regions[0].unread or "")


def test_an_expired_login_ends_it_all():
    fake = LexFake(many(1), denied=[Deny("DescribeBot", code="ExpiredTokenException")])
    with pytest.raises(CredentialsFailed):
        read(fake)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("DescribeResourcePolicy", "lex:DescribeResourcePolicy"),
        ("ListIntents", "lex:ListIntents"),
        ("GetPolicy", "lambda:GetPolicy"),
    ],
)
@pytest.mark.parametrize("status", [403, 404, 500, 501])
def test_a_question_that_only_advises_may_go_without_answer(operation, action, status):
    aliases = [Alias("ALIAS00001", "prod", hooks={"en_US": HOOK})]
    code = "AccessDeniedException" if status == 403 else "Odd"
    fake = LexFake(
        [bot("A1B2C3D4E5", "Flowers", aliases=aliases)],
        denied=[Deny(operation, code=code, status=status)],
    )
    (found,) = judged(fake)
    assert found.ready is True
    assert found.skipped == {action}


@pytest.mark.parametrize("operation", ["DescribeBotAlias", "ListBotLocales"])
def test_a_denial_at_an_alias_leaves_its_readiness_unknown(operation):
    (found,) = judged(LexFake(many(1), denied=[Deny(operation)]))
    own = only_alias(found)
    assert (found.ready, own.ready) == (None, None)
    assert f"lex:{operation}" in own.unread
    assert found.reasons[0].facts["why"] == own.reasons[0].facts["why"] == own.unread


def test_a_chosen_bot_needs_no_listing():
    fake = LexFake(many(3), denied=[Deny("ListBots")])
    (found,) = judged(fake, BotRef("BOT0000001"))
    assert (found.bot_id, found.name, found.ready) == ("BOT0000001", "Bot1", True)


def test_a_chosen_bot_that_does_not_exist_is_left_out():
    regions, found = read(LexFake(many(1)), BotRef("NOSUCHBOT0"), regions=(REGION, "us-east-1"))
    assert [each.region for each in regions] == [REGION, "us-east-1"]
    assert found == []


def test_a_chosen_bot_with_a_region_is_looked_for_there_only():
    fake = LexFake([bot("A1B2C3D4E5", "Flowers", region="us-east-1")])
    chosen = BotRef("A1B2C3D4E5", None, "us-east-1", ACCOUNT)
    regions, found = read(fake, chosen)
    assert [each.region for each in regions] == ["us-east-1"]
    assert len(found) == 1
    assert fake.calls["DescribeBot", REGION] == 0


def test_tags_are_read_when_they_are_asked_for():
    aliases = [Alias("ALIAS00001", "prod", tags={"team": "b"})]
    fake = LexFake([bot("A1B2C3D4E5", "Flowers", tags={"team": "a"}, aliases=aliases)])
    _, (found,) = read(fake, tags=True)
    assert (found.tags, found.aliases[0].tags) == ({"team": "a"}, {"team": "b"})


def test_leaving_early_leaves_no_thread_behind():
    with LexFake(many(40), latency=0.01).connected():
        reading = read_bots(Session(region=REGION), [REGION])
        assert isinstance(next(reading), Region)
        assert isinstance(next(reading), Bot)
        reading.close()
        ours = [each for each in threading.enumerate() if "ThreadPoolExecutor" in each.name]
        for thread in ours:
            thread.join(5)
    assert [each.name for each in ours if each.is_alive()] == []


def test_a_stopped_run_waits_no_more():
    fake = LexFake(many(1), denied=[Deny("ListBots", code="ThrottlingException", status=429)])
    with fake.connected():
        session = Session(region=REGION)
        session.caller()
        threading.Timer(0.5, session.retry.stop.set).start()
        with pytest.raises(AwsError, match="was interrupted"):
            list(read_bots(session, [REGION]))
