"""The policy that `permissions` prints is enough, and each of its actions is needed.

moto's IAM authorization is switched on. It knows no resources and no conditions, so for it the
policy is rewritten to `*`; that the ARNs are right is checked against the calls really made.
The fake of Lex V2 authorizes by the policy as it is printed.
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from wizard.aws.account import alias

from arrange import carry_out, set_up
from aws_server import ACCOUNT, Fault, Server, policy, trust
from iam import allows
from inside import Ended, run, variables
from lex_fake import REGION, Alias, LexFake, Locale, Role, bot, bots_test_alias
from program import ORG
from wizard.aws.session import Session
from wizard.core import plan as p
from wizard.core.documents import Document, as_list
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY
from wizard.settings import Settings, TaggedBots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Boundary"
FOREIGN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
HOOK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook"
TAG = ("team", "voice")
SERVICE_ROLE = "AWSServiceRoleForLexV2Bots_A1B2C3"
UNUSED_ROLE = "AWSServiceRoleForLexV2Bots_UNUSED"


@dataclass
class Account:
    """A simulated account with an operator who has one policy, and names for one scenario."""

    server: Server
    client: Any
    keys: dict[str, str]
    fake: LexFake
    number: int = 0
    document: Document = field(default_factory=lambda: Document({}))

    @property
    def role(self) -> str:
        return f"Role{self.number}"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.role}"

    @property
    def policy(self) -> str:
        return f"Policy{self.number}"

    @property
    def policy_arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:policy/{self.policy}"

    @property
    def names(self) -> tuple[str, ...]:
        return ("--role-name", self.role, "--policy-name", self.policy)

    def settings(self, **more: Any) -> Settings:
        return Settings(ORG, role_name=self.role, policy_name=self.policy, **more)

    def grant(self, *commands: str, without: str, boundary: bool) -> None:
        """Give the operator the policy that `permissions` prints, less one action."""
        bound = ("--permissions-boundary", BOUNDARY) if boundary else ()
        printed = run("permissions", *commands, *self.names, *bound, "--account-id", ACCOUNT, "-q")
        self.document = less(Document(printed.result["document"]), without)
        anywhere = [
            {"Effect": "Allow", "Action": each["Action"], "Resource": "*"}
            for each in self.document.tree["Statement"]
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": anywhere})
        self.client.put_user_policy(UserName="operator", PolicyName="only", PolicyDocument=document)
        self.fake.operator = self.document

    def authorize(self, *, on: bool) -> None:
        request = urllib.request.Request(
            f"{self.server.url}/moto-api/reset-auth",
            data=b"0" if on else b"inf",
            headers={"Content-Type": "text/plain"},
            method="POST",
        )
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def run(self, *arguments: str, service_roles: bool = False) -> Ended:
        """A run of the operator's, with authorization."""
        self.server.forget()
        self.fake.asked.clear()
        here = self.fake.environment() if service_roles else self.fake.lex_environment()
        self.authorize(on=True)
        try:
            return run(*arguments, **{**here, **self.keys})
        finally:
            self.authorize(on=False)
            self.server.fault = lambda _operation, _number: None


def less(document: Document, action: str) -> Document:
    """The document without an action; a statement that is empty then is dropped."""
    statements = [
        {**each, "Action": [one for one in as_list(each["Action"]) if one != action]}
        for each in document.tree["Statement"]
    ]
    return Document({**document.tree, "Statement": [each for each in statements if each["Action"]]})


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    # moto's account is one for the whole process: it begins empty, and is left empty.
    with Server().running() as server:
        yield from _account(server)
        server.reset_whole()


def _account(server: Server) -> Iterator[Account]:
    client = server.client()
    client.create_user(UserName="operator")
    key = client.create_access_key(UserName="operator")["AccessKey"]
    client.create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))
    client.create_account_alias(AccountAlias="acme-voice")
    keys = {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": server.url,
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with bots() as fake:
        yield Account(server, client, keys, fake)


def bots() -> LexFake:
    """One bot that is fine and calls a Lambda function, one whose build failed."""
    tag = dict([TAG])
    mine = Alias("ALIAS00001", "prod", hooks={"en_US": HOOK}, tags=tag)
    failed = {"1": {"en_US": Locale(status="Failed", failures=("No.",))}}
    fine = bot("BOT0000000", "Fine", aliases=[bots_test_alias(), mine], tags=tag)
    broken = bot("BOT0000001", "Broken", versions=failed, tags=tag)
    attached = {
        "arn:aws:iam::aws:policy/aws-service-role/AmazonLexBotPolicy": {"Version": "2012-10-17"}
    }
    used = Role(SERVICE_ROLE, attached=attached, inline={"own": {"Version": "2012-10-17"}})
    allowed = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lexv2.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": HOOK,
            }
        ]
    }
    return LexFake([fine, broken], roles=[used, Role(UNUSED_ROLE)], lambdas={HOOK: allowed})


