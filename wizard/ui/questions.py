"""The questions of a setup: the organization ID, and the settings behind "Change a setting"."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from wizard import validators
from wizard.errors import InvalidInput, WizardError
from wizard.settings import (
    DEFAULT_POLICY_NAME,
    ChosenBots,
    FromFile,
    FromTemplate,
    Settings,
    TaggedBots,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.core.documents import Document
    from wizard.settings import PolicyChoice
    from wizard.ui.prompts import Choice, Prompts
    from wizard.ui.screen import Screen

LONGEST = 50  # characters of an answer in the menu
PRODUCTION = f"{validators.GENESYS_ACCOUNT} (production)"
BACK = "(leave blank to go back)"


@dataclass
class Questions:
    """What asking needs: prompts, a screen for explanations, a file and the account to read.

    `read_policy` reads and checks a policy file (raises Invalid); `list_bots` lists what may be
    chosen as (bot, label), or raises a WizardError when the caller may not list: it needs a
    session, which comes later.
    """

    prompts: Prompts
    screen: Screen
    read_policy: Callable[[str], Document]
    list_bots: Callable[[], Sequence[Choice[validators.BotRef]]] = tuple

    def ask(self, message: str, validator: Callable[[str], Any], default: str = "") -> Any:
        """One question, asked until the answer is good; says in place what was wrong.

        None for an empty answer, which is the way back.
        """
        answer = self.prompts.text(message, default).strip()
        if not answer:
            return None
        try:
            return validator(answer)
        except validators.Invalid as error:
            self.screen.line(f"{error}.", sign="✗")
        return self.ask(message, validator)


@dataclass(frozen=True)
class Question:
    """A row of the menu: its label, how the present answer reads, and how it is asked again."""

    label: str
    shown: Callable[[Settings], str]
    change: Callable[[Settings, Questions], Settings]


def ask_organization(settings: Settings, questions: Questions) -> Settings:
    """Ask for the organization ID, the only question before the plan."""
    while not settings.org_id:
        questions.screen.line(f"Find it in Genesys Cloud under {validators.ORG_ID_PLACE}.")
        settings = QUESTIONS[0].change(settings, questions)
    return settings


def change_answers(settings: Settings, questions: Questions) -> Settings:
    """A menu of answers with their values; each choice asks one of them again."""
    while True:
        choices: list[Choice[Question | None]] = [(None, "Continue")]
        for question in QUESTIONS:
            shown = question.shown(settings)
            short = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
            choices.append((question, f"{question.label:<22} {short}"))
        chosen = questions.prompts.choose("Which setting do you want to change?", choices)
        if chosen is None:
            return settings
        try:
            settings = chosen.change(settings, questions)
        except InvalidInput as error:  # answers that contradict each other
            questions.screen.error(error)


def _text(
    field: str,
    message: str,
    validator: Callable[[str], Any],
    *,
    unset: str = "current value, or the default",
    default: str = "",
    note: str = "",
    blank: Any = None,
) -> Question:
    """A question about one field of Settings, which the menu calls by the field's name.

    Without a value the menu shows `unset`. An empty answer is the value `blank`; None: the
    field is not spoken of, and what exists is kept; Ellipsis: the answer stays as it was.
    """

    def value(settings: Settings) -> str:
        now = getattr(settings, field) or default
        return now if isinstance(now, str) else ", ".join(map("=".join, now))

    def change(settings: Settings, questions: Questions) -> Settings:
        if note:
            questions.screen.line(note)
        kept = " (leave blank to keep the current value)" if blank is None else ""
        answer = questions.ask(f"{message}{kept}", validator, value(settings))
        answer = blank if answer is None else answer
        return settings if answer is ... else replace(settings, **{field: answer})

    label = "Organization ID" if field == "org_id" else field.replace("_", " ").capitalize()
    return Question(label, lambda settings: value(settings) or unset, change)


def _policy_name(text: str) -> str | None:
    # The default stays unspoken of: a role that exists may have a policy of another name.
    name = validators.policy_name(text)
    return None if name == DEFAULT_POLICY_NAME else name


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    return validators.tags([validators.tag(tag) for tag in _items(text)])


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _policy(settings: Settings, questions: Questions) -> Settings:
    choices: list[Choice[str]] = [
        ("keep", "Keep the current setting (new roles: all bots)"),
        ("template", "All bots in this account"),
        ("file", "Custom policy from a JSON file"),
        ("bots", "Only the bots I select (least privilege)"),
        ("tag", "Only bots and aliases with a tag (least privilege)"),
    ]
    policy: PolicyChoice | None
    match questions.prompts.choose("Which bots can Genesys Cloud use?", choices):
        case "template":
            policy = FromTemplate()
        case "file":
            policy = questions.ask(f"Policy file {BACK}", partial(_from_file, questions))
        case "bots":
            policy = _chosen_bots(questions)
        case "tag":
            tag = questions.ask(f"Tag as KEY=VALUE {BACK}", validators.bot_tag)
            policy = TaggedBots(*tag) if tag else None
        case _:
            return replace(settings, policy=None)
    return settings if policy is None else replace(settings, policy=policy)


def _from_file(questions: Questions, text: str) -> FromFile:
    path = os.path.expanduser(text)  # noqa: PTH111 - a text, which no shell has expanded
    return FromFile(questions.read_policy(path), path)


def _chosen_bots(questions: Questions) -> PolicyChoice | None:
    try:
        listed = questions.list_bots()
    except WizardError as error:
        questions.screen.warning(f"The bots can't be listed: {error.message}")
        listed = ()
    if listed:
        chosen = questions.prompts.choose_many("Which bots and aliases?", listed)
    else:
        chosen = questions.ask(
            f"Bot IDs or BOT_ID:ALIAS_ID, separated by commas {BACK}",
            lambda text: [validators.bot(bot) for bot in _items(text)],
        )
    if not chosen:
        questions.screen.warning("No bots selected. Setting not changed.")
        return None
    return ChosenBots(tuple(chosen))


def _policy_shown(settings: Settings) -> str:
    match settings.policy:
        case None:
            return "current policy (new roles: all bots)"
        case FromTemplate():
            return "built-in policy: all bots"
        case FromFile(path=path):
            return f"the file {path}"
        case ChosenBots(bots):
            return "only " + ", ".join(map(str, bots))
        case TaggedBots(key, value):
            return f"only bots tagged {key}={value}"


def _genesys_account(settings: Settings, questions: Questions) -> Settings:
    if not questions.prompts.yes(
        "Is the organization in Genesys's FedRAMP region (us-east-2)?", default=settings.fedramp
    ):
        return replace(settings, fedramp=False, genesys_account_id=None)

    def other(text: str) -> str:
        account = validators.account_id(text)
        if account == validators.GENESYS_ACCOUNT:
            raise validators.Invalid("this is the production account; FedRAMP uses a different one")
        return account

    questions.screen.line("Ask your Genesys representative for this account ID.")
    account = questions.ask(f"Genesys's AWS account ID for FedRAMP {BACK}", other)
    if account is None:
        return settings
    return replace(settings, fedramp=True, genesys_account_id=account)


QUESTIONS = (
    _text("org_id", "Genesys Cloud organization ID", validators.org_id, unset="", blank=...),
    _text("role_name", "Role name", validators.role_name, blank=...),
    _text("policy_name", "Policy name", _policy_name, default=DEFAULT_POLICY_NAME),
    Question("Bot access", _policy_shown, _policy),
    _text(
        "permissions_boundary",
        "ARN of the permissions boundary",
        validators.policy_arn,
        unset="current value, or none",
        note="A permissions boundary limits what the role can ever be allowed.",
    ),
    _text("tags", "Tags as KEY=VALUE, KEY=VALUE (blank for none)", _tags, unset="none", blank=()),
    _text("role_description", "Description of the role", validators.description),
    _text("policy_description", "Description of the policy", validators.description),
    _text("role_path", "Path of the role", validators.role_path),
    _text("policy_path", "Path of the policy", validators.policy_path),
    Question("Genesys's account", lambda s: s.genesys_account_id or PRODUCTION, _genesys_account),
)
