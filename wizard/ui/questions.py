"""The questions of a set-up: what is asked at once, and what sits behind "anything else?"."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wizard import validators
from wizard.errors import InvalidInput, WizardError
from wizard.settings import (
    DEFAULT_POLICY_NAME,
    DEFAULT_ROLE_NAME,
    ChosenBots,
    FromFile,
    FromTemplate,
    Settings,
    TaggedBots,
)
from wizard.ui.prompts import ask
from wizard.validators import BotRef, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.ui.prompts import Choice, Prompts
    from wizard.ui.screen import Screen


@dataclass(frozen=True)
class Desk:
    """What the questions need: prompts, a screen for explanations, and two ways to look.

    `read_policy` reads and checks a policy file (raises Invalid); `list_bots` lists what
    may be chosen as (bot, label), or raises a WizardError when the caller may not list.
    """

    prompts: Prompts
    screen: Screen
    read_policy: Callable[[str], Any]
    list_bots: Callable[[], Sequence[Choice[BotRef]]]

    def ask(self, message: str, validator: Callable[[str], Any], default: str = "") -> Any:
        """One question, asked until the answer is good."""
        return ask(self.prompts, message, validator, self._explain, default)

    def _explain(self, what_is_wrong: str) -> None:
        self.screen.line(what_is_wrong, sign="✗")


def ask_what_is_open(settings: Settings, given: frozenset[str], desk: Desk) -> Settings:
    """Ask for what was not given: the organization ID, the two names, and anything else."""
    if not settings.org_id:
        desk.screen.line(f"It stands in {validators.ORG_ID_PLACE}.")
        settings = _org_id(settings, desk)
    if "role_name" not in given:
        settings = _role_name(settings, desk)
    if "policy_name" not in given:
        settings = _policy_name(settings, desk)
    if desk.prompts.yes("Change anything else?", default=False):
        settings = change_answers(settings, desk, everything=False)
    return settings


def change_answers(settings: Settings, desk: Desk, *, everything: bool = True) -> Settings:
    """A menu of answers with their values; each choice asks one of them again."""
    while True:
        questions = QUESTIONS if everything else QUESTIONS[3:]
        choices: list[Choice[Any]] = [(None, "Nothing more: go on")]
        choices += [
            (change, f"{label:<22} {_short(show(settings))}") for label, show, change in questions
        ]
        change = desk.prompts.choose("What do you want to change?", choices)
        if change is None:
            return settings
        try:
            settings = change(settings, desk)
        except InvalidInput as error:  # answers that contradict each other
            desk.screen.error(error)


def _short(text: str) -> str:
    limit = 50
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _org_id(settings: Settings, desk: Desk) -> Settings:
    answer = desk.ask("Genesys Cloud organization ID", validators.org_id, settings.org_id)
    return replace(settings, org_id=answer)


def _role_name(settings: Settings, desk: Desk) -> Settings:
    answer = desk.ask("Name of the role", validators.role_name, settings.role_name)
    return replace(settings, role_name=answer)


def _policy_name(settings: Settings, desk: Desk) -> Settings:
    default = settings.policy_name or DEFAULT_POLICY_NAME
    answer = desk.ask("Name of the policy", validators.policy_name, default)
    # The default stays unspoken of: a role that exists may have a policy of another name.
    return replace(settings, policy_name=None if answer == DEFAULT_POLICY_NAME else answer)


def _optional(
    field: str, message: str, validator: Callable[[str], Any]
) -> Callable[[Settings, Desk], Settings]:
    """A question whose empty answer means: not spoken of, what exists is kept."""

    def change(settings: Settings, desk: Desk) -> Settings:
        def or_none(text: str) -> Any:
            return validator(text) if text else None

        answer = desk.ask(f"{message} (empty: keep)", or_none, getattr(settings, field) or "")
        return replace(settings, **{field: answer})

    return change


def _boundary(settings: Settings, desk: Desk) -> Settings:
    desk.screen.line("A permissions boundary limits what the role can ever be allowed.")
    return _optional(
        "permissions_boundary", "ARN of the permissions boundary", validators.policy_arn
    )(settings, desk)


def _tags(settings: Settings, desk: Desk) -> Settings:
    def read(text: str) -> tuple[tuple[str, str], ...]:
        pairs = [validators.tag(each.strip()) for each in text.split(",") if each.strip()]
        return validators.tags(pairs)

    now = ", ".join(f"{key}={value}" for key, value in settings.tags)
    tags = desk.ask("Tags for role and policy, as KEY=VALUE, KEY=VALUE", read, now)
    return replace(settings, tags=tags)


def _policy(settings: Settings, desk: Desk) -> Settings:
    choices: list[Choice[str]] = [
        ("keep", "Keep what is there (at first: the template, every bot of the account)"),
        ("template", "The template: every bot of the account"),
        ("file", "My own document, from a JSON file"),
        ("bots", "Least privilege: only bots that I choose"),
        ("tag", "Least privilege: only bots and aliases with a tag"),
    ]
    match desk.prompts.choose("What may Genesys Cloud use?", choices):
        case "template":
            return replace(settings, policy=FromTemplate())
        case "file":
            return replace(settings, policy=desk.ask("Policy file", _file_reader(desk)))
        case "bots":
            return _choose_bots(settings, desk)
        case "tag":
            key, value = desk.ask("Tag of bots and aliases, as KEY=VALUE", validators.bot_tag)
            return replace(settings, policy=TaggedBots(key, value))
        case _:
            return replace(settings, policy=None)


def _file_reader(desk: Desk) -> Callable[[str], FromFile]:
    def read(text: str) -> FromFile:
        path = os.path.expanduser(text.strip())  # noqa: PTH111 - "" stays "", no shell did it
        return FromFile(desk.read_policy(path), path)

    return read


def _choose_bots(settings: Settings, desk: Desk) -> Settings:
    try:
        listed = desk.list_bots()
    except WizardError as error:
        desk.screen.warning(f"The bots can't be listed: {error.message}")
        listed = ()
    if listed:
        chosen = desk.prompts.choose_many("Which bots and aliases?", listed)
    else:
        chosen = desk.ask("Bots, as BOT or BOT:ALIAS, separated by commas", _bots)
    if not chosen:
        desk.screen.warning("No bot was chosen; the answer stays as it was.")
        return settings
    return replace(settings, policy=ChosenBots(tuple(chosen)))


def _bots(text: str) -> list[BotRef]:
    return [validators.bot(each.strip()) for each in text.split(",") if each.strip()]


def _genesys_account(settings: Settings, desk: Desk) -> Settings:
    if not desk.prompts.yes(
        "Is the organization in Genesys's FedRAMP region (us-east-2)?", default=settings.fedramp
    ):
        return replace(settings, fedramp=False, genesys_account_id=None)

    def other(text: str) -> str:
        account = validators.account_id(text)
        if account == validators.GENESYS_ACCOUNT:
            raise Invalid("that is the production account; FedRAMP has another one")
        return account

    desk.screen.line("Ask your Genesys representative for it, as Genesys's own page says.")
    account = desk.ask("Genesys's AWS account ID for FedRAMP", other)
    return replace(settings, fedramp=True, genesys_account_id=account)


def _policy_shown(settings: Settings) -> str:
    match settings.policy:
        case None:
            return "what is there, else the template"
        case FromTemplate():
            return "the template: every bot"
        case FromFile(path=path):
            return f"the file {path}"
        case ChosenBots(bots):
            return "only " + ", ".join(map(str, bots))
        case TaggedBots(key, value):
            return f"only bots tagged {key}={value}"


KEPT = "what is there, else the default"

QUESTIONS: tuple[
    tuple[str, Callable[[Settings], str], Callable[[Settings, Desk], Settings]], ...
] = (
    ("Organization ID", lambda s: s.org_id, _org_id),
    ("Role name", lambda s: s.role_name or DEFAULT_ROLE_NAME, _role_name),
    ("Policy name", lambda s: s.policy_name or DEFAULT_POLICY_NAME, _policy_name),
    ("What Genesys may use", _policy_shown, _policy),
    (
        "Permissions boundary",
        lambda s: s.permissions_boundary or "what is there, else none",
        _boundary,
    ),
    ("Tags", lambda s: ", ".join(f"{k}={v}" for k, v in s.tags) or "none more", _tags),
    (
        "Role description",
        lambda s: s.role_description or KEPT,
        _optional("role_description", "Description of the role", validators.description),
    ),
    (
        "Policy description",
        lambda s: s.policy_description or KEPT,
        _optional("policy_description", "Description of the policy", validators.description),
    ),
    (
        "Role path",
        lambda s: s.role_path or KEPT,
        _optional("role_path", "Path of the role", validators.role_path),
    ),
    (
        "Policy path",
        lambda s: s.policy_path or KEPT,
        _optional("policy_path", "Path of the policy", validators.policy_path),
    ),
    (
        "Genesys's account",
        lambda s: s.genesys_account_id or f"{validators.GENESYS_ACCOUNT} (production)",
        _genesys_account,
    ),
)
