"""The smallest IAM policy for whoever runs the commands, and what each statement is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wizard.core.documents import MANAGED_POLICY_LIMIT, Document
from wizard.core.state import MANAGED_POLICIES
from wizard.errors import InvalidInput
from wizard.export.subject import subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wizard.core.state import Policy, Role, State

Command: TypeAlias = Literal["setup", "verify", "remove", "service-roles"]
DEFAULT_COMMANDS: tuple[Command, ...] = ("setup", "verify", "remove")
COMMANDS: tuple[Command, ...] = (*DEFAULT_COMMANDS, "service-roles")

SERVICE_ROLES = (
    "lexv2.amazonaws.com/AWSServiceRoleForLexV2Bots*",
    "channels.lexv2.amazonaws.com/AWSServiceRoleForLexV2Channels*",
    "replication.lexv2.amazonaws.com/AWSServiceRoleForLexV2Replication*",
)


@dataclass(frozen=True)
class Permissions:
    """A policy document, and sentences on it for whoever grants it."""

    document: Document
    explanations: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """One statement: who of the commands needs it, what it allows, and what for.

    `resources` are as IAM reads them. An optional one may be struck out: the commands then
    leave out what it is for, or say that they can't do it.
    """

    name: str
    commands: frozenset[str]
    purpose: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    condition: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    optional: bool = False


def permissions(commands: Collection[Command], state: State) -> Permissions:
    """What an operator of these commands needs, for this role and policy in this account.

    GetCallerIdentity is not among it, since AWS asks for no permission there. Raises
    InvalidInput without an account: a policy for any account would allow more than is needed.
    """
    it = subject(state)
    if it.account_id is None:
        raise InvalidInput(
            "The operator's policy names the role and the policy by their ARNs, and an ARN "
            "holds the AWS account.",
            "Give --account-id with the 12 digits of the account.",
            code="account-id-missing",
        )
    grants = [each for each in _grants(it.role, it.policy) if each.commands & set(commands)]
    document = Document(
        {"Version": "2012-10-17", "Statement": [_statement(each) for each in grants]}
    )
    return Permissions(document, tuple(_explanations(grants, document)))


def _grants(role: Role, policy: Policy) -> Iterator[Grant]:
    yield from _reading(role, policy)
    yield from _writing(role, policy)
    yield from _taking_away(role, policy)
    yield from _bots(role.account_id)
    yield from _service_roles(role.account_id)
    yield from _advice(role)


def _reading(role: Role, policy: Policy) -> Iterator[Grant]:
    commands = frozenset(DEFAULT_COMMANDS)
    yield Grant(
        "ReadTheRole",
        commands,
        "looks at the role before, and after, anything is changed",
        (literal(role.arn),),
        ("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
    )
    yield Grant(
        "ReadThePolicy",
        commands,
        "looks at the customer managed policy, its versions, and what has it attached",
        (literal(policy.arn),),
        (
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListPolicyVersions",
            "iam:ListEntitiesForPolicy",
        ),
    )


def _writing(role: Role, policy: Policy) -> Iterator[Grant]:
    commands = frozenset({"setup"})
    boundary = role.permissions_boundary
    bounded = (
        ()
        if boundary is None
        else (("StringEquals", "iam:PermissionsBoundary", (literal(boundary),)),)
    )
    only = ", only with the permissions boundary" if bounded else ""
    yield Grant(
        "MakeTheRole",
        commands,
        f"makes the role{only}",
        (literal(role.arn),),
        ("iam:CreateRole", *(("iam:PutRolePermissionsBoundary",) if bounded else ())),
        bounded,
    )
    yield Grant(
        "AttachThesePolicies",
        commands,
        f"attaches these policies to the role and no other{only}",
        (literal(role.arn),),
        ("iam:AttachRolePolicy",),
        (_is_one_of(role.attachments), *bounded),
    )
    yield Grant(
        "MendTheRole",
        commands,
        "corrects the role's trust policy, description and tags; making a role with tags "
        "takes iam:TagRole too",
        (literal(role.arn),),
        ("iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:TagRole", "iam:UntagRole"),
    )
    yield Grant(
        "MakeAndMendThePolicy",
        commands,
        "makes the customer managed policy, corrects its document and tags, and goes back to the "
        "former version when a run fails. IAM can't limit what a document says; a permissions "
        "boundary on the role does, if --permissions-boundary demands one",
        (literal(policy.arn),),
        (
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:TagPolicy",
            "iam:UntagPolicy",
        ),
    )


def _taking_away(role: Role, policy: Policy) -> Iterator[Grant]:
    commands = frozenset({"setup", "remove"})
    yield Grant(
        "DetachThesePolicies",
        commands,
        "detaches these policies again: setup when a run fails or the mode changes, remove always",
        (literal(role.arn),),
        ("iam:DetachRolePolicy",),
        (_is_one_of(role.attachments | MANAGED_POLICIES),),
    )
    yield Grant(
        "DeleteTheRole",
        commands,
        "deletes the role: setup only one that a failed run has just made",
        (literal(role.arn),),
        ("iam:DeleteRole",),
    )
    yield Grant(
        "DeleteThePolicy",
        commands,
        "deletes the customer managed policy or an old version of it: setup only what a failed "
        "run has just made, or the oldest of five versions",
        (literal(policy.arn),),
        ("iam:DeletePolicy", "iam:DeletePolicyVersion"),
    )
    yield Grant(
        "FindTheInstanceProfiles",
        frozenset({"remove"}),
        "finds the instance profiles that hold the role, which would keep it from being deleted",
        (literal(role.arn),),
        ("iam:ListInstanceProfilesForRole",),
    )
    yield Grant(
        "RemoveWhatOthersAdded",
        frozenset({"remove"}),
        "takes off what others attached to the role or embedded in it; without it, remove stops "
        "at a role that has such things",
        (literal(role.arn),),
        ("iam:DetachRolePolicy", "iam:DeleteRolePolicy"),
        optional=True,
    )
    yield Grant(
        "RemoveFromInstanceProfiles",
        frozenset({"remove"}),
        "takes the role out of instance profiles, whose names can't be known beforehand; without "
        "it, remove stops at a role that is in one",
        (f"arn:aws:iam::{role.account_id}:instance-profile/*",),
        ("iam:RemoveRoleFromInstanceProfile",),
        optional=True,
    )


def _bots(account_id: str) -> Iterator[Grant]:
    commands = frozenset({"setup", "verify"})
    bot, alias = (f"arn:aws:lex:*:{account_id}:{each}" for each in ("bot/*", "bot-alias/*/*"))
    yield Grant(
        "ListTheBots",
        frozenset({"setup", "verify", "service-roles"}),
        "lists the Lex V2 bots, which IAM allows for all bots or none",
        ("*",),
        ("lex:ListBots",),
        optional=True,
    )
    yield Grant(
        "ReadTheBots",
        commands,
        "looks whether the Lex V2 bots are ready for Genesys Cloud, and whether chosen bots "
        "exist; without it, the answer is that nobody could look",
        (bot, alias),
        (
            "lex:DescribeBot",
            "lex:ListBotAliases",
            "lex:DescribeBotAlias",
            "lex:ListBotLocales",
            "lex:DescribeBotLocale",
            "lex:ListIntents",
            "lex:DescribeResourcePolicy",
            "lex:ListTagsForResource",
        ),
        optional=True,
    )
    yield Grant(
        "ReadTheHooks",
        commands,
        "looks whether Lex may call the Lambda functions that the bots use",
        (f"arn:aws:lambda:*:{account_id}:function:*",),
        ("lambda:GetPolicy",),
        optional=True,
    )


def _service_roles(account_id: str) -> Iterator[Grant]:
    commands = frozenset({"service-roles"})
    roles = tuple(
        f"arn:aws:iam::{account_id}:role/aws-service-role/{each}" for each in SERVICE_ROLES
    )
    yield Grant(
        "ListTheRoles",
        commands,
        "finds Lex V2's service-linked roles, which IAM allows for all roles or none",
        ("*",),
        ("iam:ListRoles",),
    )
    yield Grant(
        "ReadTheServiceRoles",
        commands,
        "describes Lex V2's service-linked roles",
        roles,
        (
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
        ),
    )
    yield Grant(
        "ReadTheServiceRolesPolicies",
        commands,
        "shows what AWS lets the service-linked roles do",
        ("arn:aws:iam::aws:policy/aws-service-role/*",),
        ("iam:GetPolicy", "iam:GetPolicyVersion"),
    )
    yield Grant(
        "ChangeTheServiceRoles",
        commands,
        "sets the description of a service-linked role of Lex V2, or deletes one that Lex V2 no "
        "longer uses",
        roles,
        (
            "iam:UpdateRole",
            "iam:DeleteServiceLinkedRole",
            "iam:GetServiceLinkedRoleDeletionStatus",
        ),
    )
    yield Grant(
        "SeeWhichBotUsesARole",
        commands,
        "asks each bot for the service-linked role that it uses",
        (f"arn:aws:lex:*:{account_id}:bot/*",),
        ("lex:DescribeBot",),
        optional=True,
    )


def _advice(role: Role) -> Iterator[Grant]:
    yield Grant(
        "AdviceOnTheRole",
        frozenset({"verify"}),
        "lets IAM's simulator say whether a boundary or a service control policy stops Genesys",
        (literal(role.arn),),
        ("iam:SimulatePrincipalPolicy",),
        optional=True,
    )
    yield Grant(
        "AdviceOnDocuments",
        frozenset({"setup", "verify"}),
        "lets IAM Access Analyzer look for faults in the policy documents",
        ("*",),
        ("access-analyzer:ValidatePolicy",),
        optional=True,
    )
    yield Grant(
        "AdviceOnNames",
        frozenset({"setup"}),
        "shows the account's alias, and finds the role or policy that has a name already",
        ("*",),
        ("iam:ListAccountAliases", "iam:ListRoles", "iam:ListPolicies"),
        optional=True,
    )


def _is_one_of(policy_arns: frozenset[str]) -> tuple[str, str, tuple[str, ...]]:
    return ("ArnEquals", "iam:PolicyARN", tuple(map(literal, sorted(policy_arns))))


def literal(text: str) -> str:
    """The text as IAM matches it to the letter: `*`, `?` and `$` as policy variables.

    Source: the IAM User Guide on policy variables, "Special characters".
    """
    return re.sub(r"[*?$]", lambda match: f"${{{match[0]}}}", text)


def _statement(grant: Grant) -> dict[str, Any]:
    conditions: dict[str, dict[str, Any]] = {}
    for operator, key, values in grant.condition:
        conditions.setdefault(operator, {})[key] = _one_or_all(values)
    return {
        "Sid": grant.name,
        "Effect": "Allow",
        "Action": _one_or_all(grant.actions),
        "Resource": _one_or_all(grant.resources),
        **({"Condition": conditions} if conditions else {}),
    }


def _one_or_all(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _explanations(grants: list[Grant], document: Document) -> Iterator[str]:
    for grant in grants:
        may = " This statement may be struck out." if grant.optional else ""
        yield f"{grant.name}: {grant.purpose}.{may}"
    if document.size() > MANAGED_POLICY_LIMIT:
        yield (
            f"The policy has {document.size()} characters and IAM takes at most "
            f"{MANAGED_POLICY_LIMIT} in one: make two of it, or ask for fewer commands."
        )
