"""The main job, as a user starts it: the console script against a simulated AWS."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from aws_server import ACCOUNT, Fault, Server, policy, trust
from program import ORG, OTHER_ORG, POLICY, ROLE, Program

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonLexReadOnly"
RUN_BOTS = "arn:aws:iam::aws:policy/AmazonLexRunBotsOnly"
SETUP_KEYS = {
    "command",
    "status",
    "sandbox",
    "account_id",
    "role_name",
    "role_arn",
    "policy_name",
    "policy_arn",
    "external_id",
    "genesys_account_id",
    "changes",
    "warnings",
}


def attached(aws: Server, role: str = ROLE) -> set[str]:
    answer = aws.client().list_attached_role_policies(RoleName=role)
    return {each["PolicyArn"] for each in answer["AttachedPolicies"]}


def tags(aws: Server, role: str = ROLE) -> dict[str, str]:
    listed = aws.client().list_role_tags(RoleName=role)["Tags"]
    return {each["Key"]: each["Value"] for each in listed}


def document(aws: Server, arn: str = POLICY_ARN) -> Any:
    client = aws.client()
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def test_a_fresh_account_gets_the_role_and_standard_output_is_its_arn(
    aws: Server, program: Program
) -> None:
    ended = program.setup()
    assert (ended.code, ended.out) == (0, f"{ROLE_ARN}\n")
    role = aws.client().get_role(RoleName=ROLE)["Role"]
    statement = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::765628985471:root"}
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": ORG}}
    assert attached(aws) == {READ_ONLY, RUN_BOTS, POLICY_ARN}
    assert tags(aws)["GenesysOrgId"] == ORG


def test_the_object_for_scripts_has_every_key_of_the_contract(program: Program) -> None:
    ended = program.setup("--output", "json", "-q")
    assert set(ended.json) == SETUP_KEYS
    assert ended.json["status"] == "created"
    assert {c["change"] for c in ended.json["changes"]} == {
        "create-role",
        "create-policy",
        "attach-policy",
    }
    assert ended.err == ""


def test_a_second_run_has_nothing_to_do_and_writes_nothing(aws: Server, program: Program) -> None:
    program.setup()
    aws.forget()
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["status"], ended.json["changes"]) == (0, "unchanged", [])
    assert ended.json["role_arn"] == ROLE_ARN
    assert aws.writes() == []


def test_a_fresh_set_up_takes_five_round_trips_and_nothing_to_do_takes_three(
    aws: Server, program: Program
) -> None:
    aws.latency = 0.15
    program.setup()
    assert aws.round_trips() <= 5
    aws.forget()
    program.setup()
    assert aws.round_trips() <= 3


def test_a_dry_run_shows_the_plan_and_writes_nothing(aws: Server, program: Program) -> None:
    ended = program.setup("--dry-run")
    assert ended.code == 0
    assert "create role" in ended.out
    assert "765628985471" in ended.out
    assert aws.writes() == []
    planned = program.setup("--dry-run", "--output", "json").json
    assert (planned["status"], len(planned["changes"])) == ("planned", 5)


def test_a_dry_run_without_credentials_is_an_offline_preview(tmp_path: Any) -> None:
    import sys
    from pathlib import Path

    program = Program(Path(sys.executable).parent / "genesys-lex-wizard", tmp_path)
    ended = program.setup("--dry-run", "--output", "json")
    assert ended.code == 0
    assert ended.json["account_id"] is None
    assert ended.json["role_arn"] == f"arn:aws:iam::<account-id>:role/{ROLE}"
    assert any("Offline preview" in each for each in ended.json["warnings"])


def test_the_permissions_boundary_goes_into_create_role_itself(
    aws: Server, program: Program
) -> None:
    boundary = aws.client().create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))[
        "Policy"
    ]["Arn"]
    ended = program.setup("--permissions-boundary", boundary)
    assert ended.code == 0
    assert "PutRolePermissionsBoundary" not in aws.operations()
    role = aws.client().get_role(RoleName=ROLE)["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_a_boundary_of_another_account_is_refused(aws: Server, program: Program) -> None:
    ended = program.setup("--permissions-boundary", "arn:aws:iam::999999999999:policy/B")
    assert ended.code == 3
    assert aws.writes() == []


def test_what_was_not_spoken_of_is_kept(aws: Server, program: Program) -> None:
    client = aws.client()
    boundary = client.create_policy(PolicyName="B", PolicyDocument=policy("lex:*"))["Policy"]["Arn"]
    extra = client.create_policy(PolicyName="X", PolicyDocument=policy("s3:Get*"))["Policy"]["Arn"]
    program.setup("--permissions-boundary", boundary, "--role-description", "Mine", "--tag", "a=b")
    client.tag_role(RoleName=ROLE, Tags=[{"Key": "foreign", "Value": "tag"}])
    client.attach_role_policy(RoleName=ROLE, PolicyArn=extra)
    aws.forget()
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["status"]) == (0, "unchanged")
    assert aws.writes() == []
    assert "detach-role-policy" in program.setup("--dry-run").out


def test_a_policy_that_only_looks_different_is_left_alone(aws: Server, program: Program) -> None:
    program.setup()
    client = aws.client()
    statement = {
        "Sid": "Renamed",
        "Condition": {"StringEquals": {"STS:externalid": [ORG]}},
        "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": ["765628985471"]},
        "Effect": "Allow",
    }
    same = json.dumps({"Statement": statement, "Version": "2012-10-17"}, indent=5)
    client.update_assume_role_policy(RoleName=ROLE, PolicyDocument=same)
    aws.forget()
    assert program.setup("--output", "json").json["status"] == "unchanged"
    assert aws.writes() == []


def test_drift_is_mended_in_the_fewest_writes(aws: Server, program: Program) -> None:
    program.setup()
    client = aws.client()
    client.detach_role_policy(RoleName=ROLE, PolicyArn=READ_ONLY)
    client.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("765628985471"))
    aws.forget()
    ended = program.setup("--output", "json")
    assert ended.json["status"] == "updated"
    assert aws.writes() == ["AttachRolePolicy", "UpdateAssumeRolePolicy"]
    assert attached(aws) == {READ_ONLY, RUN_BOTS, POLICY_ARN}


def test_at_five_versions_the_oldest_goes_and_the_plan_says_so(
    aws: Server, program: Program
) -> None:
    program.setup()
    client = aws.client()
    for number in range(4):
        client.create_policy_version(
            PolicyArn=POLICY_ARN, PolicyDocument=policy(f"lex:V{number}"), SetAsDefault=True
        )
    shown = program.setup("--dry-run").out
    assert "v1 of GenesysCloudLexV2Policy" in shown
    assert "IAM keeps up to five" in shown
    assert program.setup().code == 0
    versions = client.list_policy_versions(PolicyArn=POLICY_ARN)["Versions"]
    assert {each["VersionId"] for each in versions} == {"v2", "v3", "v4", "v5", "v6"}


def test_a_foreign_role_is_refused_with_other_names_first(aws: Server, program: Program) -> None:
    aws.client().create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["status"]) == (3, "refused")
    assert ended.json["error"]["code"] == "role-not-ours"
    hint = ended.json["error"]["hint"]
    assert hint.index(f"--role-name {ROLE}-1a2b3c4d") < hint.index("--adopt")
    assert "update-trust-policy" in hint
    assert aws.writes() == []
    assert program.setup("--dry-run").code == 3


def test_a_role_made_by_hand_for_genesys_is_adopted(aws: Server, program: Program) -> None:
    client = aws.client()
    by_hand = trust("765628985471", StringEquals={"sts:ExternalId": ORG})
    client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=by_hand)
    for arn in (READ_ONLY, RUN_BOTS):
        client.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    ended = program.setup("--adopt", "--output", "json")
    assert (ended.code, ended.json["status"]) == (0, "updated")
    assert tags(aws)["ManagedBy"] == "genesys-lex-wizard"
    assert attached(aws) == {READ_ONLY, RUN_BOTS, POLICY_ARN}


@pytest.mark.parametrize("inline", [True, False])
def test_a_role_with_rights_is_never_adopted(
    aws: Server, program: Program, *, inline: bool
) -> None:
    client = aws.client()
    client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    if inline:
        client.put_role_policy(RoleName=ROLE, PolicyName="I", PolicyDocument=policy("s3:*"))
    else:
        admin = "arn:aws:iam::aws:policy/AdministratorAccess"
        client.attach_role_policy(RoleName=ROLE, PolicyArn=admin)
    ended = program.setup("--adopt", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "adopt-existing-rights")
    assert aws.writes() == []


def test_a_foreign_policy_attached_elsewhere_is_never_adopted(
    aws: Server, program: Program
) -> None:
    client = aws.client()
    client.create_policy(PolicyName=POLICY, PolicyDocument=policy("s3:*"))
    client.create_role(RoleName="Another", AssumeRolePolicyDocument=trust())
    client.attach_role_policy(RoleName="Another", PolicyArn=POLICY_ARN)
    assert program.setup("--output", "json").json["error"]["code"] == "policy-not-ours"
    ended = program.setup("--adopt", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "adopt-attached-policy")
    assert aws.writes() == []


def test_another_organization_is_replaced_only_on_demand(aws: Server, program: Program) -> None:
    program.setup()
    aws.forget()
    other = ("setup", "--non-interactive", "--org-id", OTHER_ORG, "--output", "json")
    refused = program(*other)
    assert (refused.code, refused.json["error"]["code"]) == (3, "another-organization")
    assert ORG in refused.json["error"]["message"]
    assert program(*other, "--replace-org", "00000000-0000-0000-0000-000000000001").code == 3
    assert aws.writes() == []
    replaced = program(*other, "--replace-org", ORG)
    assert (replaced.code, replaced.json["status"]) == (0, "updated")
    assert tags(aws)["GenesysOrgId"] == OTHER_ORG


def test_a_role_that_cloudformation_says_is_a_stacks_is_refused(
    aws: Server, program: Program
) -> None:
    program.setup()
    aws.stacks[ROLE] = "lex"
    for command in (("setup", "--non-interactive", "--org-id", ORG), ("remove", "--yes")):
        ended = program(*command, "--output", "json")
        assert (ended.code, ended.json["error"]["code"]) == (3, "managed-by-stack")
        assert "CloudFormation stack lex" in ended.json["error"]["message"]


def test_a_role_of_a_stack_is_refused(aws: Server, program: Program) -> None:
    program.setup()
    tag = {"Key": "aws:cloudformation:stack-name", "Value": "lex"}
    aws.client().tag_role(RoleName=ROLE, Tags=[tag])
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "managed-by-stack")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--role-path", "/x/"), "immutable-role-path"),
        (("--policy-path", "/x/"), "immutable-policy-path"),
        (("--policy-description", "another"), "immutable-policy-description"),
    ],
)
def test_what_can_not_be_changed_is_refused(
    aws: Server, program: Program, arguments: tuple[str, ...], code: str
) -> None:
    program.setup()
    aws.forget()
    ended = program.setup(*arguments, "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, code)
    assert aws.writes() == []


def test_paths_and_a_chosen_policy_name_need_not_be_repeated(aws: Server, program: Program) -> None:
    first = program.setup(
        "--role-path", "/a/b/", "--policy-path", "/c/", "--policy-name", "Mine", "--output", "json"
    )
    assert first.json["role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/a/b/{ROLE}"
    assert first.json["policy_arn"] == f"arn:aws:iam::{ACCOUNT}:policy/c/Mine"
    aws.forget()
    again = program.setup("--output", "json")
    assert (again.json["status"], again.json["policy_arn"]) == (
        "unchanged",
        first.json["policy_arn"],
    )
    assert aws.writes() == []


def test_a_users_own_policy_is_remembered_and_can_be_left_again(
    aws: Server, program: Program, tmp_path: Any
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(policy("lex:ListBots", "LEX:recognizetext"))
    assert program.setup("--policy-file", str(file)).code == 0
    assert tags(aws)["PolicySource"] == "file"
    aws.forget()
    assert program.setup("--output", "json").json["status"] == "unchanged"
    assert aws.writes() == []
    assert program.setup("--default-policy").code == 0
    assert tags(aws)["PolicySource"] == "template"
    assert "lex:DescribeSlotType" in document(aws)["Statement"][0]["Action"]


def test_a_changed_policy_of_the_users_own_is_not_swapped_for_the_template(
    aws: Server, program: Program, tmp_path: Any
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(policy("lex:ListBots"))
    program.setup("--policy-file", str(file))
    aws.client().create_policy_version(
        PolicyArn=POLICY_ARN, PolicyDocument=policy("s3:*"), SetAsDefault=True
    )
    aws.forget()
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "policy-document-unknown")
    assert aws.writes() == []
    assert program.setup("--policy-file", str(file)).code == 0
    assert document(aws)["Statement"][0]["Action"] == ["lex:ListBots"]


def test_another_account_is_refused(aws: Server, program: Program) -> None:
    ended = program.setup("--account-id", "999999999999", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "another-account")
    assert aws.writes() == []
    assert program.setup("--account-id", ACCOUNT).code == 0


def test_another_partition_is_refused_with_the_reason(aws: Server, program: Program) -> None:
    ended = program.setup("--region", "cn-north-1", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "another-partition")
    assert "partition" in ended.err
    assert aws.writes() == []


def test_four_runs_at_once_all_end_well_with_one_role(aws: Server, program: Program) -> None:
    aws.latency = 0.1
    with ThreadPoolExecutor(4) as pool:
        line = ("setup", "--non-interactive", "--org-id", ORG, "--output", "json")
        runs = list(pool.map(lambda _: program.process(*line), range(4)))
    assert [run.code for run in runs] == [0, 0, 0, 0]
    assert {run.json["role_arn"] for run in runs} == {ROLE_ARN}
    assert sum(run.json["status"] == "created" for run in runs) == 1
    assert attached(aws) == {READ_ONLY, RUN_BOTS, POLICY_ARN}


@pytest.mark.parametrize(
    ("code", "message", "expected", "words"),
    [
        ("ExpiredToken", "The security token is expired", "expired-token", "aws sso login"),
        ("InvalidClientTokenId", "invalid", "invalid-client-token-id", "get-caller-identity"),
        (
            "AccessDenied",
            (
                "User: x is not authorized to perform: sts:GetCallerIdentity with an explicit deny "
                "in a service control policy"
            ),
            "access-denied",
            "service control policy",
        ),
    ],
)
def test_credentials_that_fail_are_one_error_and_one_hint(
    aws: Server, program: Program, code: str, message: str, expected: str, words: str
) -> None:
    aws.fault = lambda operation, _: (
        Fault(code, 403, message) if operation == "GetCallerIdentity" else None
    )
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (1, expected)
    assert words in ended.err
    assert ended.json["status"] == "rolled-back"
    assert "Traceback" not in ended.err
    assert ended.err.count("error:") == ended.err.count("hint:") == 1


def test_no_credentials_an_unknown_profile_and_a_dead_endpoint_fail_kindly(
    tmp_path: Any, program: Program
) -> None:
    bare = Program(program.path, tmp_path)
    none = bare.setup("--output", "json")
    assert (none.code, none.json["error"]["code"]) == (1, "no-credentials")
    assert "aws sso login" in none.err
    unknown = bare.setup("--profile", "nobody", "--output", "json")
    assert (unknown.code, unknown.json["error"]["code"]) == (1, "profile-not-found")
    assert "aws configure list-profiles" in unknown.err
    dead = program.setup(
        "--output", "json", AWS_ENDPOINT_URL="http://127.0.0.1:9", GENESYS_LEX_RETRY_SECONDS="0"
    )
    assert (dead.code, dead.json["error"]["code"]) == (1, "unreachable")
    proxy = program.setup(
        "--output",
        "json",
        AWS_ENDPOINT_URL="http://example.invalid",
        HTTP_PROXY="http://user:hidden@127.0.0.1:9",
        GENESYS_LEX_RETRY_SECONDS="0",
    )
    assert (proxy.code, proxy.json["error"]["code"]) == (1, "proxy")
    assert "hidden" not in proxy.err + proxy.out


def test_a_denied_create_role_names_the_action_and_suggests_a_boundary(
    aws: Server, program: Program
) -> None:
    message = (
        "User: arn:aws:iam::1:user/u is not authorized to perform: iam:CreateRole on resource: r "
        "because no identity-based policy allows the iam:CreateRole action"
    )
    aws.fault = lambda operation, _: (
        Fault("AccessDenied", 403, message) if operation == "CreateRole" else None
    )
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["status"]) == (1, "rolled-back")
    error = ended.json["error"]
    assert error["code"] == "access-denied"
    assert "iam:CreateRole" in error["message"]
    assert "--permissions-boundary" in error["hint"]
    undone = [change["change"] for change in ended.json["undone"]]
    assert undone == ["create-policy"]


def test_a_name_that_clashes_by_case_is_found_and_refused(aws: Server, program: Program) -> None:
    aws.client().create_role(RoleName=ROLE.upper(), AssumeRolePolicyDocument=trust())
    aws.fault = lambda operation, _: (
        Fault("EntityAlreadyExists", 409) if operation == "CreateRole" else None
    )
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["status"]) == (3, "refused")
    assert ROLE.upper() in ended.json["error"]["message"]
    assert [e["PolicyName"] for e in aws.client().list_policies(Scope="Local")["Policies"]] == []


def test_debug_shows_the_calls_and_no_secret(program: Program) -> None:
    ended = program.setup("--debug", AWS_SESSION_TOKEN="token-that-must-not-show")
    assert "CreateRole" in ended.err
    for secret in ("must-not-show", "Authorization", "AWS4-HMAC", "Signature"):
        assert secret not in ended.err + ended.out


def test_debug_shows_where_an_error_came_from_and_not_what_a_foreign_one_says(
    program: Program,
) -> None:
    ended = program.setup(
        "--debug",
        AWS_ENDPOINT_URL="http://example.invalid",
        HTTP_PROXY="http://user:hidden@127.0.0.1:9",
        GENESYS_LEX_RETRY_SECONDS="0",
    )
    assert ended.code == 1
    assert "ProxyConnectionError raised at:" in ended.err
    assert "aws/errors.py" in ended.err
    assert "hidden" not in ended.err


def test_text_from_outside_has_no_effect_on_the_terminal(aws: Server, program: Program) -> None:
    stack = "[bold]x[/bold]"
    program.setup()
    aws.client().tag_role(
        RoleName=ROLE, Tags=[{"Key": "aws:cloudformation:stack-name", "Value": stack}]
    )
    ended = program.setup()
    assert stack in ended.err
    assert "\x1b" not in ended.err


def test_the_fedramp_account_is_given_in_every_run(aws: Server, program: Program) -> None:
    account = ("--genesys-account-id", "210987654321", "--fedramp")
    assert program.setup(*account).code == 0
    aws.forget()
    again = program.setup(*account, "--output", "json")
    assert (again.json["status"], again.json["genesys_account_id"]) == ("unchanged", account[1])
    without = program.setup("--output", "json")
    assert (without.code, without.json["error"]["code"]) == (3, "genesys-account-not-confirmed")
    text = json.dumps(aws.client().get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"])
    assert account[1] in text
    assert quote("765628985471") not in text
