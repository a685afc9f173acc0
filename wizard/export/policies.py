"""The desired state as files for the AWS console: two policy documents and what goes where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.export.subject import MADE_BY, exportable
from wizard.export.summary import summary
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wizard.core.state import State
    from wizard.export.subject import Subject

TRUST_POLICY = "trust-policy.json"
LEX_POLICY = "lex-policy.json"
README = "README.md"


def as_files(state: State) -> dict[str, str]:
    """The text of each file by its name. Raises InvalidInput."""
    it = exportable(state)
    return {
        TRUST_POLICY: it.role.trust_policy.text() + "\n",
        LEX_POLICY: it.policy.document.text() + "\n",
        README: "\n".join(_readme(state, it)) + "\n",
    }


def as_json(state: State) -> str:
    """The same as one JSON object, file names to contents. Raises InvalidInput."""
    files = as_files(state)
    contents = {
        name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()
    }
    return json.dumps(contents, indent=2, ensure_ascii=False) + "\n"


def _readme(state: State, it: Subject) -> Iterator[str]:
    yield "# An IAM role for Genesys Cloud and Amazon Lex V2, made in the AWS console"
    yield ""
    yield MADE_BY
    yield "In the parts 1 and 2, text that stands indented is to be entered as it stands."
    yield ""
    yield from _text(summary(state, "delete the role, then the policy, in the IAM console"))
    yield ""
    yield "## 1. The policy: IAM > Policies > Create policy"
    yield ""
    yield f"1. On the JSON tab, replace what is there with the content of `{LEX_POLICY}`."
    yield "   Choose Next. The console must report neither an error nor a security warning."
    yield "2. Policy name:"
    yield from _field([it.policy.name])
    yield "3. Description (it can't be changed later):"
    yield from _field(it.policy.description.splitlines() or ["(leave it empty)"])
    yield "4. Tags, as key and value:"
    yield from _field(_tags(it.policy.tags))
    yield "5. Choose Create policy."
    yield from _path("policy", it.policy.path)
    yield ""
    yield "## 2. The role: IAM > Roles > Create role"
    yield ""
    yield f"1. Choose Custom trust policy, and replace what is there with `{TRUST_POLICY}`."
    yield "   That does what the choices AWS account, Another AWS account and Require external"
    yield "   ID would do, with these values:"
    yield from _field([f"Account ID   {it.genesys_account_id}", f"External ID  {it.org_id}"])
    yield "2. Permissions policies, each to be found by its name and ticked:"
    yield from _field(arn.rpartition("/")[2] for arn in it.attachments)
    if it.role.permissions_boundary is not None:
        yield "3. Set permissions boundary > Use a permissions boundary, and choose the policy:"
        yield from _field([it.role.permissions_boundary])
    else:
        yield "3. Leave the permissions boundary as it is: none."
    yield "4. Role name:"
    yield from _field([it.role.name])
    yield "5. Description:"
    yield from _field(it.role.description.splitlines() or ["(leave it empty)"])
    yield "6. Tags, as key and value:"
    yield from _field(_tags(it.role.tags))
    yield "7. Choose Create role."
    yield from _path("role", it.role.path)
    yield ""
    yield "## 3. The hand-over"
    yield ""
    yield "Open the role, copy its ARN (not its name), and give it to the administrator of"
    yield "Genesys Cloud, who enters it in the Amazon Lex V2 integration."
    yield ""
    yield "`genesys-lex-wizard verify` says whether the role is what it should be."


def _field(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a code block inside a list; Markdown gives nothing in it a meaning."""
    yield ""
    yield from _text(lines, "       ")
    yield ""


def _text(lines: Iterable[str], indent: str = "    ") -> Iterator[str]:
    return (f"{indent}{visible(line)}".rstrip() for line in lines)


def _tags(tags: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, tags))
    return (f"{key.ljust(width)}  {value}" for key, value in tags.items())


def _path(what: str, path: str) -> Iterator[str]:
    if path == "/":
        return
    yield ""
    yield f"The console can't give a {what} a path, and this one is to have the path below."
    yield "Make it with the AWS CLI instead (`genesys-lex-wizard export cli`):"
    yield from _field([path])
