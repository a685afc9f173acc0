"""The smallest IAM policy for whoever runs the commands, and what each statement is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wizard.core.documents import MANAGED_POLICY_LIMIT, Document
from wizard.core.state import MANAGED_POLICIES
from wizard.errors import InvalidInput
from wizard.export import model

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
    """One statement: which commands need it, on what it allows which IAM actions, and if when.

    An optional one may be struck out: the commands then leave out what it is for, or say that
    they can't do it. Each text is a list of words; see `_resources` and `_conditions`.
    """

    name: str
    commands: str
    resources: str
    actions: str
    conditions: str = ""
    optional: bool = False


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
    Grant(
        "RemoveWhatOthersAdded",
        "remove",
        "role",
        "iam:DetachRolePolicy iam:DeleteRolePolicy",
        optional=True,
    ),
    Grant(
        "RemoveFromInstanceProfiles",
        "remove",
        "instance-profiles",
        "iam:RemoveRoleFromInstanceProfile",
        optional=True,
    ),
    Grant("ListTheBots", "setup verify service-roles", "all", "lex:ListBots", optional=True),
    Grant(
        "ReadTheBots",
        "setup verify",
        "bots aliases",
        "lex:DescribeBot lex:ListBotAliases lex:DescribeBotAlias lex:ListBotLocales "
        "lex:DescribeBotLocale lex:ListIntents lex:DescribeResourcePolicy lex:ListTagsForResource",
        optional=True,
    ),
    Grant("ReadTheHooks", "setup verify", "functions", "lambda:GetPolicy", optional=True),
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
    Grant("SeeWhichBotUsesARole", "service-roles", "bots", "lex:DescribeBot", optional=True),
    Grant("AdviceOnTheRole", "verify", "role", "iam:SimulatePrincipalPolicy", optional=True),
    Grant(
        "AdviceOnDocuments", "setup verify", "all", "access-analyzer:ValidatePolicy", optional=True
    ),
    Grant(
        "AdviceOnNames",
        "setup",
        "all",
        "iam:ListAccountAliases iam:ListRoles iam:ListPolicies",
        optional=True,
    ),
)
PURPOSES = {
    "ReadTheRole": "looks at the role before, and after, anything is changed",
    "ReadThePolicy": "looks at the customer managed policy, its versions, and what has it attached",
    "MakeTheRole": "makes the role",
    "AttachThesePolicies": "attaches these policies to the role and no other",
    "MendTheRole": "corrects the role's trust policy, description and tags; making a role with "
    "tags takes iam:TagRole too",
    "MakeAndMendThePolicy": "makes the customer managed policy, corrects its document and tags, "
    "and goes back to the former version when a run fails. IAM can't limit what a document says; "
    "a permissions boundary on the role does, if --permissions-boundary demands one",
    "DetachThesePolicies": "detaches these policies again: setup when a run fails or the mode "
    "changes, remove always",
    "DeleteTheRole": "deletes the role: setup only one that a failed run has just made",
    "DeleteThePolicy": "deletes the customer managed policy or an old version of it: setup only "
    "what a failed run has just made, or the oldest of five versions",
    "FindTheInstanceProfiles": "finds the instance profiles that hold the role, which would keep "
    "it from being deleted",
    "RemoveWhatOthersAdded": "takes off what others attached to the role or embedded in it; "
    "without it, remove stops at a role that has such things",
    "RemoveFromInstanceProfiles": "takes the role out of instance profiles, whose names can't be "
    "known beforehand; without it, remove stops at a role that is in one",
    "ListTheBots": "lists the Lex V2 bots, which IAM allows for all bots or none",
    "ReadTheBots": "looks whether the Lex V2 bots are ready for Genesys Cloud, and whether chosen "
    "bots exist; without it, the answer is that nobody could look",
    "ReadTheHooks": "looks whether Lex may call the Lambda functions that the bots use",
    "ListTheRoles": "finds Lex V2's service-linked roles, which IAM allows for all roles or none",
    "ReadTheServiceRoles": "describes Lex V2's service-linked roles",
    "ReadTheServiceRolesPolicies": "shows what AWS lets the service-linked roles do",
    "ChangeTheServiceRoles": "sets the description of a service-linked role of Lex V2, or deletes "
    "one that Lex V2 no longer uses",
    "SeeWhichBotUsesARole": "asks each bot for the service-linked role that it uses",
    "AdviceOnTheRole": "lets IAM's simulator say whether a boundary or a service control policy "
    "stops Genesys",
    "AdviceOnDocuments": "lets IAM Access Analyzer look for faults in the policy documents",
    "AdviceOnNames": "shows the account's alias, and finds the role or policy that has a name "
    "already",
}


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
    explanations = [_explanation(grant, setup) for grant in grants]
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
    actions, resources = grant.actions.split(), _resources(setup)
    if grant.name == "MakeTheRole" and setup.role.permissions_boundary is not None:
        actions.append("iam:PutRolePermissionsBoundary")
    condition: dict[str, Any] = {}
    for name in grant.conditions.split():
        condition |= _conditions(setup)[name]
    return {
        "Sid": grant.name,
        "Effect": "Allow",
        "Action": _one_or_all(actions),
        "Resource": _one_or_all(arn for name in grant.resources.split() for arn in resources[name]),
        **({"Condition": condition} if condition else {}),
    }


def _explanation(grant: Grant, setup: Model) -> str:
    bounded = setup.role.permissions_boundary is not None and "bounded" in grant.conditions
    only = ", only with the permissions boundary" if bounded else ""
    may = " This statement may be struck out." if grant.optional else ""
    return f"{grant.name}: {PURPOSES[grant.name]}{only}.{may}"


def _resources(setup: Model) -> dict[str, list[str]]:
    """The ARNs, as IAM reads them, that a name in `Grant.resources` stands for."""
    account = f"arn:aws:iam::{setup.account_id}"
    service_role = f"{account}:role/aws-service-role/"
    return {
        "all": ["*"],
        "role": [literal(setup.role.arn)],
        "policy": [literal(setup.policy.arn)],
        "instance-profiles": [f"{account}:instance-profile/*"],
        "bots": [f"arn:aws:lex:*:{setup.account_id}:bot/*"],
        "aliases": [f"arn:aws:lex:*:{setup.account_id}:bot-alias/*/*"],
        "functions": [f"arn:aws:lambda:*:{setup.account_id}:function:*"],
        "service-roles": [
            f"{service_role}lexv2.amazonaws.com/AWSServiceRoleForLexV2Bots*",
            f"{service_role}channels.lexv2.amazonaws.com/AWSServiceRoleForLexV2Channels*",
            f"{service_role}replication.lexv2.amazonaws.com/AWSServiceRoleForLexV2Replication*",
        ],
        "service-role-policies": ["arn:aws:iam::aws:policy/aws-service-role/*"],
    }


def _conditions(setup: Model) -> dict[str, dict[str, Any]]:
    """What a name in `Grant.conditions` stands for: IAM's operator, key and values."""
    boundary, attached = setup.role.permissions_boundary, setup.role.attachments
    only = {"iam:PermissionsBoundary": literal(boundary)} if boundary is not None else {}
    return {
        "bounded": {"StringEquals": only} if only else {},
        "attached": _is_one_of(attached),
        "attachable": _is_one_of(attached | MANAGED_POLICIES),
    }


def _is_one_of(policy_arns: Iterable[str]) -> dict[str, Any]:
    return {"ArnEquals": {"iam:PolicyARN": _one_or_all(map(literal, sorted(policy_arns)))}}


def _one_or_all(values: Iterable[str]) -> str | list[str]:
    every = list(values)
    return every[0] if len(every) == 1 else every
