"""The policy that `permissions` prints is what each command really asks for.

moto's IAM authorization is switched on. It knows no resources and no conditions, so for it the
policy is rewritten to `*`; that the ARNs are right is checked against the calls really made.
The fake of Lex V2 authorizes by the policy as it is printed.
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from arrange import set_up
from aws_server import ACCOUNT, Call, Fault, Server, policy, sweep, trust
from iam import allows
from inside import run_json as run
from lex_fake import REGION, Alias, LexFake, Locale, Role, bot
from program import ORG
from wizard.core.documents import Document, as_list
from wizard.settings import Settings, TaggedBots

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parent.parent / "templates" / "lex-policy.json"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Boundary"
HOOK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook"
USED, UNUSED = "AWSServiceRoleForLexV2Bots_USED", "AWSServiceRoleForLexV2Bots_UNUSED"
NAMES = ("--role-name", "MyRole", "--policy-name", "MyPolicy")
BOUNDED = ("--permissions-boundary", BOUNDARY)
SETUP = ("setup", "--non-interactive", "--org-id", ORG, *NAMES, *BOUNDED)
MENDED = (*SETUP, "--role-description", "Mended", "--tag", "new=tag")
VERIFY = ("verify", *NAMES, "--org-id", ORG)
ROLE = {"RoleName": "MyRole"}
POLICY = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/MyPolicy"}
OTHER = {"PolicyDocument": policy("lex:Other"), "SetAsDefault": True}


# What is in the account before a run of the operator's, and what fails in it.


def nothing(_: Server) -> None:
    """An empty account."""


def ours(server: Server, **more: Any) -> None:
    set_up(server, Settings(ORG, role_name="MyRole", policy_name="MyPolicy", **more))


def tagged_bots(server: Server) -> None:
    ours(server, policy=TaggedBots("team", "voice"))


def drifted(server: Server, versions: int = 5, boundary: str | None = None) -> None:
    ours(server, permissions_boundary=boundary)
    iam = server.client()
    iam.update_assume_role_policy(**ROLE, PolicyDocument=trust())
    for attached in iam.list_attached_role_policies(**ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(**ROLE, PolicyArn=attached["PolicyArn"])
    for _ in range(versions - 1):
        iam.create_policy_version(**POLICY, **OTHER)


def failing(server: Server) -> None:
    server.fault = lambda operation, number: (
        Fault("LimitExceeded", 409) if (operation, number) == ("AttachRolePolicy", 3) else None
    )


def drifted_and_failing(server: Server) -> None:
    drifted(server, 2, BOUNDARY)
    failing(server)


def overgrown(server: Server) -> None:
    ours(server, permissions_boundary=BOUNDARY)
    iam = server.client()
    iam.put_role_policy(**ROLE, PolicyName="Inline", PolicyDocument=policy("s3:*"))
    iam.attach_role_policy(**ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_instance_profile(InstanceProfileName="Profile")
    iam.add_role_to_instance_profile(**ROLE, InstanceProfileName="Profile")
    iam.create_policy_version(**POLICY, **OTHER)


# Runs that together need all of a command's policy: what is there before, and how each ends.
RUNS: dict[str, list[tuple[Any, tuple[str, ...], int, str | None]]] = {
    "setup": [
        (nothing, (*SETUP, "--tag", "new=tag"), 0, "created"),
        (failing, SETUP, 1, "rolled-back"),
        (drifted, MENDED, 0, "updated"),
        (drifted_and_failing, MENDED, 1, "rolled-back"),
        (ours, (*SETUP, "--least-privilege", "--bot", "BOT0000000:ALIAS00001"), 0, "updated"),
        (ours, (*SETUP, "--policy-file", str(FILE)), 0, "updated"),
    ],
    "verify": [(tagged_bots, VERIFY, 0, "ok"), (ours, VERIFY, 0, "ok")],
    "remove": [(overgrown, ("remove", *NAMES, "--yes"), 0, "removed")],
    "activity": [(ours, ("activity", *NAMES, "--org-id", ORG), 4, "not-seen")],
    "service-roles": [
        (nothing, ("service-roles", "list"), 0, None),
        (nothing, ("service-roles", "describe", USED), 0, None),
        (nothing, ("service-roles", "set-description", USED, "text"), 0, "updated"),
        (nothing, ("service-roles", "delete", UNUSED, "--yes"), 0, "deleted"),
    ],
}
# Only for a person at a terminal does setup look at the bots, as verify does, or at the account's
# alias; only the owner of a name that is taken is searched for.
UNCALLED = {"setup": r"lex:|lambda:|iam:List(AccountAliases|Roles|Policies)"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server().running() as server:
        yield server
        server.reset_whole()  # moto's account is one for the whole process


def authorize(server: Server, *, on: bool) -> None:
    data = b"0" if on else b"inf"
    request = urllib.request.Request(
        f"{server.url}/moto-api/reset-auth", data, {"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(request) as answer:
        answer.read()


def environment(server: Server, document: Document) -> dict[str, str]:
    """The variables of a user who has this policy, on any resource."""
    iam, user = server.client(), {"UserName": f"user-{document.size()}"}
    iam.create_user(**user)
    iam.put_user_policy(**user, PolicyName="only", PolicyDocument=policy(*granted(document)))
    key = iam.create_access_key(**user)["AccessKey"]
    keys = {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    return {**server.environment(), **keys, "AWS_DEFAULT_REGION": REGION}


def world() -> LexFake:
    """A bot that calls a Lambda function, one that was not built, and two service-linked roles."""
    tags = {"team": "voice"}
    hooked = Alias("ALIAS00001", "prod", hooks={"en_US": HOOK}, tags=tags)
    failed = {"1": {"en_US": Locale(status="Failed", failures=("No.",))}}
    attached = {"arn:aws:iam::aws:policy/aws-service-role/AmazonLexBotPolicy": {"Version": "x"}}
    return LexFake(
        [
            bot("BOT0000000", "Fine", aliases=[hooked], tags=tags),
            bot("BOT0000001", "Broken", versions=failed, tags=tags),
        ],
        roles=[Role(USED, attached=attached, inline={"own": {"Version": "x"}}), Role(UNUSED)],
        lambdas={HOOK: json.loads(policy("lambda:InvokeFunction", resource=HOOK))},
    )


def granted(document: Document) -> set[str]:
    statements = document.tree["Statement"]
    return {action for statement in statements for action in as_list(statement["Action"])}


def asked(call: Call) -> tuple[str, str, dict[str, str]]:
    """What a call asks IAM for: action, resource, and the keys that conditions look at."""
    given, account = call.parameters, f"arn:aws:iam::{ACCOUNT}"
    if "InstanceProfileName" in given:
        resource = f"{account}:instance-profile/{given['InstanceProfileName']}"
    elif "RoleName" in given:
        resource = f"{account}:role/{given['RoleName']}"
    elif "PolicyName" in given:
        resource = f"{account}:policy/{given['PolicyName']}"
    else:
        resource = given.get("PolicyArn") or given.get("PolicySourceArn", "*")
    service = "cloudformation" if "PhysicalResourceId" in given else "iam"
    context = {"iam:PermissionsBoundary": BOUNDARY, "iam:PolicyARN": given.get("PolicyArn", "")}
    return f"{service}:{call.operation}", resource, context


@pytest.mark.parametrize("command", RUNS)
def test_a_command_asks_for_what_permissions_prints_and_for_nothing_else(
    server: Server, command: str
) -> None:
    printed = run("permissions", command, *NAMES, *BOUNDED, "--account-id", ACCOUNT, "-q")
    document = Document(printed.json["document"])
    keys, called = environment(server, document), set()
    with world() as fake:
        fake.operator = document
        services = fake.environment() if command == "service-roles" else fake.lex_environment()
        for arrange, arguments, code, status in RUNS[command]:
            sweep(server.client())
            server.client().create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))
            arrange(server)
            server.forget()
            authorize(server, on=True)
            ended = run(*arguments, **{**services, **keys})
            authorize(server, on=False)
            server.fault = lambda _operation, _number: None
            assert (ended.code, ended.json.get("status")) == (code, status), ended.err
            assert "AWS denied" not in ended.err + json.dumps(ended.json)
            for action, resource, context in map(asked, server.calls):
                if action not in {"iam:GetCallerIdentity", "iam:?"}:
                    assert allows(document, action, resource, context), (action, resource)
                    called.add(action)
        called |= fake.asked
    uncalled = granted(document) - called
    assert {name for name in uncalled if not re.match(UNCALLED.get(command, "$"), name)} == set()
