"""The desired state as text for review: what all formats share."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from wizard import validators
from wizard.core import documents as docs
from wizard.core import state as s
from wizard.errors import InvalidInput
from wizard.validators import GENESYS_ACCOUNT, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wizard.core.state import Policy, Role, State

AWS_MANAGED = "arn:aws:iam::aws:policy/"
WIDTH = 88
MANAGED_IN_WORDS = {
    s.LEX_READ_ONLY: "read every Lex bot in the account",
    s.LEX_RUN_BOTS_ONLY: "hold conversations with every Lex bot in the account",
}
SOURCE_IN_WORDS = {
    "template": "a reconstruction of the policy on Genesys's page \"Configure IAM role with "
    'permissions for the Amazon Lex V2 app"; compare it with that page, and use --policy-file '
    "if it differs",
    "file": "the policy document from the specified file",
    "least-privilege": "only the selected bots",
}


@dataclass(frozen=True)
class Model:
    """What every format writes: one role, and the one customer managed policy made for it.

    `account_id` is None if it is not known. `source` is where the policy document comes from:
    `template`, `file` or `least-privilege`. `attachments` are the ARNs of the attached policies,
    the customer managed one last.
    """

    role: Role
    policy: Policy
    org_id: str
    genesys_account_id: str
    account_id: str | None
    source: str
    attachments: list[str]


def model(state: State) -> Model:
    """The model of a desired state, whatever else the role already has attached."""
    role = state.role
    if role is None:
        raise ValueError("a setup without a role")
    tags = s.in_our_spelling(role.tags)
    sha256 = tags[validators.TAG_POLICY_SHA]
    policy = max(
        state.policies.values(),
        key=lambda policy: (policy.document.sha256 == sha256, s.is_ours(policy.tags)),
    )
    return Model(
        role,
        policy,
        org_id=tags[validators.TAG_ORG_ID],
        genesys_account_id=tags[validators.TAG_ACCOUNT_ID],
        account_id=None if role.account_id == s.UNKNOWN_ACCOUNT else role.account_id,
        source=tags[validators.TAG_POLICY_SOURCE],
        attachments=sorted(role.attachments, key=lambda arn: (arn == policy.arn, arn)),
    )


def exportable(state: State) -> Model:
    """The model of a state that is to become a file.

    Raises InvalidInput when the policy document names the account and no account was given: the
    document's checksum, a tag of the role, could not be known.
    """
    setup = model(state)
    if setup.account_id is None and s.UNKNOWN_ACCOUNT in setup.policy.document.text():
        raise InvalidInput(
            (
                "Missing required option: --account-id. The policy contains bot ARNs, which "
                "include the AWS account ID."
            ),
            "Set --account-id to the 12-digit AWS account ID.",
            code="account-id-missing",
        )
    return setup


def values(setup: Model, **references: Any) -> dict[str, Any]:
    """What stands for the `<placeholders>` that several formats share.

    In the trust policy and the tags, `references` take the place of the values that can be
    changed afterwards: `org_id`, `genesys_account_id` and `genesys_root`, the account's ARN.
    """
    role, policy = setup.role, setup.policy
    root = f"arn:aws:iam::{setup.genesys_account_id}:root"
    trusted = {setup.org_id: references.get("org_id"), root: references.get("genesys_root")}
    keys = {validators.TAG_ORG_ID: "org_id", validators.TAG_ACCOUNT_ID: "genesys_account_id"}

    def tags(thing: Role | Policy) -> dict[str, Any]:
        return {key: references.get(keys.get(key, ""), value) for key, value in thing.tags.items()}

    return {
        "account_id": setup.account_id,
        "genesys_account_id": setup.genesys_account_id,
        "lex_policy": policy.document.tree,
        "org_id": setup.org_id,
        "permissions_boundary": role.permissions_boundary,
        "policy_description": policy.description,
        "policy_name": policy.name,
        "policy_path": policy.path,
        "policy_tags": tags(policy),
        "role_description": role.description,
        "role_name": role.name,
        "role_path": role.path,
        "role_tags": tags(role),
        "trust_policy": mapped(role.trust_policy.tree, lambda text: trusted.get(text) or text),
    }


def filled(name: str, values: Mapping[str, Any], write: Callable[[Any], str] = str) -> str:
    """The text of `templates/NAME` with values, as `write` writes them, for `<placeholders>`.

    A line that begins with `<name?>` stands only where that value is not empty, one that begins
    with `<!name?>` only where it is. The further lines of a value are indented or commented as
    its first one is. A value is never searched for placeholders.
    """
    text = resources.files("wizard.templates").joinpath(name).read_text("utf-8")
    lines = []
    for line in text.split("\n"):
        option = re.match(r"<(!?)(\w+)\?>", line)
        if option and bool(option[1]) == bool(values[option[2]]):
            continue
        template = line[option.end() :] if option else line
        margin = template[: len(template) - len(template.lstrip("# "))]
        written = docs.PLACEHOLDER.sub(lambda match: write(values[match[1]]), template)
        lines += written.replace("\n", f"\n{margin}").split("\n")
    return "\n".join(line.rstrip(" ") for line in lines)


def mapped(tree: Any, leaf: Callable[[str], Any]) -> Any:
    """The same JSON tree with every string value replaced by what `leaf` makes of it."""
    match tree:
        case dict():
            return {key: mapped(value, leaf) for key, value in tree.items()}
        case list():
            return [mapped(item, leaf) for item in tree]
        case str():
            return leaf(tree)
        case _:
            return tree


def summary(state: State, removal: str) -> list[str]:
    """What a setup grants, to whom, and how to remove it: lines of at most 88 columns.

    `removal` says in one sentence how. Only a single long word makes a line longer. Text of the
    user's is shown with every control character escaped, so that no line can leave a comment.
    """
    setup = model(state)
    role, policy = setup.role, setup.policy
    known = role.attachments <= {*MANAGED_IN_WORDS, policy.arn} and not role.inline_policies
    production = setup.genesys_account_id == GENESYS_ACCOUNT
    facts = {
        **values(setup),
        "genesys_account": "Genesys Cloud, production"
        if production
        else "named by the user as Genesys Cloud's FedRAMP account",
        "attached": "\n".join(_attached(setup)),
        "bots_unchanged": known and setup.source != "file",
        "removal": removal,
    }
    paragraphs = filled("summary.txt", facts, literally).rstrip("\n").split("\n")
    return [line for paragraph in paragraphs for line in _wrapped(paragraph)]


def literally(text: Any) -> str:
    """The lines of a text with every control character in them escaped."""
    return "\n".join(visible(line) for line in str(text).splitlines())


def _attached(setup: Model) -> Iterator[str]:
    for arn in setup.attachments:
        if arn == setup.policy.arn:
            yield f"- {visible(setup.policy.name)} ({SOURCE_IN_WORDS[setup.source]}):"
            yield from map(_statement, docs.statements(setup.policy.document))
        else:
            kind = "AWS managed" if arn.startswith(AWS_MANAGED) else "exists already"
            words = MANAGED_IN_WORDS.get(arn, "whatever that policy allows")
            yield f"- {visible(arn.removeprefix(AWS_MANAGED))} ({kind}): {words}"
    for name in sorted(setup.role.inline_policies):
        yield f"- the inline policy {visible(name)} (exists already): whatever it allows"


def _statement(statement: dict[str, Any]) -> str:
    verb = "allows" if statement.get("Effect") == "Allow" else "denies"
    condition = statement.get("Condition")
    only_if = f", only if {visible(json.dumps(condition))}" if condition else ""
    return f"    {verb} on {_named(statement, 'Resource')}{only_if}: {_named(statement, 'Action')}"


def _named(statement: dict[str, Any], key: str) -> str:
    but = f"Not{key}" in statement
    values = docs.as_list(statement.get(f"Not{key}" if but else key))
    return ("everything but " if but else "") + ", ".join(visible(str(value)) for value in values)


def _wrapped(paragraph: str) -> list[str]:
    indent = " " * (len(paragraph) - len(paragraph.lstrip()) + 2)
    wrapper = textwrap.TextWrapper(
        WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(paragraph) or [""]
