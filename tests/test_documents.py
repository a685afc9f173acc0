"""Documents are equal when IAM reads them alike; templates are filled both ways or not at all."""

from __future__ import annotations

import json
from copy import deepcopy

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

BASE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::765628985471:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {"sts:ExternalId": "x"},
                "Bool": {"aws:SecureTransport": "true"},
            },
        },
        {"Effect": "Allow", "Action": "lex:ListBots", "Resource": ["a", "b"]},
    ],
}


def changed(change):
    tree = deepcopy(BASE)
    change(tree, tree["Statement"][0], tree["Statement"][1])
    return Document(tree)


SAME = {
    "a Sid": lambda _, first, __: first.update(Sid="Any"),
    "an Id": lambda tree, _, __: tree.update(Id="Any"),
    "the order of statements": lambda tree, _, __: tree["Statement"].reverse(),
    "a statement twice": lambda tree, first, __: tree["Statement"].append(first),
    "the order of actions": lambda _, first, __: first["Action"].reverse(),
    "an action twice": lambda _, first, __: first["Action"].append("sts:AssumeRole"),
    "the case of actions": lambda _, first, __: first.update(
        Action=["STS:assumerole", "sts:tagSESSION"]
    ),
    "a list of one": lambda _, __, second: second.update(Action=["lex:ListBots"]),
    "the order of resources": lambda _, __, second: second.update(Resource=["b", "a"]),
    "an account ID for its root": lambda _, first, __: first.update(
        Principal={"AWS": "765628985471"}
    ),
    "a principal in a list": lambda _, first, __: first.update(Principal={"AWS": ["765628985471"]}),
    "a boolean for its text": lambda _, first, __: first["Condition"].update(
        Bool={"aws:SecureTransport": True}
    ),
    "the case of condition keys": lambda _, first, __: first["Condition"].update(
        StringEquals={"STS:externalid": ["x"]}
    ),
    "an empty condition": lambda _, __, second: second.update(Condition={}),
    "an empty operator": lambda _, __, second: second.update(Condition={"StringLike": {}}),
}
DIFFERENT = {
    "another version": lambda tree, _, __: tree.update(Version="2008-10-17"),
    "no version": lambda tree, _, __: tree.pop("Version"),
    "a statement less": lambda tree, _, __: tree["Statement"].pop(),
    "Deny for Allow": lambda _, first, __: first.update(Effect="Deny"),
    "an action more": lambda _, first, __: first["Action"].append("sts:SetSourceIdentity"),
    "another account": lambda _, first, __: first.update(Principal={"AWS": "111111111111"}),
    "anybody": lambda _, first, __: first.update(Principal="*"),
    "the ID of a deleted principal": lambda _, first, __: first.update(
        Principal={"AWS": "AROAEXAMPLE"}
    ),
    "another kind of principal": lambda _, first, __: first.update(
        Principal={"Federated": "arn:aws:iam::765628985471:root"}
    ),
    "the case of an external ID": lambda _, first, __: first["Condition"].update(
        StringEquals={"sts:ExternalId": "X"}
    ),
    "another operator": lambda _, first, __: first.update(
        Condition={"StringLike": {"sts:ExternalId": "x"}, "Bool": {"aws:SecureTransport": "true"}}
    ),
    "no condition": lambda _, first, __: first.pop("Condition"),
    "the case of a resource": lambda _, __, second: second.update(Resource=["A", "b"]),
    "NotAction": lambda _, __, second: second.update(NotAction=second.pop("Action")),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_iam_reads_alike_is_equal(change):
    assert changed(change) == Document(BASE)
    assert hash(changed(change)) == hash(Document(BASE))
    assert changed(change).sha256 == Document(BASE).sha256


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT)
def test_what_iam_reads_differently_is_not_equal(change):
    assert changed(change) != Document(BASE)
    assert changed(change).sha256 != Document(BASE).sha256


def test_a_missing_version_is_the_old_one():
    old = {**BASE, "Version": "2008-10-17"}
    none = {"Statement": BASE["Statement"]}
    assert Document(old) == Document(none)


def test_the_key_of_a_tag_in_a_condition_keeps_its_case():
    def tagged(key):
        return Document({"Statement": {"Condition": {"StringEquals": {key: "v"}}}})

    assert tagged("aws:ResourceTag/Team") == tagged("AWS:resourcetag/Team")
    assert tagged("aws:ResourceTag/Team") != tagged("aws:ResourceTag/team")


@pytest.mark.parametrize("tree", [None, "text", [], 5])
def test_what_is_no_document_equals_only_its_like(tree):
    assert Document(tree) == Document(tree)
    assert Document(tree) != Document(BASE)
    assert statements(Document(tree)) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Action", "Principal", "AWS", "Condition", "x"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_has_a_canonical_form_and_survives_the_way_through_text(tree):
    document = Document(tree)
    assert Document(json.loads(document.text())) == document


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("{", "line 1, column"),
        ("[]", "not an object"),
        ('"text"', "not an object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": {"b": 1, "b": 1}}', "twice"),
        ('{"a": NaN}', "NaN"),
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
    assert all(each["Effect"] == "Allow" and each["Action"] for each in found)


def test_filling_leaves_the_template_as_it_was():
    before = template("trust-policy")
    fill(before, {"external_id": "x", "genesys_account_id": "1"})
    assert before == template("trust-policy")


def test_white_space_does_not_count_in_the_size():
    assert Document({"a": " b\n"}).size() == len('{"a":"b\\n"}')


def test_only_twelve_ascii_digits_stand_for_an_account():
    assert principal_name("765628985471") == "arn:aws:iam::765628985471:root"
    assert principal_name("76562898547") == "76562898547"
    assert principal_name("７65628985471") == "７65628985471"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("lex:*", "lex:ListBots", True),
        ("*Bots*", "lex:ListBots", True),
        ("lex:List?ots", "lex:ListBots", True),
        ("lex:ListBots?", "lex:ListBots", False),
        ("lex:l*", "lex:ListBots", False),
        ("a[b]", "a[b]", True),
        ("a[b]", "ab", False),
        ("a*", "a\nb", True),
        ("*a" * 30 + "!", "a" * 5000, False),
    ],
)
def test_a_pattern_stands_for_what_iams_two_wildcards_make_of_it(pattern, text, expected):
    assert matches(pattern, text) is expected
