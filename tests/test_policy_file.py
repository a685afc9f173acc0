"""A policy file of the user's own: what is read, and what is refused as too wide."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wizard.aws.account import lex_operations

from wizard.core import policy_file
from wizard.core.documents import Document
from wizard.core.policy_file import check, read
from wizard.validators import Invalid

OPERATIONS = lex_operations()


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
    check(document(statement(Action=[action])), OPERATIONS, any_policy=False)


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
        check(wide, OPERATIONS, any_policy=False)
    check(wide, OPERATIONS, any_policy=True)


@pytest.mark.parametrize(
    "wide",
    [
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "lex:ListBots", "NotResource": "arn:aws:s3:::x"},
    ],
)
def test_everything_but_something_is_refused(wide):
    with pytest.raises(Invalid, match="Not"):
        check(document(wide), OPERATIONS, any_policy=False)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"Version": "2012-10-17"},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2012-10-17", "Statement": ["x"]},
        {"Version": "2012-10-17", "Statement": [[statement()]]},
        {"Version": "2020-01-01", "Statement": [statement()]},
        {"Statement": [statement()]},
        {"Version": "2012-10-17", "Statement": [statement()], "Extra": 1},
        {"Version": "2012-10-17", "Statement": [statement(Principal="*")]},
        {"Version": "2012-10-17", "Statement": [statement(Effect="allow")]},
        {"Version": "2012-10-17", "Statement": [statement(Action=[])]},
        {"Version": "2012-10-17", "Statement": [statement(Action=[1])]},
        {"Version": "2012-10-17", "Statement": [statement(Action="ListBots")]},
        {"Version": "2012-10-17", "Statement": [statement(Resource="bot/x")]},
        {"Version": "2012-10-17", "Statement": [statement(Condition=[])]},
        {"Version": "2012-10-17", "Statement": [statement(Condition={"Bool": "x"})]},
        {"Version": "2012-10-17", "Statement": [statement(Sid=1)]},
        {"Version": "2012-10-17", "Statement": [statement(Effects="Allow")]},
        {"Version": "2012-10-17", "Statement": [statement(NotAction="x:y")]},
        {"Version": ["2012-10-17"], "Statement": [statement()]},
        {"Version": "2012-10-17", "Statement": [statement(Effect=["Allow"])]},
    ],
)
def test_what_iam_would_not_take_is_refused_even_when_insisted_on(tree):
    with pytest.raises(Invalid):
        check(Document(tree), OPERATIONS, any_policy=True)


def test_a_policy_over_iams_limit_is_refused():
    actions = [f"lex:DescribeBot{number:030}" for number in range(200)]
    with pytest.raises(Invalid, match="6144"):
        check(document(statement(Action=actions)), OPERATIONS, any_policy=True)


@settings(max_examples=500, deadline=None)
@given(
    tree=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Version", "Statement", "Effect", "Action", "Resource", "Condition"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    ).filter(lambda tree: isinstance(tree, dict))
)
def test_any_json_object_is_taken_or_refused_and_never_breaks(tree):
    try:
        check(Document(tree), OPERATIONS, any_policy=False)
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
        (b'{"a": NaN}', "NaN"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{" * 100, "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "JSON"),
        (b" " * 1_000_001, "million bytes"),
        (b'{"Statement": {"Action": }}', "line 1"),
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


def test_the_runtime_actions_are_the_six_of_lex():
    assert len(policy_file.RUNTIME_ACTIONS) == 6
