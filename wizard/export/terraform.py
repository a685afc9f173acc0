"""The desired state as a Terraform file for the provider hashicorp/aws, 5 and 6."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.state import TAG_ACCOUNT_ID, TAG_ORG_ID, UNKNOWN_ACCOUNT
from wizard.errors import InvalidInput
from wizard.export import AWS_MANAGED, exportable, filled, mapped, summary
from wizard.validators import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.core.state import State
    from wizard.export import Model

_ATTRIBUTE = re.compile(r'( *)("(?:[^"\\]|\\.)*"|\w+) += (.*[^\[{])')
_BARE_KEY = re.compile(r"(?!(for|if|true|false|null)$)[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Hcl:
    """HCL that stands as it is, among values that are to be written as HCL."""

    text: str


def as_hcl(state: State) -> str:
    """The file, formatted as `terraform fmt` does. Raises InvalidInput."""
    setup = exportable(state)
    role, policy = setup.role, setup.policy
    variables = {
        f"arn:aws:iam::{setup.genesys_account_id}:root": Hcl(
            '"arn:aws:iam::${var.genesys_account_id}:root"'
        ),
        setup.org_id: Hcl("var.genesys_org_id"),
    }
    labels = {arn: _label(arn, setup) for arn in setup.attachments}
    values = {
        "org_id": setup.org_id,
        "genesys_account_id": setup.genesys_account_id,
        "role_name": role.name,
        "role_path": role.path,
        "role_tags": _tags(role.tags),
        "permissions_boundary": role.permissions_boundary,
        "trust_policy": mapped(role.trust_policy.tree, lambda text: variables.get(text, text)),
        "policy_name": policy.name,
        "policy_path": policy.path,
        "policy_tags": _tags(policy.tags),
        "lex_policy": policy.document.tree,
    }
    texts = {
        **{name: _hcl(value) for name, value in values.items()},
        "role_description": role.description and _hcl(role.description),
        "policy_description": policy.description and _hcl(policy.description),
        "account_id": setup.account_id,
        "attachments": "\n\n".join(
            _attachment(label, _hcl(arn) if arn != policy.arn else "aws_iam_policy.genesys.arn")
            for arn, label in labels.items()
        ),
        "imports": "\n".join(_imports(setup, labels)),
        "summary": "\n".join(summary(state, "run: terraform destroy")),
        "which_account": ""
        if setup.account_id
        else f" ({UNKNOWN_ACCOUNT} is the number of your AWS account)",
    }
    return _aligned(filled("main.tf", texts))


def _attachment(label: str, policy_arn: str) -> str:
    return (
        f'resource "aws_iam_role_policy_attachment" "{label}" {{\n'
        "  role = aws_iam_role.genesys.name\n"
        f"  policy_arn = {policy_arn}\n"
        "}"
    )


def _imports(setup: Model, labels: Mapping[str, str]) -> list[str]:
    """How Terraform takes over what exists already."""
    resources = {
        "aws_iam_role.genesys": setup.role.name,
        "aws_iam_policy.genesys": setup.policy.arn,
        **{
            f"aws_iam_role_policy_attachment.{label}": f"{setup.role.name}/{arn}"
            for arn, label in labels.items()
        },
    }
    return [shlex.join(["terraform", "import", *pair]) for pair in resources.items()]


def _label(arn: str, setup: Model) -> str:
    """`AmazonLexReadOnly` as Terraform names things: `amazon_lex_read_only`."""
    if arn == setup.policy.arn:
        return "genesys"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", arn.removeprefix(AWS_MANAGED)).lower()
    return re.sub(r"[^a-z0-9_]+", "_", words)


def _tags(tags: Mapping[str, str]) -> dict[str, str | Hcl]:
    variables = {TAG_ORG_ID: "genesys_org_id", TAG_ACCOUNT_ID: "genesys_account_id"}
    return {
        key: Hcl(f"var.{variables[key]}") if key in variables else value
        for key, value in tags.items()
    }


def _aligned(text: str) -> str:
    """As `terraform fmt` does: the equals signs of neighbouring attributes in one column."""
    lines: list[str] = []
    rows = [(line, _ATTRIBUTE.fullmatch(line)) for line in text.split("\n")]
    for indent, run in itertools.groupby(rows, lambda row: row[1] and row[1][1]):
        pairs = [(match[2], match[3]) if match else ("", line) for line, match in run]
        width = max(len(key) for key, _ in pairs)
        lines += [
            line if indent is None else f"{indent}{key.ljust(width)} = {line}"
            for key, line in pairs
        ]
    return "\n".join(lines)


def _hcl(value: Any) -> str:
    match value:
        case Hcl(text):
            return text
        case dict() if value:
            lines = "".join(f"{_key(key)} = {_hcl(item)}\n" for key, item in value.items())
            return f"{{\n{textwrap.indent(lines, '  ')}}}"
        case list() if value:
            lines = "".join(f"{_hcl(item)},\n" for item in value)
            return f"[\n{textwrap.indent(lines, '  ')}]"
        case str():
            return _string(value)
        case _:
            return json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    """A quoted string that means exactly this text: neither `${` nor `%{` has an effect."""
    if unicodedata.normalize("NFC", text) != text:
        raise InvalidInput(
            f"Terraform would change {shown(text)}: it rewrites all text in Unicode's form NFC.",
            "Write the letter as one character, or use another export.",
            code="terraform-not-nfc",
        )
    quoted = "".join(map(_escaped, text))
    return '"' + quoted.replace("${", "$${").replace("%{", "%%{") + '"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode().replace("\\x", "\\u00")
