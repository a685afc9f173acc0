"""The desired state as a CloudFormation template, and the ways to deploy it."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wizard.errors import InvalidInput
from wizard.export import yaml
from wizard.export.subject import AWS_MANAGED, MADE_BY, commented, exportable, mapped, subject
from wizard.export.summary import summary
from wizard.validators import TAG_ACCOUNT_ID, TAG_ORG_ID, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.state import State
    from wizard.export.subject import Subject

NO_TAGS = "CloudFormation can't put tags on a managed policy; the role carries them all."
ONE_ACCOUNT = "The tag PolicySha256 was computed for the account that this template was made for."
DYNAMIC_REFERENCE = re.compile(r"\{\{\s*resolve\s*:", re.IGNORECASE)
_NAME = "^[A-Za-z0-9_+=,.@-]+$"
_POLICY_ARN = "^(|arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,128})$"

Tree = dict[str, Any]


def as_yaml(state: State) -> str:
    """The template as YAML, under comments with the summary. Raises InvalidInput."""
    it = exportable(state)
    head = [
        MADE_BY,
        "",
        *_summary(state),
        "",
        "To deploy this file:",
        f"  {deploy_command(state, 'FILE')}",
    ]
    return commented(head) + "\n" + yaml.dump(_template(it))


def as_json(state: State) -> str:
    """The same template as JSON, with the summary in its metadata. Raises InvalidInput."""
    template = _template(exportable(state))
    template["Metadata"]["Summary"] = _summary(state)
    return yaml.printable(json.dumps(template, indent=2, ensure_ascii=False)) + "\n"


def stack_name(state: State) -> str:
    """A stack name of this organization's own, so that no other's stack is replaced."""
    return f"genesys-lex-{subject(state).org_id[:8]}"


def deploy_command(
    state: State, template_file: str, *, profile: str | None = None, region: str | None = None
) -> str:
    """The shell command that deploys the template from a file."""
    words = ["aws", "cloudformation", "deploy", "--template-file", template_file]
    words += ["--stack-name", stack_name(state), "--capabilities", "CAPABILITY_NAMED_IAM"]
    for option, value in (("--profile", profile), ("--region", region)):
        words += [option, value] if value else []
    return shlex.join(words)


def quick_create_link(state: State, template_url: str, *, region: str | None = None) -> str:
    """The address of the console's page that makes the stack, its parameters filled in."""
    defaults = {name: each["Default"] for name, each in _parameters(subject(state)).items()}
    values = {"templateURL": template_url, "stackName": stack_name(state)}
    values |= {f"param_{name}": value for name, value in defaults.items() if value}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in values.items())
    where = f"?region={quote(region, safe='')}" if region else ""
    return f"https://console.aws.amazon.com/cloudformation/home{where}#/stacks/quickcreate?{query}"


def _summary(state: State) -> list[str]:
    delete = shlex.join(["aws", "cloudformation", "delete-stack", "--stack-name"])
    lines = summary(state, f"delete the stack: {delete} {stack_name(state)}")
    return ["With the defaults of its parameters, this template:", "", *lines]


def _template(it: Subject) -> Tree:
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets one Genesys Cloud organization use this account's Amazon Lex V2 bots.",
        "Metadata": {"AWS::CloudFormation::Interface": _interface()},
        "Parameters": _parameters(it),
        "Conditions": {
            "HasPermissionsBoundary": {
                "Fn::Not": [{"Fn::Equals": [{"Ref": "PermissionsBoundaryArn"}, ""]}]
            }
        },
        "Resources": {"GenesysPolicy": _policy(it), "GenesysRole": _role(it)},
        "Outputs": {
            "RoleArn": {
                "Description": "Give this ARN to the administrator of Genesys Cloud.",
                "Value": {"Fn::GetAtt": ["GenesysRole", "Arn"]},
            },
            "ExternalId": {
                "Description": "The Genesys Cloud organization ID that the role asks for.",
                "Value": {"Ref": "GenesysOrgId"},
            },
        },
    }
    for text in _texts(template):
        if DYNAMIC_REFERENCE.search(text):
            raise InvalidInput(
                f"CloudFormation would put another value in the place of {shown(text)}.",
                "Take {{resolve: out of it, or use another export.",
                code="cloudformation-dynamic-reference",
            )
    return template


