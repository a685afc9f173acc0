"""The questions of a setup, answered in plain lines."""

from __future__ import annotations

import io
from typing import Any

import pytest

from program import ORG, OTHER_ORG
from wizard.errors import AwsError, Cancelled
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings, TaggedBots
from wizard.ui.prompts import Prompts
from wizard.ui.questions import Questions, ask_organization, change_answers
from wizard.ui.screen import Screen
from wizard.validators import GENESYS_ACCOUNT, BotRef, Invalid

BOUNDARY = "arn:aws:iam::123456789012:policy/Limit"
BOT = BotRef("ABCDEFGHIJ")
ALIAS = BotRef("ABCDEFGHIJ", "ALIAS00001")
LISTED = [(BOT, "Bot\x1b[31m"), (ALIAS, "Bot, prod")]
DOCUMENT = {"Version": "2012-10-17", "Statement": []}
TAGS = (("a", "1"), ("b", "2"))
CHOICES = [("a", "A"), ("b", "B"), ("c", "C")]


def asking(*lines: str) -> Prompts:
    return Prompts(io.StringIO("".join(f"{line}\n" for line in lines)), io.StringIO(), plain=True)


def read_policy(path: str) -> Any:
    if path != "policy.json":
        raise Invalid("it can't be read")
    return DOCUMENT


def asked(lines: tuple[str, ...], settings: Settings, ask: Any, bots: Any) -> tuple[Settings, str]:
    """The settings after these lines were typed, and everything that was shown."""
    prompts = asking(*lines)

    def listed() -> Any:
        if bots is None:
            raise AwsError("No.")
        return bots

    questions = Questions(prompts, Screen(prompts.write), read_policy, list_bots=listed)
    return ask(settings, questions), prompts.write.getvalue()


def changed(*lines: str, settings: Settings | None = None, bots: Any = LISTED) -> Any:
    """As above, in the menu of every answer, which is left at the end."""
    return asked((*lines, ""), settings or Settings(ORG), change_answers, bots)


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        (("2", OTHER_ORG), {"org_id": OTHER_ORG}),
        (("3", "R"), {"role_name": "R"}),
        (("4", "P"), {"policy_name": "P"}),
        (("4", ""), {"policy_name": None}),
        (("5", "2"), {"policy": FromTemplate()}),
        (("5", "3", "no.json", " policy.json"), {"policy": FromFile(DOCUMENT, "policy.json")}),
        (("5", "4", "2 1, 2"), {"policy": ChosenBots((ALIAS, BOT))}),
        (("5", "5", "team=voice"), {"policy": TaggedBots("team", "voice")}),
        (("6", BOUNDARY), {"permissions_boundary": BOUNDARY}),
        (("7", "a=1, b=2,"), {"tags": TAGS}),
        (("8", "Mine"), {"role_description": "Mine"}),
        (("8", ""), {"role_description": None}),
        (("9", "Mine"), {"policy_description": "Mine"}),
        (("10", "/a/"), {"role_path": "/a/"}),
        (("11", "/a/"), {"policy_path": "/a/"}),
        (("12", "y", "1" * 12), {"fedramp": True, "genesys_account_id": "1" * 12}),
    ],
)
def test_each_answer_can_be_changed_alone(lines: tuple[str, ...], answers: dict[str, Any]) -> None:
    assert changed(*lines)[0] == Settings(**{"org_id": ORG, **answers})


def test_the_menu_shows_the_present_answers() -> None:
    shown = changed()[1]
    assert "Policy name            GenesysCloudLexV2Policy\n" in shown
    assert "Bot access             current policy (new roles: all bots)\n" in shown
    assert "Tags                   none\n" in shown
    assert "Role description       current value, or the default\n" in shown
    assert f"Genesys's account      {GENESYS_ACCOUNT} (production)\n" in shown
    chosen = ChosenBots((BOT, ALIAS))
    shown = changed(settings=Settings(ORG, tags=TAGS, role_path="/" + "x" * 60, policy=chosen))[1]
    assert "Bot access             only ABCDEFGHIJ, ABCDEFGHIJ:ALIAS00001\n" in shown
    assert "Tags                   a=1, b=2\n" in shown
    assert f"Role path              /{'x' * 48}…\n" in shown


def test_only_the_organization_is_asked_before_the_plan() -> None:
    assert asked((), Settings(ORG), ask_organization, []) == (Settings(ORG), "")
    settings, shown = asked((f" {ORG} ",), Settings(), ask_organization, [])
    assert settings == Settings(ORG)
    assert shown.count("?") + shown.count(": ") == 1


def test_a_bad_answer_is_explained_in_place_and_asked_again_in_an_empty_field() -> None:
    settings, shown = asked(("", "nonsense", ORG), Settings(), ask_organization, [])
    assert settings == Settings(ORG)
    assert shown.count("Find it in Genesys Cloud under Admin") >= 2
    assert '✗ "nonsense" isn\'t an organization ID' in shown
    assert shown.endswith("Genesys Cloud organization ID: ")
    assert "is not a name of IAM's kind" in changed("3", "a role", "R")[1]
    assert "this is the production account" in changed("12", "y", GENESYS_ACCOUNT, "1" * 12)[1]


@pytest.mark.parametrize(
    "lines", [("2", ""), ("3", ""), ("5", "3", ""), ("5", "4", ""), ("5", "5", ""), ("12", "y", "")]
)
def test_every_question_has_a_way_back(lines: tuple[str, ...]) -> None:
    settings = Settings(ORG, policy=FromTemplate(), role_name="R")
    assert changed(*lines, settings=settings, bots=[])[0] == settings


def test_answers_that_contradict_each_other_change_nothing() -> None:
    settings = Settings(ORG, replace_org=OTHER_ORG)
    after, shown = changed("2", OTHER_ORG, settings=settings)
    assert after == settings
    assert "error: --replace-org names the same organization" in shown


def test_bots_that_can_not_be_listed_are_typed_and_none_changes_nothing() -> None:
    settings, shown = changed("5", "4", f"{BOT}, {ALIAS}", bots=None)
    assert settings.policy == ChosenBots((BOT, ALIAS))
    assert "The bots can't be listed: No." in shown
    kept = Settings(ORG, policy=FromTemplate())
    after, shown = changed("5", "4", "", settings=kept)
    assert after == kept
    assert "No bots selected" in shown
    assert r"1. Bot\x1b[31m" in shown


def test_a_line_that_is_no_choice_is_asked_again() -> None:
    prompts = asking("maybe", "YES", "", "4", "0", "x", " 2 ", "", "1 9", "3,1 3", "")
    assert prompts.yes("Sure?", default=False)
    assert not prompts.yes("Sure?", default=False)
    assert [prompts.choose("Which?", CHOICES) for _ in "12"] == ["b", "a"]
    assert [prompts.choose_many("Which?", CHOICES) for _ in "12"] == [["c", "a"], []]
    shown = prompts.write.getvalue()
    assert shown.count("Answer y or n.") == 1
    assert shown.count("Enter a number from 1 to 3.") == 3
    assert shown.count("Enter numbers from 1 to 3.") == 1


def test_the_end_of_input_cancels() -> None:
    with pytest.raises(Cancelled) as cancelled:
        asking().text("Name")
    assert cancelled.value.code == "end-of-input"
