"""The JSON objects for scripts; their keys are the contract and are only ever added to."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.documents import Document
from wizard.core.plan import CreatePolicy, CreateRole, kind
from wizard.errors import AwsError
from wizard.ui.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.core.plan import Change
    from wizard.errors import WizardError
    from wizard.verify.check import Check


# The keys that a command's object has even when nothing but the error is known.
EMPTY: dict[str, dict[str, Any]] = {
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
    "service-roles list": {"roles": None},
    "service-roles describe": dict.fromkeys(
        (
            "name",
            "arn",
            "service",
            "description",
            "created",
            "last_used",
            "used_by",
            "actions",
            "trust_policy",
            "policies",
        )
    ),
    "service-roles delete": {"status": None, "reason": None, "resources": []},
}


def text(result: dict[str, Any]) -> str:
    """One object as text; everything but ASCII is escaped, so a terminal can't act on it."""
    return json.dumps(result, indent=2)


def change(change: Change) -> dict[str, Any]:
    """A change as `{"change", "target", "detail"}`."""
    match change:
        case CreateRole(role):
            detail = {
                "path": role.path,
                "description": role.description,
                "trust_policy": role.trust_policy,
                "permissions_boundary": role.permissions_boundary,
                "tags": role.tags,
            }
        case CreatePolicy(policy):
            detail = {
                "path": policy.path,
                "description": policy.description,
                "document": policy.document,
                "tags": policy.tags,
            }
        case _:
            detail = {
                field.name: getattr(change, field.name)
                for field in fields(change)
                if field.name != "target"
            }
    plain = {key: _plain(value) for key, value in detail.items()}
    return {"change": kind(change), "target": change.target, "detail": plain}


def changes(each: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes in order."""
    return [change(one) for one in each]


def check(check: Check) -> dict[str, str | None]:
    """A check as `{"id", "status", "message", "hint"}`; the hint of a pass is null."""
    hint = None if check.status == "pass" or check.hint is None else sentence(check.hint)
    return {
        "id": check.id,
        "status": check.status,
        "message": sentence(check.message),
        "hint": hint,
    }


def before_changes(failure: WizardError) -> dict[str, Any]:
    """How a command that changes things ended before the first change: the account is as it was."""
    ended = {"status": failure.status, "error": error(failure)}
    if isinstance(failure, AwsError):
        ended |= {"status": "rolled-back", "done": [], "undone": [], "left": []}
        ended |= {"remaining": [], "in_doubt": []}
    return ended


def error(error: WizardError) -> dict[str, str]:
    """An error as `{"code", "message", "hint"}`."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _plain(value: Any) -> Any:
    match value:
        case Document(tree):
            return tree
        case tuple() | frozenset():
            return sorted(_plain(each) for each in value)
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
