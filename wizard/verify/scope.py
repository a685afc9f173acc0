"""What policies let Genesys use: the scope of its own one, the denials of resource-based ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from wizard.core.bots import TEST_ALIAS
from wizard.core.desired import chosen_bots
from wizard.core.documents import as_list, matches, principal_name, statements, template
from wizard.core.state import reason
from wizard.settings import ChosenBots, TaggedBots
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wizard.core.bots import Alias, Bot
    from wizard.core.documents import Document
    from wizard.core.state import Reason, State
    from wizard.validators import BotRef

_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):")
LEX_PRINCIPAL = "lexv2.amazonaws.com"
INVOKE = "lambda:InvokeFunction"
# By whether a bot or alias to which the role is limited exists: status, message and hint.
_FOUND: dict[bool | None, tuple[Literal["pass", "warn", "skip"], str, Reason | None]] = {
    True: ("pass", "scope-exists", None),
    False: ("warn", "scope-missing", reason("another-id")),
    None: ("skip", "scope-unknown", reason("ask-for-describe")),
}


@dataclass(frozen=True)
class Scope:
    """The bots and aliases that a least-privilege policy names, or the tag that it asks for.

    A bot without `alias_id` means all its aliases.
    """

    bots: tuple[BotRef, ...] = ()
    tag: tuple[str, str] | None = None

    def reaches(self, bot: Bot, alias: Alias) -> bool | None:
        """Whether the role may open the bot and talk to the alias; None where tags are unknown."""
        if self.tag is None:
            return any(
                chosen.bot_id == bot.bot_id
                and chosen.region in {None, bot.region}
                and chosen.alias_id in {None, alias.alias_id}
                for chosen in self.bots
            )
        tagged = (self._tagged(bot), self._tagged(alias))
        return False if False in tagged else None if None in tagged else True

    def mismatch(self, bot: Bot, alias: Alias) -> tuple[Reason, ...]:
        """What is wrong where the bot has the tag and the alias has not, or the reverse."""
        tagged = (self._tagged(bot), self._tagged(alias))
        if self.tag is None or alias.alias_id == TEST_ALIAS or set(tagged) != {True, False}:
            return ()
        code = "tag-on-bot-only" if tagged[0] else "tag-on-alias-only"
        return (reason(code, alias=alias.name, tag="=".join(self.tag)),)

    def _tagged(self, thing: Bot | Alias) -> bool | None:
        if thing.tags is None or self.tag is None:
            return None
        # IAM ignores the case of a tag's key in a condition, though not of its value.
        key, value = self.tag
        return value in [text for name, text in thing.tags.items() if name.lower() == key.lower()]


def scope_of(state: State, policy_arn: str) -> Scope | None:
    """The scope of the role; None unless all that it has is a document that this program makes.

    Beside anything else the document limits nothing, so there is no scope to speak of.
    """
    role, policy = state.role, state.policies.get(policy_arn)
    if role is None or policy is None or role.inline_policies or role.attachments - {policy_arn}:
        return None
    match chosen_bots(policy.document, policy.account_id):
        case ChosenBots(bots):
            return Scope(bots=bots)
        case TaggedBots(key, value):
            return Scope(tag=(key, value))
        case _:
            return None


def in_words(scope: Scope) -> list[Reason]:
    """What the role may do with a least-privilege policy, and what it may not."""
    if scope.tag is not None:
        tag = "=".join(scope.tag)
        return [reason("may-use-tag", tag=tag), reason("others-listed"), reason("tag-on-both")]
    bots = [
        reason("named" if bot.alias_id else "named-with-aliases", bot=bot) for bot in scope.bots
    ]
    return [reason("may-use-bots", bots=bots), reason("others-listed"), reason("new-id")]


def not_found_warnings(found: Mapping[BotRef, bool | None]) -> list[Reason]:
    """A warning for `setup` per chosen bot that was not found or could not be read."""
    return [
        reason("bot-not-found" if there is False else "bot-unread", bot=reason("named", bot=bot))
        for bot, there in found.items()
        if not there
    ]


def scope_checks(found: Mapping[BotRef, bool | None]) -> list[Check]:
    """One check per bot or alias that the role is limited to: whether it still exists.

    `found`: True it exists, False it does not, None it could not be read.
    """
    checks = []
    for bot, there in found.items():
        status, code, hint = _FOUND[there]
        check_id = f"scope.{bot.region}.{bot}".replace(":", ".")
        checks.append(Check(check_id, status, reason(code, bot=reason("named", bot=bot)), hint))
    return checks


def tag_checks(scope: Scope, bots: Iterable[Bot]) -> list[Check]:
    """For a role limited by tag: how many bots it reaches, counted over the judged bots."""
    if scope.tag is None:
        return []
    tag = "=".join(scope.tag)
    reach = [bot.in_scope for bot in bots]
    if count := reach.count(True):
        return [Check("scope.tag", "pass", reason("tagged-bots", tag=tag, count=count))]
    if None in reach:
        message = reason("tags-unread", tag=tag)
        return [Check("scope.tag", "skip", message, reason("ask-for-tags"))]
    return [Check("scope.tag", "warn", reason("no-tagged-bot", tag=tag), reason("tag-both"))]


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
) -> tuple[list[str], list[str]]:
    """Which of these actions on the resource (an ARN) a resource-based policy denies to the role.

    First those that it denies surely, then those that it denies perhaps, under conditions.
    Without `role_arn` only what denies everybody in the account counts as sure.
    """
    surely: set[str] = set()
    perhaps: set[str] = set()
    for statement in statements(policy) if policy else ():
        meets = _meets(statement, resource, role_arn)
        if statement.get("Effect") == "Deny" and _covers(statement, "Resource", resource):
            hit = {action for action in actions if _covers(statement, "Action", action)}
            if meets and not statement.get("Condition"):
                surely |= hit
            elif meets is not False:
                perhaps |= hit
    return sorted(surely), sorted(perhaps - surely)


def _covers(statement: dict[str, Any], key: Literal["Action", "Resource"], text: str) -> bool:
    """Whether the statement is about that action (its case does not count) or resource.

    A statement that names no resource is about the one that its policy belongs to.
    """
    opposite = f"Not{key}" in statement
    unnamed = "*" if key == "Resource" else None
    patterns = statement[f"Not{key}"] if opposite else statement.get(key, unnamed)
    fold = str.lower if key == "Action" else str
    return _any_like(patterns, text, fold) is not opposite


def _any_like(patterns: Any, text: str, fold: Callable[[str], str] = str) -> bool:
    """Whether one of the patterns, with IAM's wildcards, matches the text, both folded."""
    texts = [pattern for pattern in as_list(patterns) if isinstance(pattern, str)]
    return any(matches(fold(pattern), fold(text)) for pattern in texts)


