"""The JSON objects for scripts; their keys are the contract and are only ever added to."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.changes import KINDS
from wizard.core.documents import Document
from wizard.errors import AwsError
from wizard.ui.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.apply import Result
    from wizard.core.bots import Alias, Bot, Locale
    from wizard.core.changes import Change
    from wizard.errors import WizardError
    from wizard.verify.check import Check

_DESCRIBED = "name arn service description created last_used used_by actions trust_policy policies"
# The keys that each command's object has however it ends, with the values of what is not known.
KEYS: dict[str, dict[str, Any]] = {
    "setup": {
        "status": None,
        "sandbox": False,
        "account_id": None,
        "role_name": None,
        "role_arn": None,
        "policy_name": None,
        "policy_arn": None,
        "external_id": None,
        "genesys_account_id": None,
        "changes": [],
        "warnings": [],
    },
    "verify": {"status": None, "role_arn": None, "checks": [], "bots": []},
    "remove": {"status": None, "changes": [], "kept": []},
    "activity": {
        "status": None,
        "role_arn": None,
        "genesys_account_id": None,
        "external_id": None,
        "since": None,
        "until": None,
        "regions": [],
        "uses": [],
        "warnings": [],
    },
    "export": {},
    "permissions": {},
    "service-roles": {},
    "service-roles list": {"roles": None},
    "service-roles describe": dict.fromkeys(_DESCRIBED.split()),
    "service-roles set-description": {},
    "service-roles delete": {"status": None, "reason": None, "resources": []},
}


def text(result: dict[str, Any]) -> str:
    """One object as text; everything but ASCII is escaped, so a terminal can't act on it."""
    return json.dumps(result, indent=2)


def change(change: Change) -> dict[str, Any]:
    """A change as `{"change", "target", "detail"}`."""
    detail = KINDS[change.kind].detail(change)
    plain = {key: _plain(value) for key, value in detail.items()}
    return {"change": change.kind, "target": change.target, "detail": plain}


def changes(plan: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes in order."""
    return [change(one) for one in plan]


def outcome(result: Result) -> dict[str, Any]:
    """What a failed run did, undid and left."""
    return {
        key: changes(getattr(result, key))
        for key in ("done", "undone", "left", "remaining", "in_doubt")
    }


def check(check: Check) -> dict[str, str | None]:
    """A check as `{"id", "status", "message", "hint"}`; the hint of a pass is null."""
    hint = None if check.status == "pass" or check.hint is None else sentence(check.hint)
    return {
        "id": check.id,
        "status": check.status,
        "message": sentence(check.message),
        "hint": hint,
    }


def bot(bot: Bot) -> dict[str, Any]:
    """A bot with its readiness, down to the languages. `ready` is null where it is not known."""
    aliases = [_judged(alias, ("alias_id", "name", "status", "version")) for alias in bot.aliases]
    for alias, tree in zip(bot.aliases, aliases, strict=True):
        locales = [_judged(locale, ("locale_id", "enabled", "status")) for locale in alias.locales]
        tree["locales"] = locales
    return {**_judged(bot, ("region", "bot_id", "name", "status")), "aliases": aliases}


def _judged(part: Bot | Alias | Locale, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        **{name: getattr(part, name) for name in (*names, "ready")},
        "reasons": list(map(sentence, part.reasons)),
        "cautions": list(map(sentence, part.cautions)),
    }


def failure(command: str, error: WizardError) -> dict[str, Any]:
    """`status` and `error` of a command that ended before the first change.

    The commands that change things say then that the account is as it was.
    """
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    ended: dict[str, Any] = {"status": error.status, "error": told}
    if command in {"setup", "remove"} and isinstance(error, AwsError):
        ended |= {"status": "rolled-back", "done": [], "undone": [], "left": []}
        ended |= {"remaining": [], "in_doubt": []}
    return ended


def _plain(value: Any) -> Any:
    match value:
        case Document(tree):
            return tree
        case tuple() | frozenset() | list():
            return sorted(_plain(item) for item in value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
