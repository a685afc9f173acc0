"""What CloudFormation makes of a template: its parameters and intrinsic functions resolved."""

from __future__ import annotations

import re

from hostile import ACCOUNT
from wizard.core.documents import Document
from wizard.core.state import Policy, Role, State


def resolved(template, **given):
    """What CloudFormation makes of the template in our account, as a State."""
    values = {name: each["Default"] for name, each in template["Parameters"].items()} | given
    for name, value in values.items():
        rule = template["Parameters"][name]
        assert re.fullmatch(rule["AllowedPattern"], value)
        assert len(value) <= rule["MaxLength"]
    values |= {
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "AWS::NoValue": None,
        "AWS::StackName": "stack",
    }
    resources = template["Resources"]

    def value_of(name):
        if name not in resources:
            return values[name]
        assert resources[name]["Type"] == "AWS::IAM::ManagedPolicy"
        return made_policy(resources[name]).arn

    def substituted(match):
        return "${" + match[1][1:] + "}" if match[1].startswith("!") else value_of(match[1])

    def resolve(tree):
        match tree:
            case {"Ref": name}:
                return value_of(name)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{([^}]*)\}", substituted, text)
            case {"Fn::If": [name, then, otherwise]}:
                return resolve(then if resolve(template["Conditions"][name]) else otherwise)
            case {"Fn::Equals": [one, other]}:
                return resolve(one) == resolve(other)
            case {"Fn::Not": [condition]}:
                return not resolve(condition)
            case dict():
                found = {key: resolve(value) for key, value in tree.items()}
                assert not any(key.startswith("Fn::") for key in found)
                return {key: value for key, value in found.items() if value is not None}
            case list():
                return [item for item in map(resolve, tree) if item is not None]
        return tree

    def made_policy(resource):
        made = resolve(resource["Properties"])
        policy = Policy(
            account_id=ACCOUNT,
            name=made.pop("ManagedPolicyName"),
            path=made.pop("Path"),
            description=made.pop("Description", ""),
            document=Document(made.pop("PolicyDocument")),
            tags={},
        )
        assert not made
        return policy

    made = resolve(resources["GenesysRole"]["Properties"])
    role = Role(
        account_id=ACCOUNT,
        name=made.pop("RoleName"),
        path=made.pop("Path"),
        description=made.pop("Description", ""),
        trust_policy=Document(made.pop("AssumeRolePolicyDocument")),
        tags={each["Key"]: each["Value"] for each in made.pop("Tags")},
        permissions_boundary=made.pop("PermissionsBoundary", None),
        attachments=frozenset(made.pop("ManagedPolicyArns")),
    )
    assert not made
    policy = made_policy(resources["GenesysPolicy"])
    return State(role, {policy.arn: policy})