def _meets(statement: dict[str, Any], resource: str, role_arn: str | None) -> bool | None:
    """Whether the statement is about the role: yes, no, or None for perhaps."""
    if "NotPrincipal" in statement:
        spared = _names(statement["NotPrincipal"])
        return False if spared & {"*", role_arn} else None if role_arn is None else True
    names = _names(statement.get("Principal"))
    account = _ACCOUNT.match(resource)
    if names & {"*", role_arn, f"arn:aws:iam::{account[1]}:root" if account else None}:
        return True
    role_name = role_arn.rsplit("/", 1)[-1] if role_arn else None
    return None if any(f":assumed-role/{role_name}/" in name for name in names) else False


def _names(principal: Any) -> set[str]:
    values = principal.get("AWS") if isinstance(principal, dict) else principal
    return {principal_name(name) for name in as_list(values) if isinstance(name, str)}


def lex_may_invoke(policy: Document | None, alias_arn: str) -> bool:
    """Whether a Lambda function's policy lets Lex call it for this alias.

    Conditions other than on the source ARN and account are taken as met.
    """
    effects = {
        statement.get("Effect")
        for statement in (statements(policy) if policy else ())
        if _covers(statement, "Action", INVOKE)
        and _is_lex(statement.get("Principal"))
        and _from(statement.get("Condition"), alias_arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _is_lex(principal: Any) -> bool:
    if not isinstance(principal, dict):
        return bool(principal == "*")
    services, accounts = as_list(principal.get("Service")), as_list(principal.get("AWS"))
    return LEX_PRINCIPAL in services or "*" in accounts


def _from(condition: Any, alias_arn: str) -> bool:
    account = _ACCOUNT.match(alias_arn)
    for keys in condition.values() if isinstance(condition, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            if key.lower() == "aws:sourcearn" and not _any_like(values, alias_arn):
                return False
            if key.lower() == "aws:sourceaccount" and account and account[1] not in as_list(values):
                return False
    return True
