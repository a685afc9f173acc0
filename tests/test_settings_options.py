"""From options to settings: what excludes and what needs each other."""

from __future__ import annotations

import pytest

from wizard.errors import InvalidInput
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings, TaggedBots, from_options
from wizard.validators import BotRef, Invalid

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
BOT = BotRef("A1B2C3D4E5")
# As click gives them where nothing was typed.
NOTHING = {"org_id": None, "role_name": None, "tags": (), "bots": (), "bot_tag": None}
NOTHING |= {"fedramp": False, "least_privilege": None, "genesys_account_id": None}


def read_policy(path, *, any_policy):
    if path == "bad":
        raise Invalid("it is bad")
    return {"any": any_policy}


def made(**options):
    return from_options({**NOTHING, **options}, read_policy)


def test_what_was_not_given_is_the_default():
    assert made() == Settings()
    assert from_options({"region": "x"}, read_policy) == Settings()


def test_an_option_is_the_field_of_its_name():
    given = {"org_id": ORG, "role_name": "R", "tags": (("a", "b"),), "role_description": ""}
    assert made(**given, adopt=True) == Settings(**given, adopt=True)


@pytest.mark.parametrize(
    ("options", "choice"),
    [
        ({"default_policy": True}, FromTemplate()),
        ({"policy_file": "p"}, FromFile({"any": False}, "p")),
        ({"policy_file": "p", "allow_any_policy": True}, FromFile({"any": True}, "p", True)),
        ({"least_privilege": True, "bots": (BOT,)}, ChosenBots((BOT,))),
        ({"least_privilege": True, "bot_tag": ("k", "v")}, TaggedBots("k", "v")),
        ({"bots": (BOT,), "allow_policies": ()}, None),  # verify: bots to look at
    ],
)
def test_the_policy_is_the_one_that_was_chosen(options, choice):
    assert made(**options).policy == choice


def test_leaving_least_privilege_is_said_and_not_only_unsaid():
    assert made(least_privilege=False).no_least_privilege
    assert not made().no_least_privilege


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"policy_file": "p", "default_policy": True},
            "--policy-file and --default-policy can't be used",
        ),
        ({"least_privilege": True, "bots": (BOT,), "policy_file": "p"}, "can't be used together"),
        ({"bots": (BOT,)}, "^--bot requires --least-privilege"),
        ({"bot_tag": ("k", "v")}, "^--bot-tag requires --least-privilege"),
        ({"least_privilege": True}, "needs either --bot"),
        ({"least_privilege": True, "bots": (BOT,), "bot_tag": ("k", "v")}, "needs either --bot"),
        ({"allow_any_policy": True}, "requires --policy-file"),
        ({"policy_file": "bad"}, "Invalid value for '--policy-file': it is bad."),
        ({"tags": (("a", ""), ("A", ""))}, "Invalid value for '--tag': .* twice"),
    ],
)
def test_options_that_exclude_or_need_each_other_are_unusable(options, words):
    with pytest.raises(InvalidInput, match=words) as error:
        made(**options)
    assert error.value.code == "usage"


def test_where_nothing_may_be_asked_all_that_is_missing_is_named_at_once():
    with pytest.raises(InvalidInput) as error:
        made(non_interactive=True, fedramp=True, least_privilege=True)
    assert error.value.code == "missing-option"
    for option in ("--org-id", "--genesys-account-id", "--bot or --bot-tag"):
        assert option in error.value.message
    assert made(non_interactive=True) == Settings()  # one alone is refused where it is needed
