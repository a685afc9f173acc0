"""The desired state as files for the AWS console: two policy documents and what goes where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.export import exportable, filled, summary
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wizard.core.state import State


def as_files(state: State) -> dict[str, str]:
    """The text of each file by its name. Raises InvalidInput."""
    setup = exportable(state)
    role, policy = setup.role, setup.policy
    values = {
        "summary": summary(state, "delete the role, then the policy, in the IAM console"),
        "policy_name": [policy.name],
        "policy_path": [policy.path] if policy.path != "/" else [],
        "policy_description": policy.description.splitlines() or ["(leave it empty)"],
        "policy_tags": _tags(policy.tags),
        "genesys_account_id": [setup.genesys_account_id],
        "org_id": [setup.org_id],
        "attachments": [arn.rpartition("/")[2] for arn in setup.attachments],
        "boundary": [role.permissions_boundary] if role.permissions_boundary else [],
        "role_name": [role.name],
        "role_path": [role.path] if role.path != "/" else [],
        "role_description": role.description.splitlines() or ["(leave it empty)"],
        "role_tags": _tags(role.tags),
    }
    return {
        "trust-policy.json": role.trust_policy.text() + "\n",
        "lex-policy.json": policy.document.text() + "\n",
        "README.md": filled("console.md", {name: _text(lines) for name, lines in values.items()}),
    }


def as_json(state: State) -> str:
    """The same as one JSON object, file names to contents. Raises InvalidInput."""
    files = as_files(state)
    contents = {
        name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()
    }
    return json.dumps(contents, indent=2, ensure_ascii=False) + "\n"


def _text(lines: Iterable[str]) -> str:
    return "\n".join(visible(line) for line in lines)


def _tags(tags: Mapping[str, str]) -> list[str]:
    width = max(map(len, tags))
    return [f"{key.ljust(width)}  {value}" for key, value in tags.items()]
