"""Plays the life of a role in a simulated AWS account: `make tour`. Nothing real is touched."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

from wizard.aws.sandbox import simulated_account
from wizard.cli.program import run
from wizard.settings import DEFAULT_ROLE_NAME
from wizard.validators import GENESYS_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
SETUP = f"setup --non-interactive --org-id {ORG}"
VERIFY = f"verify --org-id {ORG}"


def break_the_trust_policy() -> None:
    """Take the external ID out of the trust policy, as somebody in a hurry may do."""
    import boto3

    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{GENESYS_ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    boto3.client("iam").update_assume_role_policy(
        RoleName=DEFAULT_ROLE_NAME,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


# What is said before each step, the command line (or what somebody else does), the exit code.
STEPS: tuple[tuple[str, str | Callable[[], None], int], ...] = (
    ("Preview the plan. Nothing is changed.", f"{SETUP} --dry-run", 0),
    ("Apply it. Standard output is the role's ARN.", SETUP, 0),
    ("Check the role and the bots.", VERIFY, 0),
    ("Somebody removes the external ID from the trust policy.", break_the_trust_policy, 0),
    ("A nightly check finds it and ends with exit code 4.", VERIFY, 4),
    ("Setup repairs exactly that.", SETUP, 0),
    ("The check passes again.", VERIFY, 0),
    (
        "Your security team prefers CloudFormation? The same role as a template.",
        f"export cloudformation --org-id {ORG} --account-id 123456789012",
        0,
    ),
    ("Delete what setup created.", "remove --yes", 0),
    ("Nothing is left.", VERIFY, 4),
)


def main() -> int:
    """Play every step; 1 if one did not end as it should."""
    with simulated_account():
        for number, (sentence, step, expected) in enumerate(STEPS, 1):
            print(f"\n# {number}. {sentence}", flush=True)
            if not isinstance(step, str):
                step()
                continue
            print(f"$ genesys-lex-wizard {step}", flush=True)
            code = run(shlex.split(step))
            if code != expected:
                print(f"exit code {code} instead of {expected}", file=sys.stderr)
                return 1
    print("\nThis was a simulation: no AWS account was read or changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
