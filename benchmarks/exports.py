"""How long an export takes, as a whole process, beside `aws --version`; prints ratios."""

from __future__ import annotations

import tempfile
from pathlib import Path

from setup import ACCOUNT, BIN, ORG, Program, compare, line

from wizard.core.documents import template

FORMATS = ("cloudformation", "terraform", "cli", "policies")


def main() -> None:
    """Measure and print."""
    home = Path(tempfile.mkdtemp())
    program = Program(BIN / "genesys-lex-wizard", home)
    own = home / "policy.json"
    own.write_text(template("lex-policy").text(), encoding="utf-8")
    commands = {each: [str(program.path), "export", each, "--org-id", ORG] for each in FORMATS}
    limited = ("--least-privilege", "--bot", "A1B2C3D4E5", "--region", "us-east-1")
    results = compare(
        {
            **{f"export {name}": command for name, command in commands.items()},
            "export cli, one bot": [*commands["cli"], *limited, "--account-id", ACCOUNT],
            "export cli, own policy": [*commands["cli"], "--policy-file", str(own)],
            "permissions": [str(program.path), "permissions", "--account-id", ACCOUNT],
            "aws": [str(BIN / "aws"), "--version"],
        },
        program.environment(),
    )
    aws, _ = results.pop("aws")
    print(f"Exports, whole processes; `aws --version` takes {aws:.2f} s:")
    for name, (seconds, _) in results.items():
        line(f"{name} / aws --version", seconds / aws, 0.5)


if __name__ == "__main__":
    main()