# Scenarios: each arranges the account, runs the program as the operator, and says how it ended.


def set_up_anew(a: Account) -> Ended:
    return a.run(*setup(a), "--permissions-boundary", BOUNDARY, "--tag", "new=tag")


def set_up_undone(a: Account) -> Ended:
    a.server.fault = last_attachment_fails
    return a.run(*setup(a), "--permissions-boundary", BOUNDARY)


def mend(a: Account) -> Ended:
    set_up(a.server, a.settings())
    drift(a)
    for number in range(4):
        a.client.create_policy_version(
            PolicyArn=a.policy_arn, PolicyDocument=policy(f"lex:V{number}"), SetAsDefault=True
        )
    return a.run(*mending(a))


def mending_undone(a: Account) -> Ended:
    set_up(a.server, a.settings(permissions_boundary=BOUNDARY))
    drift(a)
    a.client.create_policy_version(
        PolicyArn=a.policy_arn, PolicyDocument=policy("lex:Other"), SetAsDefault=True
    )
    a.server.fault = last_attachment_fails
    return a.run(*mending(a))


def limit_to_a_bot(a: Account) -> Ended:
    set_up(a.server, a.settings(permissions_boundary=BOUNDARY))
    return a.run(*setup(a), "--least-privilege", "--bot", "BOT0000000:ALIAS00001")


def remove(a: Account) -> Ended:
    set_up(a.server, a.settings(permissions_boundary=BOUNDARY))
    role = {"RoleName": a.role}
    a.client.put_role_policy(**role, PolicyName="Inline", PolicyDocument=policy("s3:*"))
    a.client.attach_role_policy(**role, PolicyArn=FOREIGN)
    a.client.create_instance_profile(InstanceProfileName=a.role)
    a.client.add_role_to_instance_profile(**role, InstanceProfileName=a.role)
    a.client.create_policy_version(
        PolicyArn=a.policy_arn, PolicyDocument=policy("lex:Other"), SetAsDefault=True
    )
    return a.run("remove", *a.names, "--yes")


def verify(a: Account) -> Ended:
    set_up(a.server, a.settings(policy=TaggedBots(*TAG)))
    return a.run("verify", *a.names, "--org-id", ORG)


def verify_template(a: Account) -> Ended:
    set_up(a.server, a.settings())
    return a.run("verify", *a.names, "--org-id", ORG)


def role_name_taken(a: Account) -> Ended:
    a.client.create_role(RoleName=a.role.upper(), AssumeRolePolicyDocument=trust())
    a.server.fault = exists_at("CreateRole")
    return a.run(*setup(a), "--permissions-boundary", BOUNDARY)


def policy_name_taken(a: Account) -> Ended:
    a.client.create_policy(PolicyName=a.policy.upper(), PolicyDocument=policy("lex:*"))
    a.server.fault = exists_at("CreatePolicy")
    return a.run(*setup(a), "--permissions-boundary", BOUNDARY)


def list_service_roles(a: Account) -> Ended:
    return a.run("service-roles", "list", service_roles=True)


def describe_service_role(a: Account) -> Ended:
    return a.run("service-roles", "describe", SERVICE_ROLE, service_roles=True)


def set_description(a: Account) -> Ended:
    name, text = SERVICE_ROLE, f"text {a.number}"
    return a.run("service-roles", "set-description", name, text, service_roles=True)


def delete_service_role(a: Account) -> Ended:
    return a.run("service-roles", "delete", UNUSED_ROLE, "--yes", service_roles=True)


def setup(a: Account) -> tuple[str, ...]:
    return ("setup", "--non-interactive", "--org-id", ORG, *a.names)


def mending(a: Account) -> tuple[str, ...]:
    changed = ("--role-description", "Mended", "--tag", "new=tag")
    return (*setup(a), "--permissions-boundary", BOUNDARY, *changed)


def drift(a: Account) -> None:
    foreign = Document(json.loads(trust("765628985471")))
    carry_out(
        a.server,
        (
            p.UpdateTrustPolicy(a.role_arn, foreign),
            *(
                p.DetachPolicy(a.role_arn, each)
                for each in (LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, a.policy_arn)
            ),
        ),
    )


def last_attachment_fails(operation: str, number: int) -> Fault | None:
    return Fault("LimitExceeded", 409) if (operation, number) == ("AttachRolePolicy", 3) else None


def exists_at(operation: str) -> Callable[[str, int], Fault | None]:
    return lambda called, _: Fault("EntityAlreadyExists", 409) if called == operation else None


