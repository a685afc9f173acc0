"""Is a bot ready for Genesys Cloud? One bot broken in each of the ways that bots break."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from wizard.core import documents
from wizard.core.bots import Alias, Bot, Hook, Locale, Region, all_cautions
from wizard.core.desired import desired
from wizard.core.documents import Document
from wizard.settings import ChosenBots, Settings, TaggedBots
from wizard.ui import objects
from wizard.ui.screen import Screen
from wizard.ui.verify_screens import readiness
from wizard.ui.words import sentence
from wizard.validators import BotRef
from wizard.verify.bots import bot_checks, judge
from wizard.verify.scope import (
    Scope,
    bot_actions,
    denied,
    lex_may_invoke,
    not_found_warnings,
    scope_checks,
    scope_of,
    tag_checks,
)

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/GenesysCloudLexV2Role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/GenesysCloudLexV2Role/genesys"
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
OLD = replace(PROD, alias_id="ALIAS00002", name="old", version="DRAFT")
TWO = replace(READY, aliases=(PROD, OLD))
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


def deny(action, principal="*", key="Principal", **more):
    return Document({"Statement": {"Effect": "Deny", key: principal, "Action": action, **more}})


def allow_lex(source_arn=ALIAS_ARN, service="lexv2.amazonaws.com", effect="Allow"):
    statement = {
        "Effect": effect,
        "Principal": {"Service": service},
        "Action": "lambda:InvokeFunction",
        "Resource": HOOK,
        "Condition": {"ArnLike": {"AWS:SourceArn": source_arn}},
    }
    return Document({"Statement": [statement]})


def drawn(bot, *chosen):
    """The checks of the bot and its tree, as text."""
    stream = io.StringIO()
    checks = bot_checks([Region("eu-central-1", 1)], [bot], chosen)
    readiness(Screen(stream), checks, [bot], chosen)
    return stream.getvalue()


def statuses(*checks):
    return [check.status for check in checks]


def test_a_bot_that_lacks_nothing_is_ready():
    bot = judged(READY)
    assert (bot.ready, bot.reasons, all_cautions(bot)) == (True, (), ())
    assert "✓ Flowers" in drawn(bot)
    assert "Genesys Architect can show this bot." in drawn(bot)


# What is wrong with the bot: the words that tell why, and what to do.
BROKEN = {
    "creating": (replace(READY, status="Creating"), "still being created", "Wait"),
    "importing": (replace(READY, status="Importing"), "still being imported", "Wait until"),
    "versioning": (replace(READY, status="Versioning"), "still creating a version", "Wait"),
    "deleting": (replace(READY, status="Deleting"), "being deleted", "another bot"),
    "failed": (replace(READY, status="Failed", failures=("No KMS key",)), "No KMS key.", "Fix it"),
    "an unknown status": (replace(READY, status="Resting"), "status is Resting", "console"),
    "no alias": (replace(READY, aliases=()), "only alias is TestBotAlias", "Create alias"),
    "only TestBotAlias": (replace(READY, aliases=(TEST_ALIAS,)), "only alias is", "Create version"),
    "alias creating": (with_alias(status="Creating"), "still being created", "Wait"),
    "alias failed": (with_alias(status="Failed"), "couldn't create it", "create it again"),
    "alias deleting": (with_alias(status="Deleting"), "being deleted", "another alias"),
    "alias resting": (with_alias(status="Resting"), "status is Resting", "Open it"),
    "alias on DRAFT": (with_alias(version="DRAFT"), "DRAFT, the working copy", "Create version"),
    "alias on nothing": (
        with_alias(version=None),
        "isn't associated with a version",
        "Associate version",
    ),
    "alias without a language": (with_alias(locales=()), "it has no language", "Add one"),
    "language not enabled": (with_locale(enabled=False), "en_US is not enabled", "Enable in alias"),
    "language not in the version": (
        with_locale(status=None),
        "version 3, to which the alias points, does not have en_US",
        "Create version",
    ),
    "language half built": (
        with_locale(status="ReadyExpressTesting"),
        "not built in version 3 (status ReadyExpressTesting)",
        "Build it in DRAFT",
    ),
    "language building": (with_locale(status="Building"), "still being built", "Wait"),
    "language failed": (
        with_locale(status="Failed", failures=("Slot City is empty.", "Twice")),
        "failed in version 3: Slot City is empty. Twice.",
        "Fix it in the draft",
    ),
    "denied to everybody": (
        replace(READY, policy=deny("lex:*")),
        "denies the role lex:DescribeBot",
        "Remove that statement",
    ),
    "denied to the role": (
        replace(READY, policy=deny("lex:DescribeBot", {"AWS": ROLE})),
        "denies the role lex:DescribeBot",
        "the bot > Resource-based policy",
    ),
    "alias denied": (
        with_alias(policy=deny("lex:RecognizeText", {"AWS": ACCOUNT})),
        "denies the role lex:RecognizeText",
        "the alias > Resource-based policy",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bot_is_not_ready_and_says_once_why_and_what_to_do(name):
    read, why, remedy = BROKEN[name]
    bot = judged(read)
    text = " ".join(texts(bot.reasons))
    shown = drawn(bot)
    causes = re.findall(r"because ([^.]*)\.", shown)
    assert (bot.ready, objects.bot(bot)["ready"]) == (False, False)
    assert text.startswith("This bot won't appear in Architect because ")
    assert (why in text, remedy in text, text in shown, "✗ Flowers" in shown) == (True,) * 4
    assert len(set(causes)) == len(causes)


CAUTIONS = {
    "no intent": (with_locale(only_fallback=True), "only the fallback intent"),
    "a network": (replace(READY, kind="BotNetwork"), "network of bots"),
    "a bot just changed": (replace(READY, updated=NOW - timedelta(minutes=9)), "bot was changed"),
    "an alias just changed": (with_alias(updated=NOW - timedelta(minutes=1)), "alias was changed"),
    "a language just changed": (with_locale(updated=NOW), "less than ten minutes ago. Wait"),
    "a Lambda without a policy": (with_locale(hook=Hook(HOOK)), "aws lambda add-permission"),
    "a Lambda for another alias": (
        with_locale(hook=Hook(HOOK, allow_lex(READY.alias_arn("OTHERALIAS")))),
        f"--source-arn {ALIAS_ARN}",
    ),
    "a Lambda for Lex V1": (
        with_locale(hook=Hook(HOOK, allow_lex(service="lex.amazonaws.com"))),
        "Lex isn't allowed to call",
    ),
    "perhaps denied": (
        replace(READY, policy=deny("lex:*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        "under conditions",
    ),
    "a session denied": (
        replace(READY, policy=deny("lex:*", {"AWS": SESSION})),
        "might apply to the role",
    ),
}


@pytest.mark.parametrize("name", CAUTIONS)
def test_what_only_needs_care_leaves_the_bot_ready_and_is_a_warning(name):
    read, words = CAUTIONS[name]
    bot = judged(read)
    shown = drawn(bot)
    assert bot.ready is True
    assert any(words in caution for caution in texts(all_cautions(bot)))
    assert (words in shown, "! Flowers" in shown) == (True, True)
    assert statuses(*bot_checks([Region("eu-central-1", 1)], [bot])) == ["pass", "warn"]


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
        READY, policy=deny("lex:*", key="NotPrincipal", principal={"AWS": ROLE})
    ),
    "denied on another resource": replace(READY, policy=deny("lex:*", Resource="arn:aws:lex:x")),
    "changed ten minutes ago": replace(READY, updated=NOW - timedelta(minutes=10)),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_is_not_mentioned(name):
    bot = judged(HARMLESS[name])
    assert (bot.ready, all_cautions(bot)) == (True, ())


def test_one_ready_alias_and_one_ready_language_are_enough():
    german = Locale("de_DE", enabled=True, status="Failed")
    read = replace(READY, aliases=(TEST_ALIAS, OLD, replace(PROD, locales=(german, ENGLISH))))
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


@pytest.mark.parametrize(
    ("statement", "surely"),
    [
        ({"Action": "LEX:describebot"}, {"lex:DescribeBot"}),
        ({"Action": "lex:[D]escribeBot"}, set()),
        ({"NotAction": ["lex:List*", "lex:DescribeBot*", "lex:*Slot*"]}, {"lex:DescribeIntent"}),
    ],
    ids=["whatever their case", "a bracket is a bracket", "NotAction is what it leaves out"],
)
def test_actions_are_compared_as_iam_does(statement, surely):
    policy = Document({"Statement": {"Effect": "Deny", "Principal": "*", **statement}})
    assert set(denied(policy, READY.arn, bot_actions(), ROLE)[0]) == surely


def test_a_lambda_policy_that_denies_or_is_for_another_account_does_not_count():
    allow, deny_it = (allow_lex(effect=effect).tree["Statement"][0] for effect in ("Allow", "Deny"))
    other = {**allow, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}
    assert lex_may_invoke(Document({"Statement": [allow, other]}), ALIAS_ARN)
    assert not lex_may_invoke(Document({"Statement": [allow, deny_it]}), ALIAS_ARN)
    assert not lex_may_invoke(Document({"Statement": other}), ALIAS_ARN)


def test_a_bot_that_could_not_be_read_is_neither_ready_nor_broken():
    bot = judged(replace(READY, unread="AWS denied lex:DescribeBot.", aliases=()))
    check = bot_checks([Region("eu-central-1", 1)], [bot])[-1]
    assert (bot.ready, check.status) == (None, "skip")
    assert (
        "Can't tell whether this bot will appear in Architect: AWS denied lex:DescribeBot"
        in sentence(bot.reasons[0])
    )
    assert "? Flowers" in drawn(bot)
    assert "`permissions` command prints" in drawn(bot)


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
    assert f"--function-name '{hook.arn}'" in sentence(caution)


# Checks


@pytest.mark.parametrize(
    ("read", "alias_id", "status"),
    [
        (READY, None, "pass"),
        (replace(READY, status="Failed"), None, "fail"),
        (replace(READY, unread="AWS denied it.", aliases=()), None, "fail"),
        (TWO, None, "pass"),
        (TWO, "ALIAS00001", "pass"),
        (TWO, "ALIAS00002", "fail"),
        (TWO, "NOSUCHALIA", "fail"),
        (replace(TWO, status="Failed"), "ALIAS00001", "fail"),
    ],
)
def test_a_bot_or_alias_that_was_named_must_be_ready(read, alias_id, status):
    (check,) = bot_checks([], [judged(read)], [BotRef("A1B2C3D4E5", alias_id)])
    assert check.id == "bots.eu-central-1.A1B2C3D4E5" + (f".{alias_id}" if alias_id else "")
    assert (check.status, bool(check.hint)) == (status, status == "fail")


def test_what_was_named_has_its_verdict_above_and_its_reasons_below_once():
    shown = drawn(judged(TWO), BotRef("A1B2C3D4E5", "ALIAS00002"))
    assert "Flowers, old: not ready. See the reason below." in shown
    assert "verify --region eu-central-1 --bot A1B2C3D4E5:ALIAS00002" in shown
    assert shown.count("the working copy") == 1


def test_a_named_bot_that_is_nowhere_fails_and_says_where_was_looked():
    regions = [Region("eu-central-1"), Region("us-east-1")]
    (check,) = bot_checks(regions, [], [BotRef("A1B2C3D4E5")])
    assert check.status == "fail"
    assert "eu-central-1 or us-east-1" in sentence(check.message)
    assert "September 15, 2025" in sentence(check.hint)


def test_a_region_that_could_not_be_read_is_a_skipped_check():
    region = Region("us-east-1", unread="AWS denied lex:ListBots.", hint="Ask.")
    there, unread = bot_checks([Region("eu-central-1", 1), region], [judged(READY)])
    assert (there.id, there.status) == ("bots", "pass")
    assert (unread.id, unread.status) == ("bots.us-east-1", "skip")


def test_questions_that_only_advise_and_were_denied_are_told_once():
    bots = [judged(replace(READY, skipped=frozenset({"lambda:GetPolicy"})))] * 3
    checks = bot_checks([Region("eu-central-1", 3)], bots)
    assert statuses(*checks) == ["pass", "skip"]
    assert "3 bots" in sentence(checks[1].message)
    assert "lambda:GetPolicy" in sentence(checks[1].message)


# Least privilege


def made_for(choice, **on_role):
    """The state that setup makes for this choice, with more on its role, and the policy's ARN."""
    settings = Settings(org_id="1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809", policy=choice)
    state = desired(settings, ACCOUNT)
    (arn,) = state.policies
    return replace(state, role=replace(state.role, **on_role)), arn


