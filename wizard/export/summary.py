"""What a set-up grants, to whom, and how to take it away: lines for whoever reviews it."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY
from wizard.export.subject import AWS_MANAGED, subject
from wizard.validators import GENESYS_ACCOUNT, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.state import State
    from wizard.export.subject import Subject

WIDTH = 88
MANAGED_IN_WORDS = {
    LEX_READ_ONLY: "read every Lex bot of the account",
    LEX_RUN_BOTS_ONLY: "hold conversations with every Lex bot of the account",
}
SOURCE_IN_WORDS = {
    "template": "this program's reconstruction of the policy on Genesys's page, whose list of "
    "actions is not public; compare it with the page",
    "file": "the document that was given as a file",
    "least-privilege": "nothing but the chosen bots",
}


def summary(state: State, removal: str) -> list[str]:
    """The summary of a desired state as plain lines of at most 88 columns or one long word.

    `removal` says in one sentence how to take it away. Text of the user's is shown with
    every control character escaped, so that no line can break out of a comment.
    """
    it = subject(state)
    return [line for paragraph in _paragraphs(it, removal) for line in _wrapped(paragraph)]


def _paragraphs(it: Subject, removal: str) -> Iterator[str]:
    whose = (
        "Genesys Cloud, production"
        if it.genesys_account_id == GENESYS_ACCOUNT
        else "named by the user as Genesys Cloud's FedRAMP account"
    )
    yield "WHAT IT MAKES"
    yield f"- the IAM role {visible(it.role.name)} under the path {visible(it.role.path)}"
    yield (
        f"- the customer managed policy {visible(it.policy.name)} "
        f"under the path {visible(it.policy.path)}"
    )
    yield ""
    yield "WHO MAY USE IT"
    yield (
        f"- only AWS account {it.genesys_account_id} ({whose}), and only when it gives the "
        f"external ID {it.org_id}, the ID of one Genesys Cloud organization"
    )
    yield ""
    yield "WHAT THE ROLE MAY DO"
    for arn in it.attachments:
        if arn == it.policy.arn:
            yield f"- {visible(it.policy.name)} ({SOURCE_IN_WORDS[it.source]}):"
            yield from (f"  {line}" for line in _statements(it))
        else:
            kind = "AWS managed" if arn.startswith(AWS_MANAGED) else "exists already"
            words = MANAGED_IN_WORDS.get(arn, "whatever that policy allows")
            yield f"- {visible(arn.removeprefix(AWS_MANAGED))} ({kind}): {words}"
    for name in sorted(it.role.inline_policies):
        yield f"- the inline policy {visible(name)} (exists already): whatever it allows"
    known = it.role.attachments <= {*MANAGED_IN_WORDS, it.policy.arn}
    if it.source != "file" and known and not it.role.inline_policies:
        yield "- nothing in these lets Genesys Cloud change a bot"
    if it.role.permissions_boundary is None:
        yield "- no permissions boundary"
    else:
        yield f"- never more than its permissions boundary {visible(it.role.permissions_boundary)}"
    yield ""
    yield "HOW TO TAKE IT AWAY"
    yield f"- {removal}"
    yield ""
    yield "WHAT COMES NEXT"
    yield (
        "- give the role's ARN to the administrator of Genesys Cloud, who enters it in the "
        "Amazon Lex V2 integration"
    )


def _statements(it: Subject) -> Iterator[str]:
    for statement in docs.statements(it.policy.document):
        verb = "allows" if statement.get("Effect") == "Allow" else "denies"
        condition = statement.get("Condition")
        only_if = f", only if {visible(json.dumps(condition))}" if condition else ""
        yield f"  {verb} on {_named(statement, 'Resource')}{only_if}: {_named(statement, 'Action')}"


def _named(statement: dict[str, Any], key: str) -> str:
    if f"Not{key}" in statement:
        return f"everything but {_listed(statement[f'Not{key}'])}"
    return _listed(statement.get(key))


def _listed(values: Any) -> str:
    return ", ".join(visible(str(value)) for value in docs.as_list(values))


def _wrapped(paragraph: str) -> list[str]:
    indent = " " * (len(paragraph) - len(paragraph.lstrip()) + 2)
    lines = textwrap.wrap(
        paragraph,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]