# How each ends with the whole policy: exit code and status; and of which commands the policy is.
DEFAULT: tuple[str, ...] = ()
SERVICE_ROLES = ("service-roles",)
SCENARIOS: dict[Callable[[Account], Ended], tuple[int, str, tuple[str, ...]]] = {
    set_up_anew: (0, "created", ("setup",)),
    set_up_undone: (1, "rolled-back", ("setup",)),
    mend: (0, "updated", ("setup",)),
    mending_undone: (1, "rolled-back", ("setup",)),
    limit_to_a_bot: (0, "updated", ("setup",)),
    role_name_taken: (3, "refused", ("setup",)),
    policy_name_taken: (3, "refused", ("setup",)),
    remove: (0, "removed", ("remove",)),
    verify: (0, "ok", ("verify",)),
    verify_template: (0, "ok", ("verify",)),
    list_service_roles: (0, "", SERVICE_ROLES),
    describe_service_role: (0, "", SERVICE_ROLES),
    set_description: (0, "updated", SERVICE_ROLES),
    delete_service_role: (0, "deleted", SERVICE_ROLES),
}
# For each action a scenario that can't do without it, and says so.
FAILS = {
    "iam:CreateRole": set_up_anew,
    "iam:CreatePolicy": set_up_anew,
    "iam:AttachRolePolicy": set_up_anew,
    "iam:DeleteRole": set_up_undone,
    "iam:DeletePolicy": set_up_undone,
    "iam:PutRolePermissionsBoundary": mend,
    "iam:UpdateAssumeRolePolicy": mend,
    "iam:UpdateRole": mend,
    "iam:TagRole": mend,
    "iam:TagPolicy": mend,
    "iam:CreatePolicyVersion": mend,
    "iam:DeletePolicyVersion": mend,
    "iam:UntagRole": mending_undone,
    "iam:UntagPolicy": mending_undone,
    "iam:SetDefaultPolicyVersion": mending_undone,
    "iam:DetachRolePolicy": limit_to_a_bot,
    "iam:GetRole": verify,
    "iam:ListAttachedRolePolicies": verify,
    "iam:ListRolePolicies": verify,
    "iam:GetPolicy": verify,
    "iam:GetPolicyVersion": verify,
    "iam:ListPolicyVersions": verify,
    "iam:ListEntitiesForPolicy": verify,
    "iam:ListInstanceProfilesForRole": remove,
    "iam:DeleteRolePolicy": remove,
    "iam:RemoveRoleFromInstanceProfile": remove,
}
# What only advises: the check is skipped and names the action.
SKIPS = {
    "iam:SimulatePrincipalPolicy": (verify_template, "permissions.simulated"),
    "access-analyzer:ValidatePolicy": (verify, "trust.validated"),
    "lex:ListBots": (verify, f"bots.{REGION}"),
    "lex:DescribeBot": (verify, f"bots.{REGION}.BOT0000000"),
    "lex:ListBotAliases": (verify, f"bots.{REGION}.BOT0000000"),
    "lex:DescribeBotAlias": (verify, f"bots.{REGION}.BOT0000000"),
    "lex:ListBotLocales": (verify, f"bots.{REGION}.BOT0000000"),
    "lex:DescribeBotLocale": (verify, "bots.details"),
    "lex:ListIntents": (verify, "bots.details"),
    "lex:DescribeResourcePolicy": (verify, "bots.details"),
    "lex:ListTagsForResource": (verify, "bots.details"),
    "lambda:GetPolicy": (verify, "bots.details"),
}
# Who has a name already is told if it can be; the refusal stands without it.
NAMES = {"iam:ListRoles": role_name_taken, "iam:ListPolicies": policy_name_taken}
SERVICE_ROLES_FAIL = {
    "iam:ListRoles": list_service_roles,
    "iam:GetRole": describe_service_role,
    "iam:ListAttachedRolePolicies": describe_service_role,
    "iam:ListRolePolicies": describe_service_role,
    "iam:UpdateRole": set_description,
    "iam:DeleteServiceLinkedRole": delete_service_role,
    "iam:GetServiceLinkedRoleDeletionStatus": delete_service_role,
}
SERVICE_ROLES_UNKNOWN = {
    "iam:GetRolePolicy": describe_service_role,
    "iam:GetPolicy": describe_service_role,
    "iam:GetPolicyVersion": describe_service_role,
    "lex:ListBots": list_service_roles,
    "lex:DescribeBot": list_service_roles,
}
numbers = count(1)


def named(each: Any) -> str:
    return str(getattr(each, "__name__", each))


def played(a: Account, scenario: Callable[[Account], Ended], without: str = "") -> Ended:
    a.number = next(numbers)
    commands = SCENARIOS[scenario][2]
    a.fake.bots = bots().bots
    a.grant(*commands, without=without, boundary=True)
    return scenario(a)


