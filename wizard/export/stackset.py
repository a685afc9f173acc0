"""The same CloudFormation template for many accounts, as one stack set. AWS deploys it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.shell import command
from wizard.errors import InvalidInput
from wizard.export import cloudformation, filled, model
from wizard.settings import ChosenBots

if TYPE_CHECKING:
    from wizard.core.state import State
    from wizard.settings import Settings

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

    def check(self, settings: Settings) -> None:
        """Raise InvalidInput for what does not go together."""
        mode, needed = "--auto-deploy", ("--ou", self.units)
        others: dict[str, object] = {"--account": self.auto_deploy and self.accounts}
        if self.self_managed:
            mode, needed = "--self-managed", ("--account", self.accounts)
            others = {"--ou": self.units, "--auto-deploy": self.auto_deploy}
            others["--delegated-admin"] = self.delegated_admin
        given = [option for option, is_given in others.items() if is_given]
        wrong = [f"{option} and {mode} can't be used together." for option in given]
        wrong += [] if needed[1] else [f"Missing required option: {needed[0]}."]
        if isinstance(settings.policy, ChosenBots):
            wrong.append("A stack set can't name bots, whose IDs differ: use --bot-tag.")
        if wrong:
            hint = "Use --ou with AWS Organizations, or --self-managed with --account."
            raise InvalidInput(wrong[0], hint, code="option-does-not-fit")


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
    accounts, units = list(targets.accounts), list(targets.units)
    chosen: dict[str, Any] = {"Accounts": accounts} if accounts else {}
    if units:
        narrowed = {"AccountFilterType": "INTERSECTION"} if accounts else {}
        chosen = {"OrganizationalUnitIds": units, **chosen, **narrowed}
    properties: dict[str, Any] = {
        "StackSetName": hand_off(state, targets)["stack_set_name"],
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
    stack_set = {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Deploys the role for Genesys Cloud and Amazon Lex V2 into many accounts.",
        "Parameters": parameters,
        "Resources": {"GenesysStackSet": stack_set},
    }
    if notation == "json":
        return cloudformation.as_json_text(template)
    text = cloudformation.as_yaml_text(template).removesuffix("\n")
    facts = {"template": text, "self_managed": targets.self_managed}
    return filled("stackset.yaml", {**facts, **hand_off(state, targets)})


def hand_off(
    state: State, targets: Targets, file: str = "FILE", profile: str | None = None
) -> dict[str, Any]:
    """What is to be done with the file: names, commands, and the role's ARN by account.

    `deploy_command` deploys it; `failed_command` lists the accounts where that failed. A stack set
    returns no outputs, so the ARNs are computed.
    """
    name, place = f"{cloudformation.stack_name(state)}-accounts", {"region": targets.region}
    deploy = ("aws", "cloudformation", "deploy", "--template-file", file, "--stack-name", name)
    failed = ["aws", "cloudformation", "list-stack-instances", "--stack-set-name", name]
    failed += ["--filters", "Name=DETAILED_STATUS,Values=FAILED"]
    failed += ["--call-as", "DELEGATED_ADMIN"] if targets.delegated_admin else []
    role = model(state).role
    arn = f"arn:aws:iam::{{}}:role{role.path}{role.name}"
    return {
        "stack_set_name": name,
        **place,
        "deploy_command": command(*deploy, profile=profile, **place),
        "failed_command": command(*failed, profile=profile, **place),
        "role_arns": {account: arn.replace("{}", account, 1) for account in targets.accounts},
    }
