"""Every value's one validator: what it takes, what it refuses, and that it never breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import validators
from wizard.validators import BotRef, Invalid

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
GOOD = {
    "role_name": ["a", "A" * 64, "_+=,.@-"],
    "policy_name": ["A" * 128],
    "role_path": ["/", "/a/b/", "/!~/", "/" + "a" * 510 + "/"],
    "policy_path": ["/", "/a/b.c@d/"],
    "description": ["", "é\t\n", "x" * 1000],
    "policy_arn": ["arn:aws:iam::aws:policy/X", "arn:aws:iam::123456789012:policy/a/b/C"],
    "account_id": ["000000000000"],
    "region": ["eu-central-1"],
    "profile": ["my team"],
    "template_url": ["https://b.s3.amazonaws.com/t.yaml"],
    "retry_seconds": ["0", "1.5", "60"],
}
BAD = {
    "role_name": ["", "A" * 65, "a b", "ä", "a/b", "a\n"],
    "policy_name": ["A" * 129, "*", "arn:aws:iam::1:policy/x"],
    "role_path": ["", "/a", "a/", "/ä/", "/a b/", "/" + "a" * 511 + "/", "/aws-service-role/x/"],
    "policy_path": ["//", "/a//b/", "/!/", "/AWS-reserved/x/"],
    "description": ["x" * 1001, "…", "\x1b", "\x7f", "\x80"],
    "policy_arn": ["X", "arn:aws-cn:iam::aws:policy/X", "arn:aws:iam::1:policy/X"],
    "account_id": ["", "12345678901", "1234-5678-9012", "１２３４５６７８９０１２"],
    "region": ["", "EU-CENTRAL-1", "-a", "a.b", "x" * 64, "a\n"],
    "profile": ["", "a\nb", "\x1b"],
    "template_url": ["http://b/t", "https://", "https://b/ x", "https://b"],
    "retry_seconds": ["", "-1", "1e9", "nan", "99999", "١"],
}
VALUES = [*GOOD, "org_id", "tag", "bot", "bot_tag"]
# Whatever Unicode has, and what looks nearly right: pieces of good values, shuffled.
NEARLY = st.lists(
    st.sampled_from(
        [ORG, ORG[:35], "arn:aws:iam::", "123456789012", ":policy/", "/", "a", "=", "aws:", "-"]
        + ["\n", "\x1b[31m", "１２３", "\u202e", "\x00", " ", "[bold]", "{{", "$(id)", "A1B2C3D4E5"]
    ),
    max_size=8,
).map("".join)
ANYTHING = st.one_of(st.text(max_size=80), NEARLY, st.text(min_size=900, max_size=1100))


@pytest.mark.parametrize("value", VALUES)
@settings(max_examples=300, deadline=None)
@given(text=ANYTHING)
def test_anything_is_taken_or_refused_in_printable_words(value, text):
    try:
        getattr(validators, value)(text)
    except Invalid as error:
        assert str(error).isprintable()
        assert len(str(error)) < 600


def test_an_organization_id_is_a_uuid_in_lower_case():
    assert validators.org_id(f"  {ORG.upper()}\t") == ORG


@pytest.mark.parametrize(
    "around", ["\n", "\xa0", "\u200b", "\ufeff", '"', "'", "{}", "<>", "“”", "\r\n"]
)
def test_what_is_pasted_around_an_organization_id_is_taken_off(around):
    assert validators.org_id(f"{around[0]}{ORG}{around[-1]}") == ORG


@pytest.mark.parametrize(
    "text",
    ["", " ", ORG + "\n" + ORG, "{" + ORG + "x", ORG.replace("-", ""), ORG[:-1], ORG + "0"]
    + [ORG.replace("1", "１"), ORG.replace("a", "а"), ORG.replace("-", "–"), "urn:uuid:" + ORG],
)
def test_a_look_alike_of_a_uuid_is_refused_with_where_to_find_the_right_one(text):
    with pytest.raises(Invalid, match="Organization Settings > Advanced > Organization ID"):
        validators.org_id(text)


@pytest.mark.parametrize("value", GOOD)
def test_the_limits_of_iam_are_kept(value):
    validator = getattr(validators, value)
    for text in GOOD[value]:
        assert validator(text) in {text, float(text) if value == "retry_seconds" else text}
    for text in BAD[value]:
        with pytest.raises(Invalid):
            validator(text)


@pytest.mark.parametrize(
    "text",
    ["", "=", "=v", "key", "aws:x=1", "AWS:x=1", "ManagedBy=x", "managedby=x", "GENESYSORGID=1"]
    + ["policysource=x", "k" * 129 + "=v", "k=" + "v" * 257, "k\n=v", "k=\u2028", "k!=v", "k=a*b"],
)
def test_a_tag_that_iam_or_this_program_can_not_take_is_refused(text):
    with pytest.raises(Invalid):
        validators.tag(text)


def test_a_tag_is_split_at_the_first_equals_sign():
    assert validators.tag("a=b=c") == ("a", "b=c")
    assert validators.tag("Kosten Stelle=Zürich 東京") == ("Kosten Stelle", "Zürich 東京")
    assert validators.tag("empty=") == ("empty", "")


def test_tags_together_have_distinct_keys_and_leave_room_for_ours():
    assert validators.tags([("a", "1"), ("b", "2")]) == (("a", "1"), ("b", "2"))
    with pytest.raises(Invalid, match="twice"):
        validators.tags([("a", "1"), ("A", "2")])
    validators.tags([(f"k{number}", "") for number in range(43)])
    with pytest.raises(Invalid, match="44 tags"):
        validators.tags([(f"k{number}", "") for number in range(44)])


def test_a_bot_is_named_by_its_ids_or_its_arn():
    arn = "arn:aws:lex:eu-west-1:123456789012"
    here = {"region": "eu-west-1", "account_id": "123456789012"}
    assert validators.bot("A1B2C3D4E5") == BotRef("A1B2C3D4E5")
    assert validators.bot("A1B2C3D4E5:F6G7H8I9J0") == BotRef("A1B2C3D4E5", "F6G7H8I9J0")
    assert validators.bot(f"{arn}:bot/A1B2C3D4E5") == BotRef("A1B2C3D4E5", **here)
    alias = validators.bot(f"{arn}:bot-alias/A1B2C3D4E5/F6G7H8I9J0")
    assert alias == BotRef("A1B2C3D4E5", "F6G7H8I9J0", **here)
    assert alias.arn == f"{arn}:bot-alias/A1B2C3D4E5/F6G7H8I9J0"


@pytest.mark.parametrize(
    "text",
    ["", "A1B2C3D4E", "A1B2C3D4E5:", "A1B2C3D4E5:*", "OrderFlowers", "A1B2C3D4E５"]
    + ["arn:aws:lex:us-east-1:123456789012:bot:OrderFlowers"]
    + ["arn:aws:lex:us-east-1:123456789012:bot/*", "A1B2C3D4E5\n"],
)
def test_what_is_no_bot_of_lex_v2_is_refused(text):
    with pytest.raises(Invalid):
        validators.bot(text)


def test_values_are_shown_without_effect_and_cut():
    assert validators.visible("a\x1b[1m\u202e\n") == "a\\x1b[1m\\u202e\\n"
    assert validators.shown("x" * 100) == '"' + "x" * 59 + '…"'
    assert json.dumps(validators.shown("\ud800")).isascii()
