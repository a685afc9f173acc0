"""The desired state as a Terraform file for the provider hashicorp/aws, 5 and 6."""

from __future__ import annotations

import itertools
import json
import re
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.shell import command
from wizard.errors import InvalidInput
from wizard.export import AWS_MANAGED, exportable, filled, summary, values
from wizard.validators import shown

if TYPE_CHECKING:
    from wizard.core.state import State

_ATTRIBUTE = re.compile(r'( *)("(?:[^"\\]|\\.)*"|\w+) += (.*[^\[{])')
_BARE_KEY = re.compile(r"(?!(for|if|true|false|null)$)[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Hcl:
    """HCL that stands as it is, among values that are to be written as HCL."""

    text: str


def as_hcl(state: State) -> str:
    """The file, formatted as `terraform fmt` does. Raises InvalidInput."""
    setup = exportable(state)
    role, policy, account_id = setup.role, setup.policy, setup.account_id
    attachments, imports = [], []
    for arn in setup.attachments:
        label = "genesys" if arn == policy.arn else _label(arn)
        policy_arn = "aws_iam_policy.genesys.arn" if arn == policy.arn else _hcl(arn)
        attachments.append(
            f'resource "aws_iam_role_policy_attachment" "{label}" {{\n'
            f"  role = aws_iam_role.genesys.name\n  policy_arn = {policy_arn}\n}}"
        )
        words = [f"aws_iam_role_policy_attachment.{label}", f"{role.name}/{arn}"]
        imports.append(command("terraform", "import", *words))
    facts = values(
        setup,
        org_id=Hcl("var.genesys_org_id"),
        genesys_account_id=Hcl("var.genesys_account_id"),
        genesys_root=Hcl('"arn:aws:iam::${var.genesys_account_id}:root"'),
    )
    texts = {
        "account_id": account_id or "",
        "attachments": "\n\n".join(attachments),
        "import_attachments": "\n".join(imports),
        "import_policy": command(policy.arn),
        "import_role": command(role.name),
        "summary": "\n".join(summary(state, "delete this file and run: terraform apply")),
    }
    facts |= {name: text and Hcl(text) for name, text in texts.items()}
    return _aligned(filled("main.tf", facts, _hcl))


def _label(arn: str) -> str:
    """`AmazonLexReadOnly` as Terraform names things: `amazon_lex_read_only`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", arn.removeprefix(AWS_MANAGED)).lower()
    return re.sub(r"[^a-z0-9_]+", "_", words)


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
            f"Terraform would change {shown(text)}: it normalizes all text to Unicode NFC.",
            "Use a single composed (NFC) character, or use another export format.",
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
