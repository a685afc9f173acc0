"""`remove`, as a user starts it: everything of ours goes, nothing of anybody else's."""

from __future__ import annotations

import pytest

from aws_server import ACCOUNT, Fault, Server, policy, trust
from program import ORG, OTHER_ORG, POLICY, ROLE, Program
from terminal import CTRL_C, ENTER, start

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
KEYS = {"command", "status", "changes", "kept"}


def names(aws: Server) -> tuple[set[str], set[str]]:
    """The names of the roles and customer managed policies of the account."""
    client = aws.client()
    roles = {each["RoleName"] for each in client.list_roles()["Roles"]}
    policies = client.list_policies(Scope="Local")["Policies"]
    return roles, {each["PolicyName"] for each in policies}


def test_everything_goes_and_a_second_run_finds_nothing(aws: Server, program: Program) -> None:
    program.setup()
    removed = program("remove", "--yes", "--output", "json")
    assert (removed.code, removed.json["status"]) == (0, "removed")
    assert set(removed.json) == KEYS
    kinds = [change["change"] for change in removed.json["changes"]]
    assert sorted(kinds) == ["delete-policy", "delete-role", *["detach-policy"] * 3]
    assert names(aws) == (set(), set())
    aws.forget()
    again = program("remove", "--yes", "--output", "json")
    assert (again.code, again.json["status"], again.json["changes"]) == (0, "absent", [])
    assert aws.writes() == []


def test_all_that_hangs_on_the_role_goes_with_it(aws: Server, program: Program) -> None:
    program.setup()
    client = aws.client()
    extra = client.create_policy(PolicyName="Extra", PolicyDocument=policy("s3:*"))["Policy"]["Arn"]
    client.attach_role_policy(RoleName=ROLE, PolicyArn=extra)
    client.put_role_policy(RoleName=ROLE, PolicyName="Inline", PolicyDocument=policy("s3:*"))
    client.create_instance_profile(InstanceProfileName="Profile")
    client.add_role_to_instance_profile(InstanceProfileName="Profile", RoleName=ROLE)
    client.create_policy_version(
        PolicyArn=POLICY_ARN, PolicyDocument=policy("lex:ListBots"), SetAsDefault=True
    )
    shown = program("remove", "--dry-run").out
    for words in (
        "Inline",
        "Profile",
        "Extra stays",
        "v1 of",
        "AWS has no record of this role being used",
    ):
        assert words in shown
    removed = program("remove", "--yes", "--output", "json")
    assert removed.code == 0
    assert [each["target"] for each in removed.json["kept"]] == [extra]
    assert names(aws) == (set(), {"Extra"})


def test_a_policy_of_ours_under_another_name_goes_too_and_one_attached_elsewhere_stays(
    aws: Server, program: Program
) -> None:
    program.setup("--policy-name", "Mine")
    client = aws.client()
    client.create_role(RoleName="Another", AssumeRolePolicyDocument=trust())
    program.setup("--role-name", "Second", "--policy-name", "Shared")
    shared = f"arn:aws:iam::{ACCOUNT}:policy/Shared"
    client.attach_role_policy(RoleName="Another", PolicyArn=shared)
    assert program("remove", "--yes").code == 0
    assert names(aws) == ({"Another", "Second"}, {"Shared"})
    kept = program("remove", "--yes", "--role-name", "Second", "--output", "json").json["kept"]
    assert [each["target"] for each in kept] == [shared]
    assert "role/Another" in kept[0]["reason"]
    assert names(aws) == ({"Another"}, {"Shared"})


def test_what_is_not_ours_or_another_organizations_is_refused(
    aws: Server, program: Program
) -> None:
    aws.client().create_role(RoleName="Foreign", AssumeRolePolicyDocument=trust())
    program.setup()
    aws.forget()
    for arguments, code in (
        (("--role-name", "Foreign"), "role-not-ours"),
        (("--org-id", OTHER_ORG), "another-organization"),
        (("--account-id", "999999999999"), "another-account"),
    ):
        refused = program("remove", "--yes", *arguments, "--output", "json")
        assert (refused.code, refused.json["status"]) == (3, "refused")
        assert refused.json["error"]["code"] == code
        assert program("remove", "--dry-run", *arguments).code == 3
    assert aws.writes() == []


def test_the_roles_name_must_be_typed(aws: Server, program: Program) -> None:
    program.setup()
    wrong = start(program, "remove")
    wrong.see("type the role name")
    wrong.type("yes", ENTER)
    assert wrong.end() == 130
    stopped = start(program, "remove")
    stopped.see("type the role name")
    stopped.type(CTRL_C)
    assert stopped.end() == 130
    assert names(aws) == ({ROLE}, {POLICY})
    right = start(program, "remove", "--org-id", ORG)
    right.see("type the role name")
    right.type(ROLE, ENTER)
    assert right.end() == 0
    assert names(aws) == (set(), set())


def test_a_role_that_was_made_anew_while_the_question_stood_is_left_alone(
    aws: Server, program: Program
) -> None:
    program.setup()
    asked = start(program, "remove")
    asked.see("type the role name")
    program("remove", "--yes")
    program.setup()
    asked.type(ROLE, ENTER)
    assert asked.end() == 3
    assert names(aws) == ({ROLE}, {POLICY})


@pytest.mark.parametrize("flag", ["--non-interactive", "--quiet"])
def test_without_a_terminal_yes_is_needed(aws: Server, program: Program, flag: str) -> None:
    ended = program("remove", flag, "--output", "json")
    assert (ended.code, ended.json["status"]) == (2, "invalid")
    assert "--yes" in ended.err
    assert aws.calls == []


def test_a_delete_conflict_is_retried(aws: Server, program: Program) -> None:
    program.setup()
    aws.fault = lambda operation, number: (
        Fault("DeleteConflict", 409) if operation == "DeleteRole" and number <= 2 else None
    )
    assert program("remove", "--yes", GENESYS_LEX_RETRY_SECONDS="5").code == 0
    assert names(aws) == (set(), set())


def test_verify_of_a_healthy_role_takes_four_round_trips_and_tells_a_missing_one(
    aws: Server, program: Program
) -> None:
    program.setup()
    aws.forget()
    aws.latency = 0.15
    healthy = program("verify", "--org-id", ORG, "--output", "json", AWS_DEFAULT_REGION="")
    assert (healthy.code, healthy.json["status"]) == (0, "ok")
    assert aws.round_trips() <= 4
    aws.latency = 0.0
    program("remove", "--yes")
    missing = program("verify", "--org-id", ORG, "--output", "json")
    assert (missing.code, missing.json["status"]) == (4, "problems")
    failing = [each["id"] for each in missing.json["checks"] if each["status"] == "fail"]
    assert failing == ["role.exists"]
    assert f"genesys-lex-wizard setup --org-id {ORG}" in missing.out
