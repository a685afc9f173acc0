"""Documents are equal when IAM reads them alike; templates are filled both ways or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.core.documents import (
    Document,
    NotADocument,
    fill,
    matches,
    parse,
    principal_name,
    statements,
    template,
)


def condition(**operators):
    return {
        "StringEquals": {"sts:ExternalId": "x"},
        "Bool": {"aws:SecureTransport": "true"},
        **operators,
    }


BASE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::765628985471:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": condition(),
        },
        {"Effect": "Allow", "Action": "lex:ListBots", "Resource": ["a", "b"]},
    ],
}
FIRST, SECOND = BASE["Statement"]


def tree(first=None, second=None, **more):
    """The tree of `BASE` with these keys changed in its two statements, or beside them."""
    changes = zip(BASE["Statement"], (first, second), strict=True)
    return {
        **BASE,
        "Statement": [{**statement, **(new or {})} for statement, new in changes],
        **more,
    }


SAME = {
    "a Sid": tree({"Sid": "Any"}),
    "an Id": tree(Id="Any"),
    "the order of statements": tree(Statement=[SECOND, FIRST]),
    "a statement twice": tree(Statement=[FIRST, SECOND, FIRST]),
    "the order of actions": tree({"Action": ["sts:TagSession", "sts:AssumeRole"]}),
    "an action twice": tree({"Action": [*FIRST["Action"], "sts:AssumeRole"]}),
    "the case of actions": tree({"Action": ["STS:assumerole", "sts:tagSESSION"]}),
    "a list of one": tree({}, {"Action": ["lex:ListBots"]}),
    "the order of resources": tree({}, {"Resource": ["b", "a"]}),
    "an account ID for its root": tree({"Principal": {"AWS": ["765628985471"]}}),
    "a boolean for its text": tree({"Condition": condition(Bool={"aws:SecureTransport": True})}),
    "the case of condition keys": tree(
        {"Condition": condition(StringEquals={"STS:externalid": ["x"]})}
    ),
    "an empty condition": tree({}, {"Condition": {}}),
    "an empty operator": tree({}, {"Condition": {"StringLike": {}}}),
    "the old version": tree(Version="2008-10-17"),
    "no version, which means the old one": {"Statement": BASE["Statement"]},
}
DIFFERENT = {
    "a version of nobody's": tree(Version="2099-01-01"),
    "a key in two spellings": tree(
        {"Condition": condition(StringEquals={"sts:ExternalId": "y", "sts:externalid": "x"})}
    ),
    "a statement less": tree(Statement=[FIRST]),
    "Deny for Allow": tree({"Effect": "Deny"}),
    "an action more": tree({"Action": [*FIRST["Action"], "sts:SetSourceIdentity"]}),
    "NotAction": tree(Statement=[FIRST, {"Effect": "Allow", "NotAction": "lex:ListBots"}]),
    "another account": tree({"Principal": {"AWS": "111111111111"}}),
    "anybody": tree({"Principal": "*"}),
    "the ID of a deleted principal": tree({"Principal": {"AWS": "AROAEXAMPLE"}}),
    "another kind of principal": tree(
        {"Principal": {"Federated": "arn:aws:iam::765628985471:root"}}
    ),
    "the case of an external ID": tree(
        {"Condition": condition(StringEquals={"sts:ExternalId": "X"})}
    ),
    "another operator": tree(
        {"Condition": condition(StringEquals={}, StringLike={"sts:ExternalId": "x"})}
    ),
    "no condition": tree({"Condition": {}}),
    "the case of a resource": tree({}, {"Resource": ["A", "b"]}),
}


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_what_iam_reads_alike_is_equal(same):
    assert Document(same) == Document(BASE)
    assert hash(Document(same)) == hash(Document(BASE))
    assert Document(same).sha256 == Document(BASE).sha256


@pytest.mark.parametrize("different", DIFFERENT.values(), ids=DIFFERENT)
def test_what_iam_reads_differently_is_not_equal(different):
    assert Document(different) != Document(BASE)
    assert Document(different).sha256 != Document(BASE).sha256


def test_the_checksum_stays_as_it_is_remembered_in_tags():
    assert Document(BASE).sha256 == (
        "a947fa966cc8f6a7552dddea2cd4d8d8d6ba821e82b1b3203fbbe313b3cbbd6f"
    )


def test_the_version_counts_where_there_are_policy_variables():
    variable = tree({}, {"Resource": "${aws:username}"})
    assert Document(variable) != Document({**variable, "Version": "2008-10-17"})


@pytest.mark.parametrize(
    ("pattern", "text", "meets"),
    [
        ("lex:*", "lex:ListBots", True),
        ("lex:List?ots", "lex:ListBots", True),
        ("lex:List?", "lex:ListBots", False),
        ("*", "lex:*", True),
        ("lex:?", "lex:*", False),  # one character does not cover any characters
        ("lex:?*", "lex:*?", True),
        ("*?*?", "?*?", True),
        ("?", "?", True),
        ("lex:" + "*" * 30 + "!", "lex:" + "a" * 5000, False),
    ],
)
def test_a_pattern_is_compared_with_texts_and_with_patterns(pattern, text, meets):
    assert matches(pattern, text) is meets


def test_the_key_of_a_tag_in_a_condition_keeps_its_case():
    def tagged(key):
        return Document({"Statement": {"Condition": {"StringEquals": {key: "v"}}}})

    assert tagged("aws:ResourceTag/Team") == tagged("AWS:resourcetag/Team")
    assert tagged("aws:ResourceTag/Team") != tagged("aws:ResourceTag/team")


@pytest.mark.parametrize("value", [None, "text", [], 5])
def test_what_is_no_document_equals_only_its_like(value):
    assert Document(value) == Document(value)
    assert Document(value) != Document(BASE)
    assert statements(Document(value)) == []


KEYS = st.sampled_from(["Statement", "Action", "Principal", "AWS", "Condition", "x"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_json_has_a_canonical_form_and_survives_the_way_through_text(value):
    document = Document(value)
    assert Document(json.loads(document.text())) == document


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("{", "line 1, column"),
        ("[]", "not an object"),
        ('{"a": {"b": 1, "b": 1}}', "twice"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": ' + "[" * 100_000 + "}", "nested"),
        ('{"a": 1} x', "is not JSON"),
    ],
)
def test_what_a_reviewer_and_iam_might_read_differently_is_no_document(text, says):
    with pytest.raises(NotADocument, match=says):
        parse(text)


def test_placeholders_are_filled_on_the_tree_and_not_in_text():
    value = '"}, {"Effect": "Allow"'
    filled = fill(Document({"a": ["<x>", {"k/<x>": "before <x>"}]}), {"x": value})
    assert filled.tree == {"a": [value, {f"k/{value}": f"before {value}"}]}


def test_a_value_is_not_filled_again():
    assert fill(Document({"a": "<x><y>"}), {"x": "<y>", "y": "1"}).tree == {"a": "<y>1"}


def test_a_lone_placeholder_may_become_a_list():
    assert fill(Document({"a": "<x>"}), {"x": ["1", "2"]}).tree == {"a": ["1", "2"]}


@pytest.mark.parametrize(
    ("values", "says"), [({}, "without a value"), ({"x": "1", "y": "2"}, "no placeholder for: y")]
)
def test_placeholders_and_values_match_both_ways(values, says):
    with pytest.raises(ValueError, match=says):
        fill(Document({"a": "<x>"}), values)


@pytest.mark.parametrize(
    "name", ["lex-policy", "lex-policy-bots", "lex-policy-tagged-bots", "trust-policy"]
)
def test_every_template_is_a_document_that_allows_something(name):
    found = statements(template(name))
    assert found
    assert all(statement["Effect"] == "Allow" and statement["Action"] for statement in found)


def test_white_space_does_not_count_in_the_size():
    assert Document({"a": " b\n"}).size() == len('{"a":"b\\n"}')


def test_only_twelve_ascii_digits_stand_for_an_account():
    assert principal_name("765628985471") == "arn:aws:iam::765628985471:root"
    assert principal_name("76562898547") == "76562898547"
    assert principal_name("７65628985471") == "７65628985471"