def _parameters(it: Subject) -> Tree:
    return {
        "GenesysOrgId": {
            "Type": "String",
            "Description": "The ID of the Genesys Cloud organization, in lower case. Only this "
            "organization can use the role.",
            "Default": it.org_id,
            "AllowedPattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "ConstraintDescription": "must be a UUID in lower case, such as "
            "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809.",
            "MaxLength": 36,
        },
        "GenesysAccountId": {
            "Type": "String",
            "Description": "The AWS account of Genesys Cloud. Whoever owns this account can use "
            "the role: leave it as it is unless Genesys says otherwise.",
            "Default": it.genesys_account_id,
            "AllowedPattern": "^[0-9]{12}$",
            "ConstraintDescription": "must be 12 digits.",
            "MaxLength": 12,
        },
        "RoleName": {
            "Type": "String",
            "Description": "The name of the IAM role.",
            "Default": it.role.name,
            "AllowedPattern": _NAME,
            "ConstraintDescription": "must be 1 to 64 of A-Z a-z 0-9 + = , . @ _ -",
            "MaxLength": 64,
        },
        "PolicyName": {
            "Type": "String",
            "Description": "The name of the customer managed policy.",
            "Default": it.policy.name,
            "AllowedPattern": _NAME,
            "ConstraintDescription": "must be 1 to 128 of A-Z a-z 0-9 + = , . @ _ -",
            "MaxLength": 128,
        },
        "PermissionsBoundaryArn": {
            "Type": "String",
            "Description": "The ARN of a policy that bounds what the role may do; may be empty.",
            "Default": it.role.permissions_boundary or "",
            "AllowedPattern": _POLICY_ARN,
            "ConstraintDescription": "must be empty or the ARN of a managed policy.",
            "MaxLength": 2048,
        },
    }


def _interface() -> Tree:
    groups = {
        "Genesys Cloud": {
            "GenesysOrgId": "Organization ID",
            "GenesysAccountId": "AWS account of Genesys Cloud",
        },
        "Names and bounds in this account": {
            "RoleName": "Role name",
            "PolicyName": "Policy name",
            "PermissionsBoundaryArn": "Permissions boundary",
        },
    }
    return {
        "ParameterGroups": [
            {"Label": {"default": label}, "Parameters": list(parameters)}
            for label, parameters in groups.items()
        ],
        "ParameterLabels": {
            name: {"default": label}
            for parameters in groups.values()
            for name, label in parameters.items()
        },
    }


def _policy(it: Subject) -> Tree:
    for key in _keys(it.policy.document.tree):
        if key == "Ref" or key.startswith("Fn::"):
            raise InvalidInput(
                f"CloudFormation would take {shown(key)} in the policy document for a function "
                "of its own.",
                "Use another export.",
                code="cloudformation-function",
            )
    document = it.policy.document.tree
    if it.source == "least-privilege":
        document = mapped(document, lambda text: _in_any_account(text, it))
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Metadata": {"Comment": NO_TAGS},
        "Properties": {
            "ManagedPolicyName": {"Ref": "PolicyName"},
            "Path": it.policy.path,
            **({"Description": it.policy.description} if it.policy.description else {}),
            "PolicyDocument": document,
        },
    }


def _role(it: Subject) -> Tree:
    parameters = {TAG_ORG_ID: "GenesysOrgId", TAG_ACCOUNT_ID: "GenesysAccountId"}
    return {
        "Type": "AWS::IAM::Role",
        **({"Metadata": {"Comment": ONE_ACCOUNT}} if it.source == "least-privilege" else {}),
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Path": it.role.path,
            **({"Description": it.role.description} if it.role.description else {}),
            "AssumeRolePolicyDocument": mapped(
                it.role.trust_policy.tree, lambda text: _trusted(text, it)
            ),
            "ManagedPolicyArns": [_attachment(arn, it) for arn in it.attachments],
            "PermissionsBoundary": {
                "Fn::If": [
                    "HasPermissionsBoundary",
                    {"Ref": "PermissionsBoundaryArn"},
                    {"Ref": "AWS::NoValue"},
                ]
            },
            "Tags": [
                {"Key": key, "Value": {"Ref": parameters[key]} if key in parameters else value}
                for key, value in it.role.tags.items()
            ],
        },
    }


def _trusted(text: str, it: Subject) -> Any:
    if text == f"arn:aws:iam::{it.genesys_account_id}:root":
        return {"Fn::Sub": "arn:${AWS::Partition}:iam::${GenesysAccountId}:root"}
    return {"Ref": "GenesysOrgId"} if text == it.org_id else text


def _attachment(arn: str, it: Subject) -> Any:
    if arn == it.policy.arn:
        return {"Ref": "GenesysPolicy"}
    if arn.startswith(AWS_MANAGED):
        return {"Fn::Sub": _substitutable(arn).replace("arn:aws:", "arn:${AWS::Partition}:", 1)}
    return arn


def _in_any_account(text: str, it: Subject) -> Any:
    """The ARN of a bot without the account's number in it."""
    match = re.fullmatch(rf"arn:aws:lex:([^:]*):{it.account_id}:(.*)", text)
    if match is None:
        return text
    region, resource = map(_substitutable, match.groups())
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:lex:{region}:${{AWS::AccountId}}:{resource}"}


def _substitutable(text: str) -> str:
    """For Fn::Sub, which reads `${!` as a plain `${`."""
    return text.replace("${", "${!")


def _texts(tree: Any) -> Iterator[str]:
    """Every string of a tree, keys included."""
    yield from _keys(tree)
    match tree:
        case dict():
            for value in tree.values():
                yield from _texts(value)
        case list():
            for item in tree:
                yield from _texts(item)
        case str():
            yield tree


def _keys(tree: Any) -> Iterator[str]:
    match tree:
        case dict():
            yield from tree
            for value in tree.values():
                yield from _keys(value)
        case list():
            for item in tree:
                yield from _keys(item)
