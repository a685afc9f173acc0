"""The one place that words changes, checks and reasons."""

from __future__ import annotations

import difflib
import string
from typing import TYPE_CHECKING, Any

from wizard.core.changes import KINDS, VERSIONS_PER_POLICY
from wizard.core.documents import as_list, statements
from wizard.core.state import AWS_MANAGED, LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, Reason
from wizard.ui import words_advice
from wizard.ui.screen import Line
from wizard.ui.words_bots import BOT_SENTENCES
from wizard.ui.words_checks import CHECK_SENTENCES
from wizard.validators import GENESYS_ACCOUNT, OUR_TAGS, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wizard.apply import Event
    from wizard.core.changes import Change, Plan
    from wizard.core.documents import Document
    from wizard.core.state import State

# One sentence for each code of a Reason: a text with `{names}` of its facts, or a function of
# the facts where a text is not enough. `{names:; }` joins the items of a list by "; ".
SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    **CHECK_SENTENCES,
    "kept-not-ours": "this tool didn't create it; it is only detached",
    "kept-unreadable": "it can't be read, so its owner is unknown; it is only detached",
    "kept-attached": "it is also attached to {others}",
    "kept-other-organization": "it is used by another Genesys Cloud organization, {organization}",
    "also-attached": (
        "The role has another policy that this tool didn't add: {arn}. Genesys Cloud gets "
        "everything it allows. To remove it: `{command}`."
    ),
    "also-inline": (
        "The role has an inline policy that this tool didn't add: {name}. Genesys Cloud gets "
        "everything it allows. To remove it: `{command}`."
    ),
    "offline-preview": (
        "Offline preview: no AWS credentials found, so existing resources were not checked."
    ),
}
SENTENCES |= words_advice.SENTENCES
SENTENCES |= BOT_SENTENCES


def sentence(reason: Reason | str) -> str:
    """The sentence of a reason; every value from outside in it is shown literally."""
    if isinstance(reason, str):
        return reason
    words = SENTENCES[reason.code]
    if callable(words):
        return words(reason.facts)
    return _Formatter().vformat(words, (), reason.facts)


class _Formatter(string.Formatter):
    """Shows reasons as sentences, lists joined, and everything else without control characters."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The text of one value; the format is what joins the items of a list."""
        if isinstance(value, Reason):
            return sentence(value)
        if isinstance(value, list | tuple | frozenset):
            return (format_spec or ", ").join(self.format_field(item, "") for item in value)
        return visible(str(value))


def name_of(arn: str) -> str:
    """The part of an ARN that people call its name."""
    return arn.rsplit("/", 1)[-1]


def action(change: Change) -> tuple[str, str, str]:
    """Sign, verb and object of a change, for one line of a plan: the words of its row."""
    row = KINDS[change.kind]
    value = change.before if change.after is None else change.after
    arn = str(value)
    tags = change.after if isinstance(change.after, dict) else {}
    words = row.words.format(
        name=change.name,
        value=value,
        value_name=name_of(arn),
        owner="AWS managed" if arn.startswith(AWS_MANAGED) else "customer managed",
        tags=", ".join(f"{key}={_short(text)}" for key, text in tags.items()),
        keys=", ".join(sorted(change.before)) if isinstance(change.before, dict) else "",
        version=getattr(value, "version_id", ""),
    )
    return row.sign, row.verb, words


def title(change: Change) -> str:
    """A change in a few words."""
    _, verb, words = action(change)
    return f"{verb} {words}"


def titles(changes: Iterable[Change], separator: str = "; ") -> str:
    """Changes in a few words each, every one once."""
    return separator.join(dict.fromkeys(map(title, changes)))


def plan_lines(changes: Iterable[Change], before: State) -> Iterator[Line]:
    """The plan, one line per change, with what matters of it below."""
    for change in changes:
        sign, verb, words = action(change)
        yield Line(words, verb, sign)
        yield from (Line(detail, " ", dim=True) for detail in _details(change, before))


