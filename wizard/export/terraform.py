"""The desired state as a Terraform file for the provider hashicorp/aws, 5 and 6."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.state import UNKNOWN_ACCOUNT
from wizard.errors import InvalidInput
from wizard.export.subject import AWS_MANAGED, MADE_BY, commented, exportable, mapped
from wizard.export.summary import summary
from wizard.validators import TAG_ACCOUNT_ID, TAG_ORG_ID, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.core.state import State
    from wizard.export.subject import Subject

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_BARE = {"for", "if", "true", "false", "null"}


@dataclass(frozen=True)
class Hcl:
    """HCL that stands as it is, among values that are to be written as HCL."""

    text: str


def as_hcl(state: State) -> str:
    """The file, formatted as `terraform fmt` does. Raises InvalidInput."""
    it = exportable(state)
    head = [
        MADE_BY,
        "",
        "With the defaults of its variables, this file:",
        "",
        *summary(state, "run: terraform destroy"),
    ]
    blocks = [_settings(it), *_variables(it), _documents(it), _policy(it), _role(it)]
    blocks += [_attachment(arn, it) for arn in it.attachments]
    blocks += _outputs()
    return "\n".join([commented(head), *blocks, commented(_imports(it))])


def _settings(it: Subject) -> str:
    provider = {"source": "hashicorp/aws", "version": ">= 5.0, < 7.0"}
    settings = _block(
        "terraform",
        _attributes({"required_version": ">= 1.2"}),
        _block("required_providers", _attributes({"aws": provider})),
    )
    return settings if it.account_id is None else f"{settings}\n{_block(_CALLER)}"


_CALLER = 'data "aws_caller_identity" "current"'


def _variables(it: Subject) -> list[str]:
    return [
        _variable(
            "genesys_org_id",
            "The ID of the Genesys Cloud organization, in lower case. "
            "Only this organization can use the role.",
            it.org_id,
            "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "It must be a UUID in lower case, such as 1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809.",
        ),
        _variable(
            "genesys_account_id",
            "The AWS account of Genesys Cloud. Whoever owns this account can use the role: "
            "leave it as it is unless Genesys says otherwise.",
            it.genesys_account_id,
            "^[0-9]{12}$",
            "It must be 12 digits.",
        ),
        _variable(
            "role_name",
            "The name of the IAM role.",
            it.role.name,
            "^[A-Za-z0-9_+=,.@-]{1,64}$",
            "It must be 1 to 64 of A-Z a-z 0-9 + = , . @ _ - and nothing else.",
        ),
        _variable(
            "policy_name",
            "The name of the customer managed policy.",
            it.policy.name,
            "^[A-Za-z0-9_+=,.@-]{1,128}$",
            "It must be 1 to 128 of A-Z a-z 0-9 + = , . @ _ - and nothing else.",
        ),
        _variable(
            "permissions_boundary_arn",
            "The ARN of a policy that bounds what the role may do; may be null.",
            it.role.permissions_boundary,
            "^arn:aws:iam::(aws|[0-9]{12}):policy/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,128}$",
            "It must be null or the ARN of a managed policy.",
            nullable=True,
        ),
    ]


def _variable(
    name: str,
    description: str,
    default: str | None,
    pattern: str,
    error: str,
    *,
    nullable: bool = False,
) -> str:
    value = f"var.{name}"
    condition = f"can(regex({_string(pattern)}, {value}))"
    if nullable:
        condition = f"{value} == null || {condition}"
    return _block(
        f'variable "{name}"',
        _attributes({"description": description, "type": Hcl("string"), "default": default}),
        _block("validation", _attributes({"condition": Hcl(condition), "error_message": error})),
    )


def _documents(it: Subject) -> str:
    trust_policy = mapped(it.role.trust_policy.tree, lambda text: _trusted(text, it))
    documents = {"trust_policy": trust_policy, "lex_policy": it.policy.document.tree}
    return _block("locals", *(_attributes({name: tree}) for name, tree in documents.items()))


def _policy(it: Subject) -> str:
    return _block(
        'resource "aws_iam_policy" "genesys"',
        _attributes(
            {
                "name": Hcl("var.policy_name"),
                "path": it.policy.path,
                **({"description": it.policy.description} if it.policy.description else {}),
                "policy": Hcl("jsonencode(local.lex_policy)"),
            },
        ),
        _attributes({"tags": _tags(it.policy.tags)}),
    )


def _role(it: Subject) -> str:
    parts = [
        _attributes(
            {
                "name": Hcl("var.role_name"),
                "path": it.role.path,
                **({"description": it.role.description} if it.role.description else {}),
                "assume_role_policy": Hcl("jsonencode(local.trust_policy)"),
                "permissions_boundary": Hcl("var.permissions_boundary_arn"),
            },
        ),
        _attributes({"tags": _tags(it.role.tags)}),
    ]
    if it.account_id is not None:
        precondition = {
            "condition": Hcl(f'data.aws_caller_identity.current.account_id == "{it.account_id}"'),
            "error_message": f"This file was made for the AWS account {it.account_id}.",
        }
        parts.append(_block("lifecycle", _block("precondition", _attributes(precondition))))
    return _block('resource "aws_iam_role" "genesys"', *parts)


def _attachment(arn: str, it: Subject) -> str:
    return _block(
        f'resource "aws_iam_role_policy_attachment" "{_label(arn, it)}"',
        _attributes(
            {
                "role": Hcl("aws_iam_role.genesys.name"),
                "policy_arn": Hcl("aws_iam_policy.genesys.arn") if arn == it.policy.arn else arn,
            }
        ),
    )


def _outputs() -> list[str]:
    return [
        _block(
            'output "role_arn"',
            _attributes(
                {
                    "description": "Give this ARN to the administrator of Genesys Cloud.",
                    "value": Hcl("aws_iam_role.genesys.arn"),
                }
            ),
        ),
        _block(
            'output "external_id"',
            _attributes(
                {
                    "description": "The Genesys Cloud organization ID that the role asks for.",
                    "value": Hcl("var.genesys_org_id"),
                }
            ),
        ),
    ]


def _imports(it: Subject) -> list[str]:
    """How Terraform takes over what exists already."""
    resources = {
        "aws_iam_role.genesys": it.role.name,
        "aws_iam_policy.genesys": it.policy.arn,
        **{
            f"aws_iam_role_policy_attachment.{_label(arn, it)}": f"{it.role.name}/{arn}"
            for arn in it.attachments
        },
    }
    commands = [shlex.join(["terraform", "import", *pair]) for pair in resources.items()]
    which = (
        f" ({UNKNOWN_ACCOUNT} is the number of your AWS account)" if it.account_id is None else ""
    )
    return [
        f"If the role exists already, let Terraform take it over before the first apply{which}:",
        "",
        *commands,
    ]


def _label(arn: str, it: Subject) -> str:
    """`AmazonLexReadOnly` as Terraform names things: `amazon_lex_read_only`."""
    if arn == it.policy.arn:
        return "genesys"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", arn.removeprefix(AWS_MANAGED)).lower()
    return re.sub(r"[^a-z0-9_]+", "_", words)


def _trusted(text: str, it: Subject) -> str | Hcl:
    if text == f"arn:aws:iam::{it.genesys_account_id}:root":
        return Hcl('"arn:aws:iam::${var.genesys_account_id}:root"')
    return Hcl("var.genesys_org_id") if text == it.org_id else text


def _tags(tags: Any) -> dict[str, str | Hcl]:
    variables = {TAG_ORG_ID: "genesys_org_id", TAG_ACCOUNT_ID: "genesys_account_id"}
    return {
        key: Hcl(f"var.{variables[key]}") if key in variables else value
        for key, value in tags.items()
    }


# ── HCL as `terraform fmt` writes it ─────────────────────────────────────────────────────


def _block(header: str, *parts: str) -> str:
    """A block whose parts are set apart by blank lines."""
    if not parts:
        return f"{header} {{}}\n"
    body = "\n".join(parts)
    return f"{header} {{\n{_indented(body)}}}\n"


def _attributes(values: dict[str, Any]) -> str:
    """Attributes, the equals signs aligned in each run of those that take one line."""
    pairs = [(_key(key), _value(value)) for key, value in values.items()]
    lines: list[str] = []
    run: list[tuple[str, str]] = []
    for key, text in pairs:
        if "\n" not in text:
            run.append((key, text))
            continue
        lines += [*_aligned(run), f"{key} = {text}"]
        run = []
    return "\n".join([*lines, *_aligned(run)]) + "\n"


def _aligned(run: Iterable[tuple[str, str]]) -> list[str]:
    run = list(run)
    width = max((len(key) for key, _ in run), default=0)
    return [f"{key.ljust(width)} = {text}" for key, text in run]


def _value(value: Any) -> str:
    match value:
        case Hcl(text):
            return text
        case {} if not value:
            return "{}"
        case dict():
            return f"{{\n{_indented(_attributes(value))}}}"
        case []:
            return "[]"
        case list():
            items = "".join(f"{_value(item)},\n" for item in value)
            return f"[\n{_indented(items)}]"
        case str():
            return _string(value)
        case _:
            return json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) and key not in _NOT_BARE else _string(key)


def _string(text: str) -> str:
    """A quoted string that means exactly this text: neither `${` nor `%{` has an effect."""
    if unicodedata.normalize("NFC", text) != text:
        raise InvalidInput(
            f"Terraform would change {shown(text)}: it rewrites all text in Unicode's form NFC.",
            "Write the letter as one character, or use another export.",
            code="terraform-not-nfc",
        )
    quoted = "".join(_escaped(character) for character in text)
    return '"' + quoted.replace("${", "$${").replace("%{", "%%{") + '"'


def _escaped(character: str) -> str:
    match character:
        case '"' | "\\":
            return "\\" + character
        case "\n":
            return "\\n"
        case "\r":
            return "\\r"
        case "\t":
            return "\\t"
        case _ if character.isprintable():
            return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
