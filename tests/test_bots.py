"""Is a bot ready for Genesys? One bot broken in each of the ways that bots break."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from wizard.core import documents
from wizard.core.bots import Alias, Bot, Hook, Locale, Region, all_cautions
from wizard.core.desired import desired
from wizard.core.documents import Document
from wizard.core.state import reason
from wizard.settings import ChosenBots, Settings, TaggedBots
from wizard.ui import objects
from wizard.ui.words import sentence
from wizard.validators import BotRef
from wizard.verify.bots import NO_REGION, bot_checks, judge
from wizard.verify.scope import (
    Scope,
    alias_actions,
    bot_actions,
    denied,
    in_words,
    lex_may_invoke,
    not_found_warnings,
    scope_checks,
    scope_of,
    tag_checks,
)

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/GenesysCloudLexV2Role"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
LONG_AGO = NOW - timedelta(days=30)
TEST_ALIAS = Alias("TSTALIASID", "TestBotAlias", "Available", "DRAFT")
ENGLISH = Locale("en_US", enabled=True, status="Built", only_fallback=False, updated=LONG_AGO)
PROD = Alias("ALIAS00001", "prod", "Available", "3", (ENGLISH,), updated=LONG_AGO)
READY = Bot(
    "eu-central-1",
    ACCOUNT,
    "A1B2C3D4E5",
    "Flowers",
    "Available",
    "Bot",
    aliases=(TEST_ALIAS, PROD),
    updated=LONG_AGO,
)
HOOK = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:flowers"
ALIAS_ARN = READY.alias_arn("ALIAS00001")


def texts(reasons):
    return [sentence(reason) for reason in reasons]


def judged(read):
    return judge(read, NOW, ROLE)


def with_alias(**changed):
    return replace(READY, aliases=(TEST_ALIAS, replace(PROD, **changed)))


def with_locale(**changed):
    return with_alias(locales=(replace(ENGLISH, **changed),))


def deny(action, principal="*", **more):
    statement = {"Effect": "Deny", "Principal": principal, "Action": action, **more}
    return Document({"Version": "2012-10-17", "Statement": [statement]})


def allow_lex(source_arn=ALIAS_ARN, service="lexv2.amazonaws.com", effect="Allow"):
    statement = {
        "Effect": effect,
        "Principal": {"Service": service},
        "Action": "lambda:InvokeFunction",
        "Resource": HOOK,
        "Condition": {"ArnLike": {"AWS:SourceArn": source_arn}},
    }
    return Document({"Version": "2012-10-17", "Statement": [statement]})


def test_a_bot_that_lacks_nothing_is_ready():
    bot = judged(READY)
    assert (bot.ready, bot.reasons, all_cautions(bot)) == (True, (), ())


BROKEN = {
    "creating": (replace(READY, status="Creating"), "still being created", "Wait"),
    "importing": (replace(READY, status="Importing"), "still being imported", "Wait"),
    "versioning": (replace(READY, status="Versioning"), "still making a version", "Wait"),
    "updating": (replace(READY, status="Updating"), "still being updated", "Wait"),
    "deleting": (replace(READY, status="Deleting"), "being deleted", "another bot"),
    "inactive": (replace(READY, status="Inactive"), "status is Inactive", "console"),
    "failed": (replace(READY, status="Failed", failures=("No KMS key",)), "No KMS key", "Mend"),
    "an unknown status": (replace(READY, status="Resting"), "status is Resting", "console"),
    "no alias": (replace(READY, aliases=()), "no alias but TestBotAlias", "Create alias"),
    "only TestBotAlias": (
        replace(READY, aliases=(TEST_ALIAS,)),
        "no alias but TestBotAlias",
        "Create version",
    ),
    "alias creating": (with_alias(status="Creating"), "still being created", "Wait"),
    "alias failed": (with_alias(status="Failed"), "could not make it", "create it again"),
    "alias deleting": (with_alias(status="Deleting"), "being deleted", "another alias"),
    "alias on DRAFT": (with_alias(version="DRAFT"), "points to DRAFT", "Create version"),
    "alias on nothing": (with_alias(version=None), "no version", "Create version"),
    "alias without a language": (with_alias(locales=()), "it has no language", "Add one"),
    "language not enabled": (
        with_locale(enabled=False),
        "en_US is not enabled in the alias",
        "Enable in alias",
    ),
    "language not in the version": (
        with_locale(status=None),
        "version 3, to which the alias points, does not have en_US",
        "Create version",
    ),
    "language not built": (with_locale(status="NotBuilt"), "not built in version 3", "Build it"),
    "language half built": (
        with_locale(status="ReadyExpressTesting"),
        "not built in version 3 (status ReadyExpressTesting)",
        "Build it",
    ),
    "language building": (with_locale(status="Building"), "still being built", "Wait"),
    "language failed": (
        with_locale(status="Failed", failures=("Slot City is empty.", "Twice")),
        "failed in version 3: Slot City is empty. Twice.",
        "Mend that",
    ),
    "denied to everybody": (
        replace(READY, policy=deny("lex:*")),
        "resource-based policy denies the role lex:DescribeBot",
        "Take that statement out",
    ),
    "denied to the role": (
        replace(READY, policy=deny("lex:DescribeBot", {"AWS": ROLE})),
        "denies the role lex:DescribeBot",
        "Take that statement out",
    ),
    "alias denied": (
        with_alias(policy=deny("lex:RecognizeText", {"AWS": ACCOUNT})),
        "denies the role lex:RecognizeText",
        "Take that statement out",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bot_is_not_ready_and_says_why_and_what_to_do(name):
    read, why, remedy = BROKEN[name]
    bot = judged(read)
    text = " ".join(texts(bot.reasons))
    assert bot.ready is False
    assert text.startswith("Genesys Architect will not show this bot because ")
    assert why in text
    assert remedy in text


def test_a_broken_bot_is_a_warning_and_a_failing_check_once_it_is_named():
    bot = judged(replace(READY, status="Failed"))
    region = Region("eu-central-1", 1)
    unasked = bot_checks([region], [bot])
    asked = bot_checks([region], [bot], [BotRef("A1B2C3D4E5")])
    assert [each.status for each in unasked] == ["warn", "warn"]
    assert [(each.status, bool(each.hint)) for each in asked] == [("fail", True)]


CAUTIONS = {
    "no intent": (with_locale(only_fallback=True), "no intent but the fallback"),
    "a network": (replace(READY, kind="BotNetwork"), "network of bots"),
    "a bot just changed": (replace(READY, updated=NOW - timedelta(minutes=9)), "wait"),
    "an alias just changed": (with_alias(updated=NOW - timedelta(minutes=1)), "wait"),
    "a language just changed": (with_locale(updated=NOW), "wait"),
    "a Lambda without a policy": (with_locale(hook=Hook(HOOK)), "aws lambda add-permission"),
    "a Lambda for another alias": (
        with_locale(hook=Hook(HOOK, allow_lex(READY.alias_arn("OTHERALIAS")))),
        f"--source-arn {ALIAS_ARN}",
    ),
    "a Lambda for Lex V1": (
        with_locale(hook=Hook(HOOK, allow_lex(service="lex.amazonaws.com"))),
        "Lex may not call",
    ),
    "perhaps denied": (
        replace(READY, policy=deny("lex:*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        "under conditions",
    ),
    "a session denied": (
        replace(
            READY,
            policy=deny(
                "lex:*",
                {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/GenesysCloudLexV2Role/genesys"},
            ),
        ),
        "which may meet the role",
    ),
}


@pytest.mark.parametrize("name", CAUTIONS)
def test_what_only_needs_care_leaves_the_bot_ready_and_is_a_warning(name):
    read, words = CAUTIONS[name]
    bot = judged(read)
    checks = bot_checks([Region("eu-central-1", 1)], [bot])
    assert bot.ready is True
    assert any(words in each for each in texts(all_cautions(bot)))
    assert [each.status for each in checks] == ["pass", "warn"]


HARMLESS = {
    "Lambda allowed": with_locale(hook=Hook(HOOK, allow_lex())),
    "Lambda allowed for every alias": with_locale(
        hook=Hook(HOOK, allow_lex(f"arn:aws:lex:eu-central-1:{ACCOUNT}:bot-alias/*"))
    ),
    "Lambda could not be read": with_locale(hook=Hook(HOOK, unread=True)),
    "writing denied": replace(READY, policy=deny(["lex:DeleteBot", "lex:Update*"])),
    "denied to somebody else": replace(
        READY, policy=deny("lex:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Intern"})
    ),
    "denied to all but the role": replace(
        READY,
        policy=Document(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "lex:*"}],
            }
        ),
    ),
    "denied on another resource": replace(READY, policy=deny("lex:*", Resource="arn:aws:lex:x")),
    "changed ten minutes ago": replace(READY, updated=NOW - timedelta(minutes=10)),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_is_not_mentioned(name):
    bot = judged(HARMLESS[name])
    assert (bot.ready, all_cautions(bot)) == (True, ())


def test_one_ready_alias_and_one_ready_language_are_enough():
    broken = replace(PROD, alias_id="ALIAS00002", name="old", version="DRAFT")
    german = Locale("de_DE", enabled=True, status="Failed")
    read = replace(READY, aliases=(TEST_ALIAS, broken, replace(PROD, locales=(german, ENGLISH))))
    bot = judged(read)
    assert bot.ready
    assert [alias.ready for alias in bot.aliases] == [False, False, True]
    assert [locale.ready for locale in bot.aliases[2].locales] == [False, True]
    assert "build of de_DE failed" in sentence(bot.aliases[2].locales[0].reasons[0])


def test_a_bot_with_several_broken_aliases_sends_the_reader_to_each():
    other = replace(PROD, alias_id="ALIAS00002", name="test")
    read = replace(READY, aliases=tuple(replace(each, locales=()) for each in (PROD, other)))
    bot = judged(read)
    assert "none of its aliases (prod, test) is ready" in sentence(bot.reasons[0])
    assert all("it has no language" in sentence(alias.reasons[0]) for alias in bot.aliases)


def test_a_ready_test_alias_makes_no_bot_ready():
    test = replace(TEST_ALIAS, locales=(ENGLISH,), version="3")
    assert judged(replace(READY, aliases=(test,))).ready is False


def test_without_the_role_only_a_denial_for_everybody_is_sure():
    own = replace(READY, policy=deny("lex:*", {"AWS": ROLE}))
    everybody = replace(READY, policy=deny("lex:*"))
    assert judge(own, NOW).ready is True
    assert judge(everybody, NOW).ready is False


def test_actions_are_compared_without_regard_to_case():
    surely, _ = denied(deny("LEX:describebot"), READY.arn, bot_actions(), ROLE)
    assert surely == ["lex:DescribeBot"]


def test_a_bracket_in_a_pattern_is_a_bracket():
    assert denied(deny("lex:[D]escribeBot"), READY.arn, bot_actions(), ROLE) == ([], [])


def test_not_action_denies_what_it_leaves_out():
    statement = {"Effect": "Deny", "Principal": "*", "NotAction": "lex:RecognizeText"}
    policy = Document({"Version": "2012-10-17", "Statement": [statement]})
    surely, _ = denied(policy, ALIAS_ARN, alias_actions(), ROLE)
    assert "lex:RecognizeText" not in surely
    assert "lex:PutSession" in surely


def test_a_deny_in_a_lambda_policy_wins():
    both = [*allow_lex().tree["Statement"], *allow_lex(effect="Deny").tree["Statement"]]
    assert not lex_may_invoke(Document({"Statement": both}), ALIAS_ARN)


def test_a_lambda_policy_for_another_account_does_not_count():
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lexv2.amazonaws.com"},
        "Action": "lambda:*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}},
    }
    assert not lex_may_invoke(Document({"Statement": statement}), ALIAS_ARN)


def test_a_bot_that_could_not_be_read_is_neither_ready_nor_broken():
    bot = judged(replace(READY, unread="AWS denied lex:DescribeBot.", aliases=()))
    checks = bot_checks([Region("eu-central-1", 1)], [bot])
    assert bot.ready is None
    assert "not known: AWS denied lex:DescribeBot" in sentence(bot.reasons[0])
    assert checks[-1].status == "skip"


def test_a_named_bot_that_could_not_be_read_fails_since_the_question_was_asked():
    bot = judged(replace(READY, unread="AWS denied lex:DescribeBot.", aliases=()))
    checks = bot_checks([Region("eu-central-1")], [bot], [BotRef("A1B2C3D4E5")])
    assert [each.status for each in checks] == ["fail"]


def test_an_alias_that_could_not_be_read_leaves_the_bot_unknown_unless_another_is_ready():
    unread = replace(PROD, alias_id="ALIAS00002", name="b", unread="AWS denied it.", locales=())
    assert judged(replace(READY, aliases=(unread,))).ready is None
    assert judged(replace(READY, aliases=(unread, PROD))).ready is True
    assert judged(replace(READY, aliases=(unread,), status="Failed")).ready is False


def test_text_from_lex_has_no_control_characters_in_a_sentence():
    bot = judged(replace(READY, status="Failed", failures=("\x1b[31mred\n",)))
    assert r"\x1b[31mred\n" in sentence(bot.reasons[0])
    check = bot_checks([], [replace(bot, name="Evil\x1b[2J")])[-1]
    assert "\x1b" not in sentence(check.message)


def test_a_function_name_with_a_quote_is_quoted_in_the_command():
    hook = Hook("arn:aws:lambda:eu-central-1:1:function:x; rm -rf $HOME")
    (caution,) = all_cautions(judged(with_locale(hook=hook)))
    assert "--function-name 'arn:aws:lambda:eu-central-1:1:function:x; rm -rf $HOME'" in sentence(
        caution
    )


def test_the_json_has_the_keys_that_scripts_rely_on():
    tree = objects.bot(judged(with_locale(status="NotBuilt")))
    assert {"region", "bot_id", "name", "status", "ready", "reasons", "aliases"} <= set(tree)
    alias = tree["aliases"][1]
    assert {"alias_id", "name", "status", "version", "ready", "reasons", "locales"} <= set(alias)
    locale = alias["locales"][0]
    assert {"locale_id", "enabled", "status", "ready", "reasons"} <= set(locale)
    assert (tree["ready"], alias["ready"], locale["ready"]) == (False, False, False)
    assert tree["aliases"][0]["ready"] is False


# Checks


def test_a_ready_bot_that_was_named_passes():
    checks = bot_checks([Region("eu-central-1")], [judged(READY)], [BotRef("A1B2C3D4E5")])
    assert [(each.status, each.hint) for each in checks] == [("pass", None)]
    assert "Genesys Architect will show this bot." in sentence(checks[0].message)


def test_a_named_alias_is_judged_by_itself():
    old = replace(PROD, alias_id="ALIAS00002", name="old", version="DRAFT")
    bot = judged(replace(READY, aliases=(PROD, old)))

    def status(alias_id, of=bot):
        chosen = BotRef("A1B2C3D4E5", alias_id)
        return [each.status for each in bot_checks([], [of], [chosen])]

    assert status("ALIAS00001") == ["pass"]
    assert status("ALIAS00002") == ["fail"]
    assert status("NOSUCHALIA") == ["fail"]
    assert status("ALIAS00001", replace(bot, blocked=(reason("bot-network"),))) == ["fail"]


def test_a_named_bot_that_is_nowhere_fails_and_says_where_was_looked():
    regions = [Region("eu-central-1"), Region("us-east-1")]
    (check,) = bot_checks(regions, [], [BotRef("A1B2C3D4E5")])
    assert check.status == "fail"
    assert "eu-central-1 or us-east-1" in sentence(check.message)
    assert "2025-09-15" in sentence(check.hint)


def test_no_bot_anywhere_says_where_was_looked_and_that_lex_v1_ended():
    regions = [Region("eu-central-1"), Region("af-south-1", disabled=True)]
    (check,) = bot_checks(regions, [])
    assert check.status == "warn"
    assert "no Lex V2 bot in eu-central-1." in sentence(check.message)
    assert "2025-09-15" in sentence(check.hint)


def test_a_region_that_could_not_be_read_is_a_skipped_check():
    region = Region("us-east-1", unread="AWS denied lex:ListBots.", hint="Ask.")
    checks = bot_checks([Region("eu-central-1", 1), region], [judged(READY)])
    assert [(each.id, each.status) for each in checks] == [
        ("bots", "pass"),
        ("bots.us-east-1", "skip"),
    ]


def test_without_a_region_the_check_is_skipped_and_names_the_options():
    assert NO_REGION.status == "skip"
    assert "--all-regions" in sentence(NO_REGION.hint)


def test_questions_that_only_advise_and_were_denied_are_told_once():
    bots = [judged(replace(READY, skipped=frozenset({"lambda:GetPolicy"})))] * 3
    checks = bot_checks([Region("eu-central-1", 3)], bots)
    assert [each.status for each in checks] == ["pass", "skip"]
    assert "3 bots" in sentence(checks[1].message)
    assert "lambda:GetPolicy" in sentence(checks[1].message)


# Least privilege


def policy_of(choice):
    settings = Settings(org_id="1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809", policy=choice)
    state = desired(settings, ACCOUNT)
    (policy,) = state.policies.values()
    return policy.document


def test_the_scope_is_read_back_from_the_policy_that_setup_writes():
    bots = (
        BotRef("A1B2C3D4E5", None, "eu-central-1", ACCOUNT),
        BotRef("B1B2C3D4E5", "ALIAS00001", "us-east-1", ACCOUNT),
    )
    scope = scope_of(policy_of(ChosenBots(bots)))
    assert scope is not None
    assert scope.bots == bots
    assert scope_of(policy_of(TaggedBots("team", "flowers"))) == Scope(tag=("team", "flowers"))


def test_the_template_and_a_foreign_document_draw_no_scope():
    assert scope_of(documents.template("lex-policy")) is None
    assert scope_of(Document({"Statement": "odd"})) is None
    assert scope_of(Document(None)) is None


def test_a_scoped_bot_that_is_gone_is_a_warning():
    gone = BotRef("A1B2C3D4E5", None, "eu-central-1")
    there = BotRef("A1B2C3D4E5", "ALIAS00001", "eu-central-1")
    denied_one = BotRef("B1B2C3D4E5", None, "eu-central-1")
    found = {gone: False, there: True, denied_one: None}
    assert [each.status for each in scope_checks(found)] == ["warn", "pass", "skip"]
    assert len({each.id for each in scope_checks(found)}) == 3
    assert ["may come later" in each for each in texts(not_found_warnings(found))] == [True, False]


def test_a_bot_outside_the_scope_is_no_warning_unless_it_was_named():
    scope = Scope(bots=(BotRef("OTHERBOT01", None, "eu-central-1"),))
    broken = judge(replace(READY, status="Failed"), NOW, ROLE, scope)
    ready = judge(READY, NOW, ROLE, scope)
    assert (broken.in_scope, ready.in_scope) == (False, False)
    assert [each.id for each in bot_checks([Region("eu-central-1", 1)], [broken])] == ["bots"]
    (named,) = bot_checks([], [ready], [BotRef("A1B2C3D4E5")])
    assert named.status == "warn"
    assert "limited to others" in sentence(named.message)


def test_a_scope_by_alias_reaches_that_alias_only():
    other = replace(PROD, alias_id="ALIAS00002", name="old")
    scope = Scope(bots=(BotRef("A1B2C3D4E5", "ALIAS00001", "eu-central-1"),))
    bot = judge(replace(READY, aliases=(PROD, other)), NOW, ROLE, scope)
    assert [alias.in_scope for alias in bot.aliases] == [True, False]
    assert bot.in_scope is True


@pytest.mark.parametrize(
    ("on_bot", "on_alias", "in_scope", "words"),
    [
        ({"team": "a"}, {"team": "a"}, True, None),
        ({"team": "a"}, {}, False, "its alias prod has not"),
        ({"team": "b"}, {"team": "a"}, False, "its bot has not"),
        ({}, {}, False, None),
        (None, {"team": "a"}, None, None),
    ],
)
def test_the_tag_must_be_on_bot_and_alias(on_bot, on_alias, in_scope, words):
    scope = Scope(tag=("team", "a"))
    read = replace(READY, tags=on_bot, aliases=(TEST_ALIAS, replace(PROD, tags=on_alias)))
    bot = judge(read, NOW, ROLE, scope)
    assert bot.in_scope is in_scope
    assert bool(all_cautions(bot)) == bool(words)
    assert words is None or words in sentence(all_cautions(bot)[0])
    (check,) = tag_checks(scope, [bot])
    assert check.status == {True: "pass", False: "warn", None: "skip"}[in_scope]


def test_the_limits_are_told_in_words():
    scope = Scope(bots=(BotRef("A1B2C3D4E5", None, "eu-central-1"), BotRef("B" * 10, "C" * 10)))
    may, rest, _ = texts(in_words(scope))
    assert "the bot A1B2C3D4E5 in eu-central-1, all its aliases; the alias CCCCCCCCCC" in may
    assert "still listed by name" in rest
    assert "the tag team=a" in sentence(in_words(Scope(tag=("team", "a")))[0])
