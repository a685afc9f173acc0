"""The desired state as files for the AWS console: two policy documents and what goes where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.export import exportable, filled, literally, summary, values
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.core.state import State


def as_files(state: State) -> dict[str, str]:
    """The text of each file by its name. Raises InvalidInput."""
    setup = exportable(state)
    facts = values(setup)
    facts |= {
        "summary": "\n".join(
            summary(state, "delete the role, then the policy, in the IAM console")
        ),
        "attachments": "\n".join(arn.rpartition("/")[2] for arn in setup.attachments),
        "policy_has_path": setup.policy.path != "/",
        "role_has_path": setup.role.path != "/",
        "policy_tags": _columns(setup.policy.tags),
        "role_tags": _columns(setup.role.tags),
    }
    return {
        "trust-policy.json": setup.role.trust_policy.text() + "\n",
        "lex-policy.json": setup.policy.document.text() + "\n",
        "README.md": filled("console.md", facts, literally),
    }


def as_json(state: State) -> str:
    """The same as one JSON object, file names to contents. Raises InvalidInput."""
    files = as_files(state)
    contents = {
        name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()
    }
    return json.dumps(contents, indent=2, ensure_ascii=False) + "\n"


def _columns(tags: Mapping[str, str]) -> str:
    width = max(map(len, tags))
    return "\n".join(visible(f"{key.ljust(width)}  {value}") for key, value in tags.items())
