"""Two runs at the same role at the same time: never half of each, nothing of the other's undone."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from aws_server import ACCOUNT, Fault, Server
from program import ORG, OTHER_ORG, POLICY, ROLE, Ended, Program

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
MANAGED = {
    "arn:aws:iam::aws:policy/AmazonLexReadOnly",
    "arn:aws:iam::aws:policy/AmazonLexRunBotsOnly",
}


def account(aws: Server) -> dict[str, Any] | None:
    """Whom the role serves by its tag and by its trust policy, and what is attached; or None."""
    client = aws.client()
    try:
        role = client.get_role(RoleName=ROLE)["Role"]
    except client.exceptions.NoSuchEntityException:
        return None
    listed = client.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return {
        "tag": {each["Key"]: each["Value"] for each in role["Tags"]}["GenesysOrgId"],
        "trust": condition["StringEquals"]["sts:ExternalId"],
        "attached": {each["PolicyArn"] for each in listed},
    }


@pytest.mark.parametrize("latency", [0.02, 0.1])
def test_two_organizations_at_once_end_in_one_of_them_or_in_none(
    aws: Server, program: Program, latency: float
) -> None:
    aws.latency = latency

    def run(org_id: str) -> Ended:
        line = ("setup", "--non-interactive", "--org-id", org_id, "--output", "json")
        return program(*line, GENESYS_LEX_RETRY_SECONDS="3")

    with ThreadPoolExecutor(2) as pool:
        ended = dict(zip((ORG, OTHER_ORG), pool.map(run, (ORG, OTHER_ORG)), strict=True))
    assert {each.code for each in ended.values()} <= {0, 1, 3}
    there = account(aws)
    winners = [org_id for org_id, each in ended.items() if each.code == 0]
    assert len(winners) <= 1
    if there is not None:
        assert there["tag"] == there["trust"]
    if winners:
        assert there is not None
        assert there["tag"] == winners[0]
        assert there["attached"] == MANAGED | {POLICY_ARN}


def meanwhile(aws: Server, operation: str, act: Callable[[], None]) -> None:
    """Do something while the first call of this operation is under way; that call is denied."""
    once = threading.Lock()

    def on_call(name: str, _number: int) -> None:
        if name == operation and once.acquire(blocking=False):
            act()

    aws.on_call = on_call
    aws.fault = lambda name, number: (
        Fault("AccessDenied", 403) if (name, number) == (operation, 1) else None
    )


def test_a_failed_run_takes_nothing_from_an_identical_one_that_went_through(
    aws: Server, program: Program
) -> None:
    others: list[Ended] = []
    meanwhile(aws, "AttachRolePolicy", lambda: others.append(program.setup("--output", "json")))
    failed = program.setup("--output", "json")
    assert failed.code in {0, 1}
    assert [each.code for each in others] == [0]
    there = account(aws)
    assert there is not None
    assert there["attached"] == MANAGED | {POLICY_ARN}
    assert there["trust"] == ORG


def test_what_somebody_else_changed_meanwhile_is_not_reverted(
    aws: Server, program: Program
) -> None:
    program.setup()
    client = aws.client()
    theirs = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "lex:ListBots", "Resource": "*"}],
    }
    client.update_role(RoleName=ROLE, Description="before")

    def act() -> None:
        client.create_policy_version(
            PolicyArn=POLICY_ARN, PolicyDocument=json.dumps(theirs), SetAsDefault=True
        )
        client.tag_role(RoleName=ROLE, Tags=[{"Key": "theirs", "Value": "yes"}])

    aws.forget()
    meanwhile(aws, "UpdateRole", act)
    failed = program.setup("--role-description", "after", "--tag", "mine=yes", "--output", "json")
    assert (failed.code, failed.json["status"]) == (1, "rolled-back")
    tags = {each["Key"] for each in client.list_role_tags(RoleName=ROLE)["Tags"]}
    assert "theirs" in tags
    assert "mine" not in tags
    version = client.get_policy(PolicyArn=POLICY_ARN)["Policy"]["DefaultVersionId"]
    assert version == "v2"