BOTS = (
    BotRef("A1B2C3D4E5", None, "eu-central-1", ACCOUNT),
    BotRef("B1B2C3D4E5", "ALIAS00001", "us-east-1", ACCOUNT),
)


def test_the_scope_is_read_back_from_the_policy_that_setup_writes():
    assert scope_of(*made_for(ChosenBots(BOTS))) == Scope(bots=BOTS)
    assert scope_of(*made_for(TaggedBots("team", "flowers"))) == Scope(tag=("team", "flowers"))


@pytest.mark.parametrize("more", ["arn:aws:iam::aws:policy/AmazonLexReadOnly", "inline"])
def test_what_else_the_role_has_leaves_no_scope(more):
    _, arn = made_for(ChosenBots(BOTS))
    rights = {"attachments": frozenset({arn, more})}
    if more == "inline":
        rights = {"inline_policies": frozenset({more})}
    assert scope_of(*made_for(ChosenBots(BOTS), **rights)) is None


def test_a_document_that_setup_does_not_make_draws_no_scope():
    state, arn = made_for(ChosenBots(BOTS))
    (policy,) = state.policies.values()
    body = {**policy.document.tree["Statement"][0], "Action": "lex:*"}
    for document in (
        documents.template("lex-policy"),
        Document(None),
        Document({"Statement": body}),
    ):
        other = replace(state, policies={arn: replace(policy, document=document)})
        assert scope_of(other, arn) is None


