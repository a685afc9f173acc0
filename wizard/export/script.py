"""The desired state as a POSIX shell script of AWS CLI commands."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from wizard.core.documents import MANAGED_POLICY_LIMIT
from wizard.core.state import UNKNOWN_ACCOUNT
from wizard.errors import InvalidInput
from wizard.export.subject import MADE_BY, commented, exportable
from wizard.export.summary import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.core.state import State
    from wizard.export.subject import Subject

# In a JSON string these may be written as escapes, and then mean nothing to a shell.
_INERT = str.maketrans({"'": "\\u0027", "$": "\\u0024", "`": "\\u0060"})

_BEGIN = """\
set -eu

# Ask nothing, page nothing.
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off

fail() {
  printf '%s\\n' "$1" >&2
  exit 1
}

# The JSON object $1 with one more key, $2, whose value is the text $3.
with() {
  text=$(printf '%s\\n' "$3" | sed 's/[\\\\"]/\\\\&/g' | tr -d '\\n')
  printf '%s, "%s": "%s"}' "${1%?}" "$2" "$text"
}
"""

_CALLER = """\
# Whose account is this? The answer is like arn:aws:iam::123456789012:user/somebody.
caller=$(aws sts get-caller-identity --query Arn --output text)
case $caller in
  arn:aws:*) ;;
  *) fail "Genesys Cloud lives in the partition aws and can't use a role of another: $caller" ;;
esac
"""

_CHECK_ACCOUNT = """\
case $caller in
  arn:aws:iam::{account_id}:* | arn:aws:sts::{account_id}:*) ;;
  *) fail "This script is for the AWS account {account_id}, not for that of $caller" ;;
esac
"""

_CREATE = """\
# The role, with nothing attached to it yet.
trust_policy={trust_policy}
role={role}
role_arn=$(aws iam create-role --query Role.Arn --output text \\
  --cli-input-json "$(with "$role" AssumeRolePolicyDocument "$trust_policy")")

# The customer managed policy.
lex_policy={lex_policy}
policy={policy}
policy_arn=$(aws iam create-policy --query Policy.Arn --output text \\
  --cli-input-json "$(with "$policy" PolicyDocument "$lex_policy")")

# IAM takes a moment to show what was just made.
aws iam wait role-exists --cli-input-json {named}
aws iam wait policy-exists --cli-input-json "{{\\"PolicyArn\\": \\"$policy_arn\\"}}"
"""

_END = """\
printf '%s\\n' "$role_arn"
"""


def as_shell(state: State) -> str:
    """The script. Values go in by `--cli-input-json`: elsewhere the AWS CLI reads `file://`.

    It is ASCII but for its comments, so that no locale changes a value. Raises InvalidInput.
    """
    it = exportable(state)
    _refuse_too_long(it)
    head = [
        MADE_BY,
        "Needs the AWS CLI and credentials that may create roles and policies. Stops at the",
        "first failure; prints the ARN of the role.",
        "",
        *summary(state, "run the commands at the end of this file"),
    ]
    parts = [
        "#!/bin/sh\n" + commented(head),
        _BEGIN,
        _CALLER if it.account_id is None else _CALLER + _CHECK_ACCOUNT.format_map(vars(it.role)),
        _create(it),
        _attach(it),
        _END,
        commented(_removal(it)),
    ]
    return "\n".join(parts)


def _create(it: Subject) -> str:
    role: dict[str, Any] = {
        "RoleName": it.role.name,
        "Path": it.role.path,
        "Description": it.role.description,
        "Tags": _tags(it.role.tags),
    }
    if it.role.permissions_boundary is not None:
        role["PermissionsBoundary"] = it.role.permissions_boundary
    policy = {
        "PolicyName": it.policy.name,
        "Path": it.policy.path,
        "Description": it.policy.description,
        "Tags": _tags(it.policy.tags),
    }
    return _CREATE.format(
        trust_policy=_quoted(it.role.trust_policy.tree),
        role=_quoted(role),
        lex_policy=_quoted(it.policy.document.tree),
        policy=_quoted(policy),
        named=_quoted({"RoleName": it.role.name}),
    )


def _attach(it: Subject) -> str:
    lines = ["# Rights come last: until here the role may do nothing."]
    for arn in it.attachments:
        request = {"RoleName": it.role.name}
        if arn == it.policy.arn:
            text = f'"$(with {_quoted(request)} PolicyArn "$policy_arn")"'
        else:
            text = _quoted({**request, "PolicyArn": arn})
        lines.append(f"aws iam attach-role-policy --cli-input-json {text}")
    return "\n".join(lines) + "\n"


def _removal(it: Subject) -> list[str]:
    role, policy = f"--role-name={it.role.name}", f"--policy-arn={it.policy.arn}"
    commands = [
        ["detach-role-policy", role, f"--policy-arn={arn}"] for arn in reversed(it.attachments)
    ]
    commands += [["delete-role", role], ["delete-policy", policy]]
    which = "" if it.account_id else f" ({UNKNOWN_ACCOUNT} is the number of the account, 12 digits)"
    return [
        f"How to take it away{which}:",
        "",
        *(shlex.join(["aws", "iam", *words]) for words in commands),
    ]


def _refuse_too_long(it: Subject) -> None:
    """What stands in the script as an escape reaches IAM as one, and counts as its length."""
    compact = json.dumps(it.policy.document.tree, separators=(",", ":")).translate(_INERT)
    size = sum(not character.isspace() for character in compact)
    if size > MANAGED_POLICY_LIMIT:
        raise InvalidInput(
            f"Written in ASCII, as a script must, the policy document has {size} characters; "
            f"IAM takes at most {MANAGED_POLICY_LIMIT}.",
            "Shorten the document, or use another export.",
            code="policy-too-long",
        )


def _quoted(tree: Any) -> str:
    """JSON, in ASCII, between single quotes; nothing in it means anything to a shell."""
    return f"'{json.dumps(tree, indent=2).translate(_INERT)}'"


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
