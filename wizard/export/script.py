"""The desired state as a POSIX shell script of AWS CLI commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wizard.core.documents import MANAGED_POLICY_LIMIT
from wizard.core.shell import command
from wizard.errors import InvalidInput
from wizard.export import exportable, filled, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.state import Policy, Role, State
    from wizard.export import Model

# In a JSON string these may be written as escapes, and then mean nothing to a shell.
_INERT = str.maketrans({"'": "\\u0027", "$": "\\u0024", "`": "\\u0060"})


def as_shell(state: State) -> str:
    """The script. Values go in by `--cli-input-json`: elsewhere the AWS CLI reads `file://`.

    It is ASCII but for its comments, so that no locale changes a value. Raises InvalidInput.
    """
    setup = exportable(state)
    role, policy = setup.role, setup.policy
    _refuse_too_long(policy)
    boundary = role.permissions_boundary
    bounded = {} if boundary is None else {"PermissionsBoundary": boundary}
    values = {
        "summary": "\n".join(summary(state, "run the commands at the end of this file")),
        "account_id": setup.account_id,
        "trust_policy": _quoted(role.trust_policy.tree),
        "role": _quoted({"RoleName": role.name, **_described(role), **bounded}),
        "lex_policy": _quoted(policy.document.tree),
        "policy": _quoted({"PolicyName": policy.name, **_described(policy)}),
        "role_name": _quoted({"RoleName": role.name}),
        "attach": "\n".join(_attach(setup)),
        "removal": "\n".join(_removal(setup)),
    }
    return filled("setup.sh", values)


def _described(thing: Role | Policy) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in thing.tags.items()]
    return {"Path": thing.path, "Description": thing.description, "Tags": tags}


def _attach(setup: Model) -> Iterator[str]:
    role = {"RoleName": setup.role.name}
    for arn in setup.attachments:
        request = _quoted({**role, "PolicyArn": arn})
        if arn == setup.policy.arn:
            request = f'"$(with {_quoted(role)} PolicyArn "$policy_arn")"'
        yield f"aws iam attach-role-policy --cli-input-json {request}"


def _removal(setup: Model) -> Iterator[str]:
    role, policy = f"--role-name={setup.role.name}", f"--policy-arn={setup.policy.arn}"
    for arn in reversed(setup.attachments):
        yield command("aws", "iam", "detach-role-policy", role, f"--policy-arn={arn}")
    yield command("aws", "iam", "delete-role", role)
    yield command("aws", "iam", "delete-policy", policy)


def _refuse_too_long(policy: Policy) -> None:
    """What stands in the script as an escape reaches IAM as one, and counts as its length."""
    compact = json.dumps(policy.document.tree, separators=(",", ":")).translate(_INERT)
    size = sum(not character.isspace() for character in compact)
    if size > MANAGED_POLICY_LIMIT:
        raise InvalidInput(
            (
                f"Escaped to ASCII for the script, the policy document has {size} characters, "
                f"but IAM allows at most {MANAGED_POLICY_LIMIT}."
            ),
            "Shorten the document, or use another export.",
            code="policy-too-long",
        )


def _quoted(tree: Any) -> str:
    """JSON, in ASCII, between single quotes; nothing in it means anything to a shell."""
    return f"'{json.dumps(tree, indent=2).translate(_INERT)}'"
