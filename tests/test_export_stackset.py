"""The stack set: its body is the template of one account, and it really makes roles in many."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cfnlint import api
from cfnlint.decode import cfn_yaml

import inside
from cfn import resolved
from hostile import ACCOUNT, BOT, HOSTILE, PLAIN, SETTINGS, any_settings, state
from program import ORG
from test_export_cloudformation import template, wanted
from wizard.aws.sandbox import simulated_account
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY
from wizard.errors import InvalidInput
from wizard.export import cloudformation, stackset
from wizard.export.stackset import Targets
from wizard.settings import ChosenBots, Settings

if TYPE_CHECKING:
    from aws_server import Server
    from program import Program

OU = ("ou-ab12-11111111",)
ONE, TWO = "111111111111", "222222222222"
SELF = Targets(accounts=(ONE, TWO), self_managed=True)


def read(settings: Settings, targets: Targets, notation: str) -> dict[str, Any]:
    text = stackset.as_text(state(settings, ACCOUNT), targets, notation)
    return json.loads(json.dumps(cfn_yaml.loads(text))) if notation == "yaml" else json.loads(text)


def properties(targets: Targets, settings: Settings = PLAIN) -> dict[str, Any]:
    return read(settings, targets, "json")["Resources"]["GenesysStackSet"]["Properties"]


@any_settings
@pytest.mark.parametrize("notation", ["yaml", "json"])
def test_the_body_is_the_template_of_one_account_to_the_letter(settings, notation):
    whole = state(settings, ACCOUNT)
    form = cloudformation.as_yaml if notation == "yaml" else cloudformation.as_json
    tree = read(settings, Targets(OU), notation)
    body = tree["Resources"]["GenesysStackSet"]["Properties"]["TemplateBody"]
    assert body == form(whole)
    inner = json.loads(json.dumps(cfn_yaml.loads(body)))
    assert resolved(inner) == wanted(settings)
    assert tree["Parameters"] == inner["Parameters"] == template(settings)["Parameters"]


@any_settings
@pytest.mark.parametrize("notation", ["yaml", "json"])
def test_cfn_lint_has_nothing_to_report(settings, notation):
    for targets in (Targets(OU), Targets(OU, (ONE,)), Targets(OU, auto_deploy=True), SELF):
        assert api.lint(stackset.as_text(state(settings, ACCOUNT), targets, notation)) == []


def test_every_parameter_is_passed_through():
    passed = properties(Targets(OU))["Parameters"]
    assert {each["ParameterKey"] for each in passed} == set(template(PLAIN)["Parameters"])
    for each in passed:
        assert each["ParameterValue"] == {"Ref": each["ParameterKey"]}


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (
            Targets(OU),
            {
                "PermissionModel": "SERVICE_MANAGED",
                "AutoDeployment": {"Enabled": False},
                "CallAs": "SELF",
                "DeploymentTargets": {"OrganizationalUnitIds": list(OU)},
                "Regions": ["us-east-1"],
            },
        ),
        (
            Targets(OU, (ONE,), delegated_admin=True, region="eu-central-1"),
            {
                "PermissionModel": "SERVICE_MANAGED",
                "AutoDeployment": {"Enabled": False},
                "CallAs": "DELEGATED_ADMIN",
                "DeploymentTargets": {
                    "OrganizationalUnitIds": list(OU),
                    "Accounts": [ONE],
                    "AccountFilterType": "INTERSECTION",
                },
                "Regions": ["eu-central-1"],
            },
        ),
        (
            Targets(OU, auto_deploy=True),
            {
                "PermissionModel": "SERVICE_MANAGED",
                "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
                "CallAs": "SELF",
                "DeploymentTargets": {"OrganizationalUnitIds": list(OU)},
                "Regions": ["us-east-1"],
            },
        ),
        (
            SELF,
            {
                "PermissionModel": "SELF_MANAGED",
                "AutoDeployment": None,
                "CallAs": None,
                "DeploymentTargets": {"Accounts": [ONE, TWO]},
                "Regions": ["us-east-1"],
            },
        ),
    ],
    ids=["units", "narrowed", "automatic", "self-managed"],
)
def test_the_targets_are_those_that_were_named(targets, expected):
    found = properties(targets)
    (group,) = found["StackInstancesGroup"]
    assert {key: {**found, **group}.get(key) for key in expected} == expected
    assert (found["Capabilities"], found["ManagedExecution"]) == (
        ["CAPABILITY_NAMED_IAM"],
        {"Active": True},
    )


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({}, "--ou"),
        ({"accounts": (ONE,)}, "--ou"),
        ({"self_managed": True}, "--account"),
        ({"self_managed": True, "accounts": (ONE,), "units": OU}, "--ou and --self-managed"),
        ({"self_managed": True, "accounts": (ONE,), "auto_deploy": True}, "--auto-deploy"),
        ({"self_managed": True, "accounts": (ONE,), "delegated_admin": True}, "--delegated-admin"),
        ({"units": OU, "accounts": (ONE,), "auto_deploy": True}, "--account and --auto-deploy"),
    ],
)
def test_what_does_not_go_together_is_refused(targets, words):
    with pytest.raises(InvalidInput, match=words):
        Targets(**targets).check(PLAIN)


def test_moto_makes_the_role_in_two_accounts_and_verify_passes_in_both():
    # With a boundary: moto leaves a null in the list where a condition takes a tag out.
    body = properties(SELF, SETTINGS["bounded"])["TemplateBody"]
    with simulated_account():
        cloud = boto3.client("cloudformation", "us-east-1")
        cloud.create_stack_set(
            StackSetName="set", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        cloud.create_stack_instances(StackSetName="set", Accounts=[ONE, TWO], Regions=["us-east-1"])
        for account in (ONE, TWO):
            role = f"arn:aws:iam::{account}:role/Auditor"
            sts = boto3.client("sts", "us-east-1")
            login = sts.assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
            names = {
                "aws_access_key_id": login["AccessKeyId"],
                "aws_secret_access_key": login["SecretAccessKey"],
                "aws_session_token": login["SessionToken"],
            }
            iam = boto3.client("iam", **names)
            (policy,) = iam.list_policies(Scope="Local")["Policies"]
            for arn in (policy["Arn"], LEX_READ_ONLY, LEX_RUN_BOTS_ONLY):
                # moto leaves ManagedPolicyArns out of a role.
                iam.attach_role_policy(RoleName="GenesysCloudLexV2Role", PolicyArn=arn)
            ended = inside.run(
                *("verify", "--org-id", ORG, "--account-id", account, "--output", "json"),
                **{key.upper(): value for key, value in names.items()},
            )
            assert (ended.code, ended.json["status"]) == (0, "ok"), ended.out
            assert ended.json["role_arn"].split(":")[4] == account
            refused = inside.run(
                *("setup", "--non-interactive", "--org-id", ORG, "--role-description", "Mine"),
                **{key.upper(): value for key, value in names.items()},
            )
            assert refused.code == 3, refused.err
            assert "managed by CloudFormation stack StackSet" in refused.err


# The command


def export(*options: str) -> inside.Ended:
    return inside.run("export", "stackset", "--org-id", ORG, *options)


def test_the_hand_off_says_where_from_and_what_success_does_not_tell():
    ended = export("--ou", *OU, "--account", ONE, "--delegated-admin", "--output", "json")
    assert ended.code == 0, ended.err
    told = ended.json
    assert told["stack_set_name"] == "genesys-lex-1a2b3c4d-accounts"
    assert told["region"] == "us-east-1"
    assert told["role_arns"] == {ONE: f"arn:aws:iam::{ONE}:role/GenesysCloudLexV2Role"}
    assert shlex.split(told["deploy_command"])[:3] == ["aws", "cloudformation", "deploy"]
    for words in ("management account", "CREATE_COMPLETE", "exists already", "DELEGATED_ADMIN"):
        assert words in ended.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--ou"),
        (("--ou", "nonsense"), "organizational unit"),
        (("--ou", *OU, "--account", "1"), "12 digits"),
        (("--ou", *OU, "--template-url", "https://b.s3.amazonaws.com/x"), "cloudformation"),
        (
            ("--ou", *OU, "--least-privilege", "--bot", "A1B2C3D4E5", "--region", "us-east-1"),
            "--bot-tag",
        ),
    ],
)
def test_a_bad_combination_ends_in_2(options, words):
    ended = export(*options)
    assert ended.code == 2
    assert words in ended.err


def test_the_options_of_a_stack_set_belong_to_no_other_format():
    ended = inside.run("export", "terraform", "--org-id", ORG, "--ou", *OU)
    assert ended.code == 2
    assert "stackset" in ended.err


def test_hostile_values_and_bots_by_tag_are_exported():
    assert BOT
    for settings in (HOSTILE, SETTINGS["tagged-bots"]):
        assert properties(Targets(OU), settings)["TemplateBody"]
    assert isinstance(SETTINGS["chosen-bots"].policy, ChosenBots)


def test_the_loop_of_the_page_verifies_every_account(aws: Server, program: Program):
    page = (Path(__file__).parent.parent / "docs" / "many-accounts.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    (script,) = (block for block in blocks if "while" in block)
    (program.home / "accounts.txt").write_text(f"{ONE}\n{TWO}\n")
    sts = aws.client("sts")
    for account in (ONE, TWO):
        role = f"arn:aws:iam::{account}:role/Admin"
        keys = sts.assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        login = dict(zip(variables, (keys[name] for name in names), strict=True))
        assert program.setup("--account-id", account, **login).code == 0

    def loop() -> int:
        path = f"{program.path.parent}{os.pathsep}{os.environ['PATH']}"
        return program.shell(script, PATH=path, ORG_ID=ORG).code

    assert loop() == 0
    for account in (ONE, TWO):
        told = json.loads((program.home / f"verify-{account}.json").read_text())
        assert (told["status"], told["role_arn"].split(":")[4]) == ("ok", account)
    (program.home / "accounts.txt").write_text(f"{ONE}\n333333333333\n")
    assert loop() == 4  # no role there