def test_a_scoped_bot_that_is_gone_is_a_warning():
    gone = BotRef("A1B2C3D4E5", None, "eu-central-1")
    there = BotRef("A1B2C3D4E5", "ALIAS00001", "eu-central-1")
    denied_one = BotRef("B1B2C3D4E5", None, "eu-central-1")
    found = {gone: False, there: True, denied_one: None}
    assert statuses(*scope_checks(found)) == ["warn", "pass", "skip"]
    assert len({each.id for each in scope_checks(found)}) == 3
    assert ["in case you create it later" in each for each in texts(not_found_warnings(found))] == [
        True,
        False,
    ]


def test_a_bot_outside_the_scope_is_no_warning_unless_it_was_named():
    scope = Scope(bots=(BotRef("OTHERBOT01", None, "eu-central-1"),))
    broken = judge(replace(READY, status="Failed"), NOW, ROLE, scope)
    ready = judge(READY, NOW, ROLE, scope)
    assert (broken.in_scope, ready.in_scope) == (False, False)
    assert [each.id for each in bot_checks([Region("eu-central-1", 1)], [broken])] == ["bots"]
    (named,) = bot_checks([], [ready], [BotRef("A1B2C3D4E5")])
    assert named.status == "warn"
    assert "limited to other bots" in sentence(named.message)


def test_a_scope_by_alias_reaches_that_alias_only():
    scope = Scope(bots=(BotRef("A1B2C3D4E5", "ALIAS00001", "eu-central-1"),))
    bot = judge(TWO, NOW, ROLE, scope)
    assert [alias.in_scope for alias in bot.aliases] == [True, False]
    assert bot.in_scope is True


@pytest.mark.parametrize(
    ("on_bot", "on_alias", "in_scope", "words"),
    [
        ({"team": "a"}, {"team": "a"}, True, None),
        ({"Team": "a"}, {"TEAM": "a"}, True, None),  # IAM ignores the case of a tag's key
        ({"team": "A"}, {"team": "a"}, False, "its bot doesn't"),
        ({"team": "a"}, {}, False, "its alias prod doesn't"),
        ({"team": "b"}, {"team": "a"}, False, "its bot doesn't"),
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
