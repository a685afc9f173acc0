"""The smallest IAM policy for whoever runs the commands, and what each statement is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wizard.core.documents import MANAGED_POLICY_LIMIT, Document, fill, template
from wizard.core.state import MANAGED_POLICIES
from wizard.errors import InvalidInput
from wizard.export import model

if TYPE_CHECKING:
    from collections.abc import Collection

    from wizard.core.state import State
    from wizard.export import Model

Command: TypeAlias = Literal["setup", "verify", "remove", "service-roles"]
DEFAULT_COMMANDS: tuple[Command, ...] = ("setup", "verify", "remove")
COMMANDS: tuple[Command, ...] = (*DEFAULT_COMMANDS, "service-roles")


@dataclass(frozen=True)
class Permissions:
    """A policy document, and sentences on it for whoever grants it."""

    document: Document
    explanations: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """One statement: its name, the commands that need it, and what it allows on which resources.

    Each text is a list of words; see `_resources` and `_conditions`. `templates/permissions.json`
    says what it is for, and whether it may be struck out.
    """

    name: str
    commands: str
    resources: str
    actions: str
    conditions: str = ""


GRANTS = (
    Grant(
        "ReadTheRole",
        "setup verify remove",
        "role",
        "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies",
    ),
    Grant(
        "ReadThePolicy",
        "setup verify remove",
        "policy",
        "iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions iam:ListEntitiesForPolicy",
    ),
    Grant("MakeTheRole", "setup", "role", "iam:CreateRole", "bounded"),
    Grant("AttachThesePolicies", "setup", "role", "iam:AttachRolePolicy", "attached bounded"),
    Grant(
        "MendTheRole",
        "setup",
        "role",
        "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:TagRole iam:UntagRole",
    ),
    Grant(
        "MakeAndMendThePolicy",
        "setup",
        "policy",
        "iam:CreatePolicy iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:TagPolicy "
        "iam:UntagPolicy",
    ),
    Grant("DetachThesePolicies", "setup remove", "role", "iam:DetachRolePolicy", "attachable"),
    Grant("DeleteTheRole", "setup remove", "role", "iam:DeleteRole"),
    Grant("DeleteThePolicy", "setup remove", "policy", "iam:DeletePolicy iam:DeletePolicyVersion"),
    Grant("FindTheInstanceProfiles", "remove", "role", "iam:ListInstanceProfilesForRole"),
    Grant("RemoveWhatOthersAdded", "remove", "role", "iam:DetachRolePolicy iam:DeleteRolePolicy"),
    Grant(
        "RemoveFromInstanceProfiles",
        "remove",
        "instance-profiles",
        "iam:RemoveRoleFromInstanceProfile",
    ),
    Grant("ListTheBots", "setup verify service-roles", "all", "lex:ListBots"),
    Grant(
        "ReadTheBots",
        "setup verify",
        "bots aliases",
        "lex:DescribeBot lex:ListBotAliases lex:DescribeBotAlias lex:ListBotLocales "
        "lex:DescribeBotLocale lex:ListIntents lex:DescribeResourcePolicy lex:ListTagsForResource",
    ),
    Grant("ReadTheHooks", "setup verify", "functions", "lambda:GetPolicy"),
    Grant("ListTheRoles", "service-roles", "all", "iam:ListRoles"),
    Grant(
        "ReadTheServiceRoles",
        "service-roles",
        "service-roles",
        "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy",
    ),
    Grant(
        "ReadTheServiceRolesPolicies",
        "service-roles",
        "service-role-policies",
        "iam:GetPolicy iam:GetPolicyVersion",
    ),
    Grant(
        "ChangeTheServiceRoles",
        "service-roles",
        "service-roles",
        "iam:UpdateRole iam:DeleteServiceLinkedRole iam:GetServiceLinkedRoleDeletionStatus",
    ),
    Grant("SeeWhichBotUsesARole", "service-roles", "bots", "lex:DescribeBot"),
    Grant("AdviceOnTheRole", "verify", "role", "iam:SimulatePrincipalPolicy"),
    Grant("AdviceOnDocuments", "setup verify", "all", "access-analyzer:ValidatePolicy"),
    Grant("AdviceOnNames", "setup", "all", "iam:ListAccountAliases iam:ListRoles iam:ListPolicies"),
)


def permissions(commands: Collection[Command], state: State) -> Permissions:
    """What an operator of these commands needs, for this role and policy in this account.

    GetCallerIdentity is not among it, since AWS asks for no permission there. Raises
    InvalidInput without an account: a policy for any account would allow more than is needed.
    """
    setup = model(state)
    if setup.account_id is None:
        raise InvalidInput(
            "The operator's policy names the role and the policy by their ARNs, and an ARN "
            "holds the AWS account.",
            "Give --account-id with the 12 digits of the account.",
            code="account-id-missing",
        )
    grants = [grant for grant in GRANTS if set(grant.commands.split()) & set(commands)]
    document = Document(
        {"Version": "2012-10-17", "Statement": [_statement(grant, setup) for grant in grants]}
    )
    bounded = setup.role.permissions_boundary is not None
    only = ", only with the permissions boundary" if bounded else ""
    purposes = fill(template("permissions"), {"only": only}).tree
    explanations = [f"{grant.name}: {purposes[grant.name]}" for grant in grants]
    if document.size() > MANAGED_POLICY_LIMIT:
        explanations.append(
            f"The policy has {document.size()} characters and IAM takes at most "
            f"{MANAGED_POLICY_LIMIT} in one: make two of it, or ask for fewer commands."
        )
    return Permissions(document, tuple(explanations))


def literal(text: str) -> str:
    """The text as IAM matches it to the letter: `*`, `?` and `$` as policy variables.

    Source: the IAM User Guide on policy variables, "Special characters".
    """
    return re.sub(r"[*?$]", lambda match: f"${{{match[0]}}}", text)


def _statement(grant: Grant, setup: Model) -> dict[str, Any]:
    names, resources, conditions = grant.resources.split(), _resources(setup), _conditions(setup)
    actions = grant.actions.split()
    condition: dict[str, Any] = {}
    if grant.name == "MakeTheRole" and setup.role.permissions_boundary is not None:
        actions.append("iam:PutRolePermissionsBoundary")
    for name in grant.conditions.split():
        condition |= conditions[name]
    return {
        "Sid": grant.name,
        "Effect": "Allow",
        "Action": _one_or_all(actions),
        "Resource": _one_or_all([arn for name in names for arn in resources[name]]),
        **({"Condition": condition} if condition else {}),
    }


def _resources(setup: Model) -> dict[str, list[str]]:
    """The ARNs, as IAM reads them, that a word of `Grant.resources` stands for."""
    account, lex = f"arn:aws:iam::{setup.account_id}", f"arn:aws:lex:*:{setup.account_id}"
    service_role = f"{account}:role/aws-service-role/"
    return {
        "all": ["*"],
        "role": [literal(setup.role.arn)],
        "policy": [literal(setup.policy.arn)],
        "instance-profiles": [f"{account}:instance-profile/*"],
        "bots": [f"{lex}:bot/*"],
        "aliases": [f"{lex}:bot-alias/*/*"],
        "functions": [f"arn:aws:lambda:*:{setup.account_id}:function:*"],
        "service-roles": [
            f"{service_role}lexv2.amazonaws.com/AWSServiceRoleForLexV2Bots*",
            f"{service_role}channels.lexv2.amazonaws.com/AWSServiceRoleForLexV2Channels*",
            f"{service_role}replication.lexv2.amazonaws.com/AWSServiceRoleForLexV2Replication*",
        ],
        "service-role-policies": ["arn:aws:iam::aws:policy/aws-service-role/*"],
    }


def _conditions(setup: Model) -> dict[str, dict[str, Any]]:
    """IAM's operator, key and values that a word of `Grant.conditions` stands for."""
    boundary, attached = setup.role.permissions_boundary, setup.role.attachments

    def one_of(policy_arns: frozenset[str]) -> dict[str, Any]:
        arns = [literal(arn) for arn in sorted(policy_arns)]
        return {"ArnEquals": {"iam:PolicyARN": _one_or_all(arns)}}

    return {
        "bounded": {"StringEquals": {"iam:PermissionsBoundary": literal(boundary)}}
        if boundary is not None
        else {},
        "attached": one_of(attached),
        "attachable": one_of(attached | MANAGED_POLICIES),
    }


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
