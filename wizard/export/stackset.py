"""The same CloudFormation template for many accounts, as one stack set. AWS deploys it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.shell import command
from wizard.errors import InvalidInput
from wizard.export import cloudformation, filled, model

if TYPE_CHECKING:
    from wizard.core.state import State

LONGEST_BODY = 51_200  # bytes of a TemplateBody, by the CloudFormation quotas


@dataclass(frozen=True)
class Targets:
    """Which accounts get the role: organizational units, perhaps narrowed, or accounts alone."""

    units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    auto_deploy: bool = False
    delegated_admin: bool = False
    self_managed: bool = False
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        """Raise InvalidInput for what does not go together."""
        if self.self_managed:
            refused = [("--ou", self.units), ("--auto-deploy", self.auto_deploy)]
            refused.append(("--delegated-admin", self.delegated_admin))
            needed, value = "--account", self.accounts
        else:
            refused = [("--account", self.auto_deploy and self.accounts)]
            needed, value = "--ou", self.units
        mode = "--self-managed" if self.self_managed else "--auto-deploy"
        for option, given in refused:
            if given:
                message = f"{option} and {mode} can't be used together."
                raise InvalidInput(message, "Omit one of them.", code="option-does-not-fit")
        if not value:
            raise InvalidInput(
                f"Missing required option: {needed}.",
                "Use --ou for organizational units of AWS Organizations, or --self-managed with "
                "--account for accounts that you prepared for stack sets.",
                code="missing-option",
            )


def as_text(state: State, targets: Targets, notation: str) -> str:
    """The template with the stack set; its body is the template of one account.

    Raises InvalidInput.
    """
    body = cloudformation.as_json(state) if notation == "json" else cloudformation.as_yaml(state)
    if (size := len(body.encode())) > LONGEST_BODY:
        raise InvalidInput(
            f"The template has {size} bytes; CloudFormation allows {LONGEST_BODY} in a stack set.",
            "Shorten the policy document.",
            code="policy-too-long",
        )
    parameters = cloudformation.parameters(state)
    chosen: dict[str, Any] = {"Accounts": list(targets.accounts)}
    if targets.units:
        narrowed = {**chosen, "AccountFilterType": "INTERSECTION"} if targets.accounts else {}
        chosen = {"OrganizationalUnitIds": list(targets.units), **narrowed}
    properties: dict[str, Any] = {
        "StackSetName": name(state),
        "Description": "Lets one Genesys Cloud organization use Amazon Lex V2 bots.",
        "PermissionModel": "SELF_MANAGED" if targets.self_managed else "SERVICE_MANAGED",
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "ManagedExecution": {"Active": True},
        "Parameters": [{"ParameterKey": key, "ParameterValue": {"Ref": key}} for key in parameters],
        "StackInstancesGroup": [{"DeploymentTargets": chosen, "Regions": [targets.region]}],
        "TemplateBody": cloudformation.Block(body),
    }
    if not targets.self_managed:
        kept = {"RetainStacksOnAccountRemoval": False} if targets.auto_deploy else {}
        properties["AutoDeployment"] = {"Enabled": targets.auto_deploy, **kept}
        properties["CallAs"] = "DELEGATED_ADMIN" if targets.delegated_admin else "SELF"
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Deploys the role for Genesys Cloud and Amazon Lex V2 into many accounts.",
        "Parameters": parameters,
        "Resources": {
            "GenesysStackSet": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}
        },
    }
    if notation == "json":
        return cloudformation.as_json_text(template)
    facts = {
        "template": cloudformation.as_yaml_text(template).removesuffix("\n"),
        "deploy_command": deploy_command(state, "FILE", targets),
        "failed_command": failed_command(state, targets),
        "self_managed": targets.self_managed,
    }
    return filled("stackset.yaml", facts)


def name(state: State) -> str:
    """The name of the stack set, and of the stack that holds it."""
    return f"{cloudformation.stack_name(state)}-accounts"


def deploy_command(state: State, file: str, targets: Targets, profile: str | None = None) -> str:
    """The command that deploys the file, in the account that administers stack sets."""
    words = ("aws", "cloudformation", "deploy", "--template-file", file, "--stack-name")
    return command(*words, name(state), profile=profile, region=targets.region)


def failed_command(state: State, targets: Targets, profile: str | None = None) -> str:
    """The command that lists the accounts in which the role could not be created."""
    words = ["aws", "cloudformation", "list-stack-instances", "--stack-set-name", name(state)]
    words += ["--filters", "Name=DETAILED_STATUS,Values=FAILED"]
    words += ["--call-as", "DELEGATED_ADMIN"] if targets.delegated_admin else []
    return command(*words, profile=profile, region=targets.region)


def role_arns(state: State, targets: Targets) -> dict[str, str]:
    """The role's ARN in each account that was named: a stack set returns no outputs."""
    role = model(state).role
    place = f"role{role.path}{role.name}"
    return {account: f"arn:aws:iam::{account}:{place}" for account in targets.accounts}