def _details(change: Change, before: State) -> Iterator[str]:
    match change.kind:
        case "create-role":
            role = change.after
            yield role.arn
            yield from _trust(role.trust_policy)
            if role.permissions_boundary:
                yield f"With the permissions boundary {role.permissions_boundary}"
            own = [f"{key}={value}" for key, value in role.tags.items() if key not in OUR_TAGS]
            marks = f"{len(role.tags) - len(own)} tags that identify it as managed by this tool"
            yield f"With {', '.join([*own, marks])}"
        case "create-policy":
            yield change.target
            yield from permissions(change.after.document)
        case "attach-policy" if change.after in _MANAGED:
            yield _MANAGED[change.after]
        case "update-policy":
            yield from permissions(change.after.document)
        case "delete-policy-version":
            full = before.policies.get(change.target)
            if full is not None and len(full.old_versions) + 1 >= VERSIONS_PER_POLICY:
                yield "the oldest version: IAM keeps up to five, and a new one is needed"


_MANAGED = {
    LEX_READ_ONLY: "Lets Genesys Cloud view every Lex bot in the account",
    LEX_RUN_BOTS_ONLY: "Lets Genesys Cloud run every Lex bot in the account",
}
SHA256_LENGTH = 64


def _short(value: str) -> str:
    """A checksum means nothing to people; its beginning tells two apart."""
    return value if len(value) != SHA256_LENGTH else value[:12] + "…"


def _trust(trust_policy: Document) -> Iterator[str]:
    for statement in statements(trust_policy):
        account = str(statement["Principal"]["AWS"]).split(":")[4]
        which = "production" if account == GENESYS_ACCOUNT else "specified by you"
        external_id = statement["Condition"]["StringEquals"]["sts:ExternalId"]
        yield (
            f"Trusts Genesys Cloud (AWS account {account}, {which}), and only with external ID "
            f"{external_id}"
        )


def permissions(document: Document) -> Iterator[str]:
    """What a policy document allows, in a line per statement."""
    for statement in statements(document):
        actions = [str(name) for name in as_list(statement.get("Action"))]
        resources = [str(arn) for arn in as_list(statement.get("Resource"))]
        only_lex = all(name.lower().startswith("lex:") for name in actions)
        kind = "Lex" if only_lex else "IAM"
        count = f"1 {kind} action" if len(actions) == 1 else f"{len(actions)} {kind} actions"
        everything = "every Lex bot in the account" if only_lex else "every resource"
        where = everything if resources == ["*"] else ", ".join(resources)
        effect = "Allows" if statement.get("Effect") == "Allow" else "Denies"
        names = ": " + ", ".join(actions) if len(actions) == 1 else ""
        condition = ""
        for operator, keys in (statement.get("Condition") or {}).items():
            condition += f", if {operator} " + ", ".join(f"{k} = {v}" for k, v in keys.items())
        yield f"{effect} {count}{names} on {where}{condition}"


def diff(changes: Plan) -> Iterator[tuple[str, str]]:
    """For every document that changes: what it is, and the difference line by line."""
    for change in changes:
        match change.kind:
            case "update-trust-policy":
                heading, old, new = "Trust policy of", change.before, change.after
            case "update-policy":
                heading, old, new = "Policy", change.before.document, change.after.document
            case _:
                continue
        rows = difflib.unified_diff(
            old.text().splitlines(), new.text().splitlines(), "now", "wanted", lineterm="", n=2
        )
        # The title says which side is which.
        yield f"{heading} {change.name}", "\n".join(list(rows)[2:])


def event_line(event: Event, *, why: bool) -> Line:
    """A line for what a change came to; with `why` also the reason of a failure."""
    _, verb, words = action(event.change)
    match event.status:
        case "done":
            return Line(words, verb, "✓")
        case "failed":
            reason = event.error.message if why and event.error else "failed"
            return Line(f"{words}: {reason}", verb, "✗")
        case _:
            return Line(f"{words}: no change needed", verb, "✓")
