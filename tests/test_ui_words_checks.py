"""The sentences of checks that are put together from several facts."""

from __future__ import annotations

import pytest

from wizard.core.documents import Document
from wizard.core.state import reason
from wizard.ui.words import sentence
from wizard.verify.grants import surplus

NONE = Document({"Statement": []})


def document(**statement):
    keys = {"Effect": "Allow", "Action": "lex:ListBots", "Resource": "*", **statement}
    return Document({"Statement": keys})


ACTIONS = [f"lex:A{number}" for number in range(8)]
ALLOWED = {
    "one resource": (document(Resource="a\x1b"), r"lex:ListBots on a\x1b"),
    "all resources but one": (
        Document({"Statement": {"Effect": "Allow", "Action": "lex:X", "NotResource": "a"}}),
        "lex:X on everything but a",
    ),
    "a condition": (document(Condition={"Bool": {"a": "b"}}), "lex:ListBots under a condition"),
    "many": (document(Action=ACTIONS), f"{'; '.join(ACTIONS[:6])} and 2 more"),
}


@pytest.mark.parametrize(("allowed", "words"), ALLOWED.values(), ids=ALLOWED)
def test_grants_are_named_by_action_and_resource(allowed, words):
    more = reason("document-allows-more", grants=surplus(allowed, NONE))
    assert sentence(more) == f"allows more than it should ({words})"


def test_denials_are_named_by_what_they_do():
    denials = surplus(NONE, document(Effect="Deny"))
    more, less = (reason(f"document-allows-{what}", grants=denials) for what in ("more", "less"))
    assert sentence(reason("document-differs", findings=[more, less])) == (
        "The policy's document allows more than it should (lex:ListBots, no longer denied) and "
        "does not allow what Genesys needs (lex:ListBots, denied)."
    )