def called(a: Account) -> Iterator[tuple[str, str, dict[str, str]]]:
    """What IAM was asked for: action, resource, and the keys that conditions look at."""
    for call in a.server.calls:
        action, given = f"iam:{call.operation}", call.parameters
        if action in {"iam:GetCallerIdentity", "iam:?"}:
            continue
        context = {"iam:PermissionsBoundary": BOUNDARY}
        if "PolicyArn" in given:
            context["iam:PolicyARN"] = given["PolicyArn"]
        if "InstanceProfileName" in given:
            name = given["InstanceProfileName"]
            resource = f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}"
        elif "RoleName" in given:
            resource = f"arn:aws:iam::{ACCOUNT}:role/{given['RoleName']}"
        elif "PolicyName" in given:
            resource = f"arn:aws:iam::{ACCOUNT}:policy/{given['PolicyName']}"
        else:
            resource = given.get("PolicyArn") or given.get("PolicySourceArn") or "*"
        yield action, resource, context
        if call.operation in {"CreateRole", "CreatePolicy"}:
            yield action.replace("Create", "Tag"), resource, context


@pytest.mark.parametrize("scenario", SCENARIOS, ids=named)
def test_the_printed_policy_is_enough_on_the_arns_that_are_really_called(
    account: Account, scenario: Callable[[Account], Ended]
) -> None:
    code, status, _ = SCENARIOS[scenario]
    ended = played(account, scenario)
    assert (ended.code, ended.result.get("status", "")) == (code, status), ended.err
    assert "AWS denied" not in ended.err + json.dumps(ended.result)
    for action, resource, context in called(account):
        assert allows(account.document, action, resource, context), (action, resource)


def test_every_action_of_the_policy_is_one_that_a_scenario_needs(account: Account) -> None:
    account.grant(without="", boundary=True)
    assert granted(account) == {*FAILS, *SKIPS, *NAMES, "iam:ListAccountAliases"}
    account.grant("service-roles", without="", boundary=False)
    assert granted(account) == {*SERVICE_ROLES_FAIL, *SERVICE_ROLES_UNKNOWN}


def granted(a: Account) -> set[str]:
    return {one for each in a.document.tree["Statement"] for one in as_list(each["Action"])}


@pytest.mark.parametrize(
    ("action", "scenario"), [*FAILS.items(), *SERVICE_ROLES_FAIL.items()], ids=named
)
def test_without_an_action_the_scenario_fails_and_names_it(
    account: Account, action: str, scenario: Callable[[Account], Ended]
) -> None:
    ended = played(account, scenario, action)
    wanted_code, wanted_status, _ = SCENARIOS[scenario]
    assert (ended.code, ended.result.get("status", "")) != (wanted_code, wanted_status)
    assert ended.code == 1
    assert f"AWS denied {action}:" in ended.err


@pytest.mark.parametrize("action", SKIPS)
def test_without_an_action_that_only_advises_the_check_is_skipped_and_names_it(
    account: Account, action: str
) -> None:
    scenario, name = SKIPS[action]
    ended = played(account, scenario, action)
    assert (ended.code, ended.result["status"]) == (0, "ok")
    check = next(each for each in ended.result["checks"] if each["id"] == name)
    assert check["status"] == "skip"
    assert action in check["message"]


@pytest.mark.parametrize("action", NAMES)
def test_without_the_listing_a_taken_name_is_refused_all_the_same(
    account: Account, action: str
) -> None:
    with_it = played(account, NAMES[action])
    taken = (account.role if action == "iam:ListRoles" else account.policy).upper()
    assert f"/{taken} has the same name" in with_it.result["error"]["message"]
    ended = played(account, NAMES[action], action)
    assert (ended.code, ended.result["error"]["code"]) == (3, "name-taken")
    assert "has the same name" not in ended.result["error"]["message"]


@pytest.mark.parametrize(("action", "scenario"), SERVICE_ROLES_UNKNOWN.items(), ids=named)
def test_without_an_action_a_service_role_is_shown_as_far_as_it_is_known(
    account: Account, action: str, scenario: Callable[[Account], Ended]
) -> None:
    ended = played(account, scenario, action)
    assert ended.code == 0
    if scenario is list_service_roles:
        assert [each["used_by"] for each in ended.result["roles"]] == [None, None]
    else:
        documents = [each["document"] for each in ended.result["policies"]]
        assert sorted(map(bool, documents)) == [False, True]


def test_the_accounts_alias_is_shown_if_it_may_be_read(account: Account) -> None:
    found = []
    for without in ("", "iam:ListAccountAliases"):
        account.grant("setup", without=without, boundary=False)
        account.authorize(on=True)
        with variables(account.keys):
            found.append(alias(Session()))
        account.authorize(on=False)
    assert found == ["acme-voice", None]
