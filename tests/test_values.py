"""Every value's one validator: what it takes, what it refuses, and that it never breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import validators
from wizard.validators import BotRef, Invalid

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
VALIDATORS = (
    validators.org_id,
    validators.role_name,
    validators.policy_name,
    validators.role_path,
    validators.policy_path,
    validators.description,
    validators.tag,
    validators.policy_arn,
    validators.account_id,
    validators.region,
    validators.profile,
    validators.bot,
    validators.bot_tag,
    validators.template_url,
    validators.retry_seconds,
)
# Whatever Unicode has, and what looks nearly right: pieces of good values, shuffled.
NEARLY = st.lists(
    st.sampled_from(
        [ORG, ORG[:35], "arn:aws:iam::", "123456789012", ":policy/", "/", "a", "=", "aws:", "-"]
        + ["\n", "\x1b[31m", "１２３", "\u202e", "\x00", " ", "[bold]", "{{", "$(id)", "A1B2C3D4E5"]
    ),
    max_size=8,
).map("".join)
ANYTHING = st.one_of(st.text(max_size=80), NEARLY, st.text(min_size=900, max_size=1100))


@pytest.mark.parametrize("validator", VALIDATORS, ids=lambda each: each.__name__)
@settings(max_examples=300, deadline=None)
@given(text=ANYTHING)
def test_anything_is_taken_or_refused_in_printable_words(validator, text):
    try:
        value = validator(text)
    except Invalid as error:
        assert str(error).isprintable()
        assert len(str(error)) < 500
    else:
        assert validator(text) == value


@pytest.mark.parametrize("text", [ORG, ORG.upper(), f"  {ORG}\t"])
def test_an_organization_id_is_a_uuid_in_lower_case(text):
    assert validators.org_id(text) == ORG


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ORG + "\n",
        f"{ORG}\n{ORG}",
        "{" + ORG + "}",
        ORG.replace("-", ""),
        ORG[:-1],
        ORG + "0",
        ORG.replace("1", "１"),
        ORG.replace("a", "а"),
        ORG.replace("0", "o"),
        ORG.replace("-", "–"),
        "urn:uuid:" + ORG,
    ],
)
def test_a_look_alike_of_a_uuid_is_refused_with_where_to_find_the_right_one(text):
    with pytest.raises(Invalid, match="Organization Settings > Advanced > Organization ID"):
        validators.org_id(text)


@pytest.mark.parametrize(
    ("validator", "good", "bad"),
    [
        (
            validators.role_name,
            ["a", "A" * 64, "_+=,.@-"],
            ["", "A" * 65, "a b", "ä", "a/b", "a\n"],
        ),
        (validators.policy_name, ["A" * 128], ["A" * 129, "*", "arn:aws:iam::1:policy/x"]),
        (
            validators.role_path,
            ["/", "/a/", "/a/b/", "/!~/"],
            ["", "a", "/a", "a/", "/ä/", "/a b/", "/" + "a" * 511 + "/", "/aws-service-role/x/"],
        ),
        (
            validators.policy_path,
            ["/", "/a/b.c@d/"],
            ["//", "/a//b/", "/!/", "/a", "/AWS-reserved/x/"],
        ),
        (
            validators.description,
            ["", "é\t\n", "x" * 1000],
            ["x" * 1001, "…", "\x1b", "\x7f", "\x80"],
        ),
        (
            validators.policy_arn,
            ["arn:aws:iam::aws:policy/X", "arn:aws:iam::123456789012:policy/a/b/C"],
            ["X", "arn:aws-cn:iam::aws:policy/X", "arn:aws:iam::1:policy/X", "arn:aws:s3:::x"],
        ),
        (
            validators.account_id,
            ["000000000000"],
            ["", "12345678901", "1234-5678-9012", "１２３４５６７８９０１２"],
        ),
        (validators.region, ["eu-central-1"], ["", "EU-CENTRAL-1", "-a", "a.b", "x" * 64, "a\n"]),
        (validators.profile, ["my team"], ["", "a\nb", "\x1b"]),
        (
            validators.template_url,
            ["https://b.s3.amazonaws.com/t.yaml"],
            ["http://b/t", "https://", "file:///x", "https://b/ x", "https://b"],
        ),
        (validators.retry_seconds, ["0", "1.5", "60"], ["", "-1", "1e9", "nan", "99999", "١"]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_the_limits_of_iam_are_kept(validator, good, bad):
    for text in good:
        validator(text)
    for text in bad:
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
    validators.tags([(f"k{number}", "") for number in range(45)])
    with pytest.raises(Invalid, match="46 tags"):
        validators.tags([(f"k{number}", "") for number in range(46)])


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
