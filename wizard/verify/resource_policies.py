"""What a resource-based policy denies: Genesys on a bot or alias, Lex on a Lambda function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.core.documents import as_list, matches, principal_name, statements, template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.core.documents import Document

LEX_PRINCIPAL = "lexv2.amazonaws.com"
INVOKE = "lambda:invokefunction"
_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):")


@dataclass(frozen=True)
class Denied:
    """IAM actions that a resource-based policy denies: surely, or under conditions."""

    surely: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


def bot_actions() -> tuple[str, ...]:
    """The IAM actions that Genesys uses on a bot: those of the least-privilege template."""
    return _actions_of("ReadTheChosenBots")


def alias_actions() -> tuple[str, ...]:
    """The IAM actions that Genesys uses on an alias, conversations included."""
    return _actions_of("TalkToTheChosenAliases")


@cache
def _actions_of(sid: str) -> tuple[str, ...]:
    document = template("lex-policy-bots")
    return next(tuple(body["Action"]) for body in statements(document) if body["Sid"] == sid)


def denied(
    policy: Document | None, resource: str, actions: Iterable[str], role_arn: str | None
) -> Denied:
    """Which of these actions on the resource (an ARN) the policy denies to the role.

    Without `role_arn` only what denies everybody in the account counts as sure. Actions are
    compared without regard to case, with IAM's wildcards.
    """
    surely: set[str] = set()
    perhaps: set[str] = set()
    if policy is None:
        return Denied()
    wanted = tuple(actions)
    for statement in statements(policy):
        if statement.get("Effect") != "Deny" or not _about(statement, resource):
            continue
        hit = {action for action in wanted if _covers(statement, action)}
        match _meets(statement, resource, role_arn):
            case True if not statement.get("Condition"):
                surely |= hit
            case False:
                continue
            case _:
                perhaps |= hit
    return Denied(tuple(sorted(surely)), tuple(sorted(perhaps - surely)))


def _about(statement: dict[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return not _any_like(statement["NotResource"], resource)
    return "Resource" not in statement or _any_like(statement["Resource"], resource)


def _covers(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_like(statement["NotAction"], action, fold=True)
    return _any_like(statement.get("Action"), action, fold=True)


def _any_like(patterns: Any, text: str, *, fold: bool = False) -> bool:
    texts = [pattern for pattern in as_list(patterns) if isinstance(pattern, str)]
    if fold:
        return any(matches(pattern.lower(), text.lower()) for pattern in texts)
    return any(matches(pattern, text) for pattern in texts)


def _meets(statement: dict[str, Any], resource: str, role_arn: str | None) -> bool | None:
    """Whether the statement is about the role: yes, no, or None for perhaps."""
    if "NotPrincipal" in statement:
        spared = _names(statement["NotPrincipal"])
        if "*" in spared or (role_arn is not None and role_arn in spared):
            return False
        return True if role_arn is not None else None
    names = _names(statement.get("Principal"))
    account = _ACCOUNT.match(resource)
    everybody = {"*"} | ({f"arn:aws:iam::{account[1]}:root"} if account else set())
    if names & everybody or (role_arn is not None and role_arn in names):
        return True
    role_name = role_arn.rsplit("/", 1)[-1] if role_arn else None
    if any(f":assumed-role/{role_name}/" in name for name in names):
        return None
    return False


def _names(principal: Any) -> set[str]:
    values = principal.get("AWS") if isinstance(principal, dict) else principal
    return {principal_name(name) for name in as_list(values) if isinstance(name, str)}


def lex_may_invoke(policy: Document | None, alias_arn: str) -> bool:
    """Whether a Lambda function's policy lets Lex call it for this alias.

    Conditions other than on the source ARN and account are taken as met.
    """
    if policy is None:
        return False
    effects = {
        statement.get("Effect")
        for statement in statements(policy)
        if _covers(statement, INVOKE)
        and _is_lex(statement.get("Principal"))
        and _from(statement.get("Condition"), alias_arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _is_lex(principal: Any) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    return LEX_PRINCIPAL in as_list(principal.get("Service")) or "*" in as_list(
        principal.get("AWS")
    )


def _from(condition: Any, alias_arn: str) -> bool:
    if not isinstance(condition, dict):
        return True
    account = _ACCOUNT.match(alias_arn)
    for keys in condition.values():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            if key.lower() == "aws:sourcearn" and not _any_like(values, alias_arn):
                return False
            if key.lower() == "aws:sourceaccount" and account and account[1] not in as_list(values):
                return False
    return True
