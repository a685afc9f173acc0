"""A policy file of the user's own: what is read, and what is refused as too wide."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.core.documents import Document
from wizard.core.policy_file import check, odd_resources, read
from wizard.validators import Invalid


def statement(**more):
    return {"Effect": "Allow", "Action": "lex:ListBots", "Resource": "*", **more}


def document(*statements, **more):
    return Document({"Version": "2012-10-17", "Statement": list(statements), **more})


@pytest.mark.parametrize(
    "action",
    ["lex:ListBots", "LEX:describebot", "lex:GetSession", "lex:SearchAssociatedTranscripts"]
    + ["lex:RecognizeText", "lex:StartConversation", "lex:putsession", "lex:DeleteSession"],
)
def test_reading_bots_and_talking_to_them_is_allowed(action):
    check(document(statement(Action=[action])), any_policy=False)


@pytest.mark.parametrize(
    "action",
    ["lex:*", "*", "lex:List*", "lex:DescribeBo?", "lex:DeleteBot", "LEX:deletebot"]
    + ["lex:BatchDeleteCustomVocabularyItem", "lex:StopBotAnalyzer", "lex:CreateBot"]
    + ["lex:UpdateBotAlias", "iam:PassRole", "s3:GetObject", "lex:GetEverything", "lex:ListX"]
    + ["lexx:ListBots", "lex:BuildBotLocale", "lex:TagResource", "lex:List\u212aots"],
)
def test_anything_else_is_refused_unless_insisted_on(action):
    wide = document(statement(Action=["lex:ListBots", action]))
    with pytest.raises(Invalid, match="--allow-any-policy"):
        check(wide, any_policy=False)
    check(wide, any_policy=True)


@pytest.mark.parametrize(("given", "key"), [("Action", "NotAction"), ("Resource", "NotResource")])
def test_everything_but_something_is_refused(given, key):
    wide = statement()
    wide[key] = wide.pop(given)
    with pytest.raises(Invalid, match=f"{key} allows everything"):
        check(document(wide), any_policy=False)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2020-01-01", "Statement": [statement()]},
        {"Version": ["2012-10-17"], "Statement": [statement()]},
        document(statement(), Extra=1).tree,
        document(statement(), Id=[1]).tree,
        document(statement(Sid="A"), statement(Sid="A")).tree,
        *(
            document(bad).tree
            for bad in (
                "x",
                [statement()],
                statement(Principal="*"),
                statement(Effect="allow"),
                statement(Effect=["Allow"]),
                statement(Effects="Allow"),
                statement(Action=[]),
                statement(Action=[1]),
                statement(Action="ListBots"),
                statement(NotAction="x:y"),
                statement(Resource="bot/x"),
                statement(Condition=[]),
                statement(Condition={"Bool": "x"}),
                statement(Condition={"Bool": {"k": None}}),
                statement(Condition={"Bool": {"k": {"a": 1}}}),
                statement(Sid="has space"),
            )
        ),
    ],
)
def test_what_iam_would_not_take_is_refused_even_when_insisted_on(tree):
    with pytest.raises(Invalid, match="a valid IAM policy"):
        check(Document(tree), any_policy=True)


def test_a_policy_over_iams_limit_is_refused():
    actions = [f"lex:DescribeBot{number:030}" for number in range(200)]
    with pytest.raises(Invalid, match="6144"):
        check(document(statement(Action=actions)), any_policy=True)


KEYS = st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Condition"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(tree=st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_json_object_is_taken_or_refused_and_never_breaks(tree):
    try:
        check(Document(tree), any_policy=False)
    except Invalid as error:
        assert str(error).isprintable()
    else:
        assert Document(tree).canonical


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not an object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b" " * 1_000_001, "1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_the_reason(tmp_path, data, words):
    file = tmp_path / "policy.json"
    file.write_bytes(data)
    with pytest.raises(Invalid, match=words):
        read(str(file))


def test_a_missing_file_a_folder_and_a_device_are_refused(tmp_path):
    for path in (str(tmp_path / "none"), str(tmp_path), "/dev/zero", "a\x00b", "", "x" * 5000):
        with pytest.raises(Invalid):
            read(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    file = tmp_path / "policy.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(document(statement()).tree).encode())
    assert read(str(file)) == document(statement())


def test_what_get_policy_version_prints_is_told_how_to_give():
    printed = {"PolicyVersion": {"Document": statement(), "VersionId": "v1"}}
    with pytest.raises(Invalid, match=r"PolicyVersion\.Document"):
        check(Document(printed), any_policy=True)


def test_a_condition_key_in_two_spellings_is_refused():
    twice = {"StringEquals": {"aws:SourceAccount": "1", "aws:sourceaccount": "2"}}
    with pytest.raises(Invalid, match="appears twice"):
        check(document(statement(Condition=twice)), any_policy=True)


@pytest.mark.parametrize(
    ("resource", "odd"),
    [
        ("*", False),
        ("arn:aws:lex:eu-west-1:123456789012:bot/A1B2C3D4E5", False),
        ("arn:aws:lex:eu-west-1:123456789012:bot-alias/A1B2C3D4E5/*", False),
        ("arn:aws:lex:eu-west-1:123456789012:bot:OrderFlowers:PROD", True),
        ("arn:aws:lex:eu-west-1:<ACCOUNT>:bot/A1B2C3D4E5", True),
    ],
)
def test_a_resource_that_can_be_no_bot_is_odd(resource, odd):
    assert odd_resources(document(statement(Resource=resource))) == [resource] * odd
