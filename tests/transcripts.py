"""The runs whose transcripts stand in `golden/`: what is arranged, what fails, the command line.

Nothing of the program's inside is used: the account is arranged by IAM calls and by the plan
that `setup --dry-run` prints.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_server import ACCOUNT, Fault, policy, trust
from program import ORG, OTHER_ORG, POLICY, ROLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from program import Program

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonLexReadOnly"
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Boundary"
GENESYS = "765628985471"
SLR = "AWSServiceRoleForLexV2Bots_ABCDEF"

Arrange = "Callable[[Any], None]"


@dataclass(frozen=True)
class Run:
    """One run: its command line, and what it meets."""

    name: str
    line: str
    arrange: tuple[Callable[[Any], None], ...] = ()
    fault: Callable[[str, dict[str, str]], Fault | None] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    stdin: str = ""
    files: dict[str, str] = field(default_factory=dict)
    offline: bool = False
    lex: bool = False
    keys: tuple[str, ...] = ()  # typed at a terminal, after the prompts that they answer


# ── what is in the account ───────────────────────────────────────────────────────────────

_planned: dict[str, list[dict[str, Any]]] = {}


def learn(program: Program) -> None:
    """Find out what setup makes, from its own dry run; once."""
    for name, more in (("template", ()), ("bots", ("--least-privilege", "--bot", "A1B2C3D4E5"))):
        if name not in _planned:
            ended = program.setup("--dry-run", "--output", "json", *more)
            _planned[name] = ended.json["changes"]


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def made(iam: Any, which: str = "template", tagged: bool = True) -> None:
    """What setup makes."""
    for change in _planned[which]:
        detail = change["detail"]
        name = change["target"].rsplit("/", 1)[-1]
        match change["change"]:
            case "create-role":
                iam.create_role(
                    RoleName=name,
                    AssumeRolePolicyDocument=json.dumps(detail["trust_policy"]),
                    Description=detail["description"],
                    Tags=_tags(detail["tags"]) if tagged else [],
                )
            case "create-policy":
                iam.create_policy(
                    PolicyName=name,
                    PolicyDocument=json.dumps(detail["document"]),
                    Description=detail["description"],
                    Tags=_tags(detail["tags"]) if tagged else [],
                )
            case "attach-policy":
                iam.attach_role_policy(RoleName=name, PolicyArn=detail["policy_arn"])


def made_for_bots(iam: Any) -> None:
    """What setup makes with least privilege."""
    made(iam, "bots")


def made_by_hand(iam: Any) -> None:
    """The same without our tags."""
    made(iam, tagged=False)


def made_for_another(iam: Any) -> None:
    """A setup of another organization."""
    made(iam)
    document = trust(GENESYS, StringEquals={"sts:ExternalId": OTHER_ORG})
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=document)
    iam.tag_role(RoleName=ROLE, Tags=[{"Key": "GenesysOrgId", "Value": OTHER_ORG}])
    iam.tag_policy(PolicyArn=POLICY_ARN, Tags=[{"Key": "GenesysOrgId", "Value": OTHER_ORG}])


def drifted(iam: Any) -> None:
    """Everything that setup repairs is broken."""
    made(iam)
    no_external_id(iam)
    detached(iam)
    other_document(iam)
    iam.untag_role(RoleName=ROLE, TagKeys=["GenesysAccountId"])
    iam.untag_policy(PolicyArn=POLICY_ARN, TagKeys=["GenesysOrgId"])


def no_external_id(iam: Any) -> None:
    """A trust policy that asks for no external ID."""
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust(GENESYS))


def anybody(iam: Any) -> None:
    """A trust policy that lets in another account and asks for another organization."""
    document = trust("111111111111", StringLike={"sts:ExternalId": "*"})
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=document)


def detached(iam: Any) -> None:
    """An AWS managed policy is detached."""
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=READ_ONLY)


def other_document(iam: Any) -> None:
    """The customer managed policy allows something else."""
    iam.create_policy_version(
        PolicyArn=POLICY_ARN, PolicyDocument=policy("lex:ListBots", "s3:Get*"), SetAsDefault=True
    )


def five_versions(iam: Any) -> None:
    """The customer managed policy has five versions, the last of them drifted."""
    for number in range(4):
        iam.create_policy_version(
            PolicyArn=POLICY_ARN, PolicyDocument=policy(f"lex:V{number}"), SetAsDefault=True
        )


def untagged(iam: Any) -> None:
    """Tags of role and policy are missing."""
    iam.untag_role(RoleName=ROLE, TagKeys=["GenesysAccountId", "PolicySource"])
    iam.untag_policy(PolicyArn=POLICY_ARN, TagKeys=["GenesysOrgId"])


def extra_grants(iam: Any) -> None:
    """Other policies are attached to the role or embedded in it."""
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=S3)
    iam.put_role_policy(RoleName=ROLE, PolicyName="inline", PolicyDocument=policy("s3:Get*"))


def bounded(iam: Any) -> None:
    """The role has a permissions boundary."""
    iam.create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=BOUNDARY)


def boundary_policy(iam: Any) -> None:
    """There is a policy for a boundary."""
    iam.create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))


def attached_elsewhere(iam: Any) -> None:
    """Another role has the customer managed policy, too."""
    iam.create_role(RoleName="Another", AssumeRolePolicyDocument=trust())
    iam.attach_role_policy(RoleName="Another", PolicyArn=POLICY_ARN)


def role_of_a_stack(iam: Any) -> None:
    """The role is managed by a CloudFormation stack."""
    tag = {"Key": "aws:cloudformation:stack-name", "Value": "genesys"}
    iam.tag_role(RoleName=ROLE, Tags=[tag])


def other_role(iam: Any) -> None:
    """Somebody else's role has the name."""
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())


def powerful_role(iam: Any) -> None:
    """Somebody else's role has the name, and permissions."""
    other_role(iam)
    extra_grants(iam)


def other_policy(iam: Any) -> None:
    """Somebody else's policy has the name."""
    iam.create_policy(PolicyName=POLICY, PolicyDocument=policy("s3:Get*"))


def role_elsewhere(iam: Any) -> None:
    """The role lies under another path."""
    detail = _planned["template"][0]["detail"]
    iam.create_role(
        RoleName=ROLE,
        Path="/genesys/",
        AssumeRolePolicyDocument=json.dumps(detail["trust_policy"]),
        Tags=_tags(detail["tags"]),
    )


def in_instance_profile(iam: Any) -> None:
    """An instance profile holds the role."""
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName=ROLE)


def service_role(iam: Any) -> None:
    """A service-linked role of Lex V2."""
    iam.create_role(
        RoleName=SLR,
        Path="/aws-service-role/lexv2.amazonaws.com/",
        Description="for a bot",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lexv2.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )


# ── what fails ───────────────────────────────────────────────────────────────────────────


def failing(*targets: str, fault: Fault | None = None, times: int = 10**6) -> Any:
    """A fault for calls given as `Operation` or `Operation policy-arn`."""
    met = 0

    def rule(operation: str, parameters: dict[str, str]) -> Fault | None:
        nonlocal met
        named = {operation, f"{operation} {parameters.get('PolicyArn', '')}"}
        if not named & set(targets) or met >= times:
            return None
        met += 1
        return fault or denied(f"iam:{operation}")

    return rule


def denied(action: str, why: str = "because no identity-based policy allows the action") -> Fault:
    """As AWS words a denial."""
    who = f"User: arn:aws:iam::{ACCOUNT}:user/operator is not authorized to perform: {action}"
    return Fault("AccessDenied", 403, f"{who} on resource: {ROLE_ARN} {why}")


SETUP = f"setup --non-interactive --org-id {ORG}"
ATTACH = f"AttachRolePolicy {READ_ONLY}"
BROAD = json.dumps(json.loads(policy("lex:ListBots", "s3:GetObject")))
NARROW = json.dumps(json.loads(policy("lex:ListBots", "lex:RecognizeText")))


@cache
def runs() -> dict[str, Run]:
    """Every run by its name."""
    return {run.name: run for run in _runs()}


def _both(name: str, line: str, *arrange: Any, **more: Any) -> Iterator[Run]:
    """The same run with text and with JSON."""
    yield Run(name, line, arrange, **more)
    yield Run(f"{name}-json", f"{line} --output json", arrange, **more)


def _runs() -> Iterator[Run]:
    yield from _command_line()
    yield from _setup()
    yield from _refusals()
    yield from _failures()
    yield from _verify()
    yield from _remove()
    yield from _exports()
    yield from _service_roles()
    yield from _interactive()


def _command_line() -> Iterator[Run]:
    for command in (
        "",
        "setup",
        "verify",
        "remove",
        "activity",
        "export",
        "permissions",
        "service-roles",
    ):
        name = f"help-{command}" if command else "help"
        yield Run(name, f"{command} --help".strip(), offline=True)
    for command in ("list", "describe", "set-description", "delete"):
        yield Run(f"help-service-roles-{command}", f"service-roles {command} --help", offline=True)
    yield Run("version", "--version", offline=True)
    yield from _both("usage-unknown-option", "setup --organisation x", offline=True)
    yield Run("usage-unknown-command", "instal", offline=True)
    yield from _both("usage-org-id-missing", "setup --non-interactive", offline=True)
    yield Run("usage-org-id-invalid", "setup --non-interactive --org-id 1234", offline=True)
    yield Run(
        "usage-several-missing",
        "setup --non-interactive --fedramp --least-privilege",
        offline=True,
    )
    yield Run("usage-no-terminal", f"setup --org-id {ORG}", offline=True)
    yield Run("usage-fedramp-without-account", f"{SETUP} --fedramp", offline=True)
    yield Run("usage-other-genesys-account", f"{SETUP} --genesys-account-id 111111111111")
    yield Run(
        "usage-policies-exclude-each-other",
        f"{SETUP} --default-policy --least-privilege --bot A1B2C3D4E5",
        offline=True,
    )
    yield Run("usage-bot-alone", f"{SETUP} --bot A1B2C3D4E5", offline=True)
    yield Run("usage-reserved-tag", f"{SETUP} --tag managedby=me", offline=True)
    yield Run(
        "usage-bad-variable", SETUP, offline=True, environment={"GENESYS_LEX_ROLE_NAME": "a b"}
    )


def _setup() -> Iterator[Run]:
    yield from _both("setup-created", SETUP)
    yield Run("setup-quiet", f"{SETUP} --quiet")
    yield Run(
        "setup-created-with-options",
        f"{SETUP} --role-name MyRole --role-path /genesys/ --policy-name MyPolicy "
        f"--policy-path /genesys/ --role-description Role --policy-description Policy "
        f"--tag team=voice --tag cost=1 --permissions-boundary {BOUNDARY} "
        f"--account-id {ACCOUNT} --region eu-central-1",
        (boundary_policy,),
    )
    yield from _both("setup-unchanged", SETUP, made)
    for arrange in (no_external_id, anybody, detached, other_document, untagged):
        yield Run(f"setup-updated-{arrange.__name__}".replace("_", "-"), SETUP, (made, arrange))
    yield Run("setup-updated-five-versions", SETUP, (made, five_versions))
    yield from _both("setup-updated-everything", SETUP, drifted)
    yield from _both("setup-extra-grants-warned", SETUP, made, extra_grants)
    yield Run("setup-boundary-kept", f"{SETUP} --tag a=b", (made, bounded))
    yield from _both("setup-dry-run-created", f"{SETUP} --dry-run")
    yield from _both("setup-dry-run-changes", f"{SETUP} --dry-run", drifted)
    yield Run("setup-dry-run-unchanged", f"{SETUP} --dry-run", (made,))
    yield from _both("setup-offline-preview", f"{SETUP} --dry-run", offline=True)
    yield from _both("setup-no-credentials", SETUP, offline=True)
    yield from _both("setup-sandbox", f"{SETUP} --sandbox", offline=True)
    narrow, broad = {"narrow.json": NARROW}, {"broad.json": BROAD}
    yield Run("setup-policy-file", f"{SETUP} --policy-file narrow.json", files=narrow)
    yield Run("setup-policy-file-too-wide", f"{SETUP} --policy-file broad.json", files=broad)
    yield Run(
        "setup-policy-file-any", f"{SETUP} --policy-file broad.json --allow-any-policy", files=broad
    )
    yield Run("setup-policy-file-missing", f"{SETUP} --policy-file none.json", offline=True)
    yield Run(
        "setup-least-privilege-bots",
        f"{SETUP} --least-privilege --bot A1B2C3D4E5 --bot B1B2C3D4E5:ALIAS00001",
    )
    yield Run(
        "setup-least-privilege-tag", f"{SETUP} --least-privilege --bot-tag Genesys=yes --dry-run"
    )
    yield Run("setup-least-privilege-kept", SETUP, (made_for_bots,))
    yield Run("setup-least-privilege-left", f"{SETUP} --no-least-privilege", (made_for_bots,))
    yield Run("setup-default-policy", f"{SETUP} --default-policy", (made_for_bots,))
    yield Run("setup-fedramp", f"{SETUP} --fedramp --genesys-account-id 111111111111 --dry-run")
    yield Run("setup-adopted", f"{SETUP} --adopt", (made_by_hand,))
    yield Run(
        "setup-organization-replaced", f"{SETUP} --replace-org {OTHER_ORG}", (made_for_another,)
    )


def _refusals() -> Iterator[Run]:
    yield from _both("refused-another-account", f"{SETUP} --account-id 999999999999")
    yield from _both("refused-role-not-ours", SETUP, other_role)
    yield Run("refused-role-not-ours-dry-run", f"{SETUP} --dry-run", (other_role,))
    yield Run("refused-adoption-of-permissions", f"{SETUP} --adopt", (powerful_role,))
    yield Run("refused-another-organization", SETUP, (made_for_another,))
    yield Run("refused-policy-not-ours", SETUP, (other_policy,))
    yield Run("refused-policy-shared", SETUP, (made, other_document, attached_elsewhere))
    yield Run("refused-stack", SETUP, (made, role_of_a_stack))
    yield Run("refused-role-path", f"{SETUP} --role-path /other/", (role_elsewhere,))
    yield Run("refused-policy-path", f"{SETUP} --policy-path /other/", (made,))
    yield Run("refused-policy-description", f"{SETUP} --policy-description Other", (made,))
    yield Run(
        "refused-boundary-elsewhere",
        f"{SETUP} --permissions-boundary arn:aws:iam::999999999999:policy/Boundary",
    )
    yield Run(
        "refused-bot-elsewhere",
        f"{SETUP} --least-privilege --bot arn:aws:lex:us-east-1:999999999999:bot/A1B2C3D4E5",
    )


def _failures() -> Iterator[Run]:
    for target in ("CreateRole", "CreatePolicy", ATTACH):
        name = f"failure-{target.partition(' ')[0]}"
        yield from _both(f"{name}-rolled-back", SETUP, fault=failing(target))
    for target in ("CreatePolicy", ATTACH):
        name = f"failure-{target.partition(' ')[0]}-no-rollback"
        yield from _both(name, f"{SETUP} --no-rollback", fault=failing(target))
    for target in ("TagRole", "TagPolicy", "CreatePolicyVersion", ATTACH, "UpdateAssumeRolePolicy"):
        name = f"failure-on-existing-{target.partition(' ')[0]}"
        yield Run(name, SETUP, (drifted,), fault=failing(target))
    yield Run(
        "failure-on-existing-no-rollback",
        f"{SETUP} --no-rollback",
        (drifted,),
        fault=failing("UpdateAssumeRolePolicy"),
    )
    yield from _both(
        "failure-undo-fails", SETUP, fault=failing(ATTACH, "DeleteRole", "DeletePolicy")
    )
    scp = denied("iam:CreateRole", "with an explicit deny in a service control policy")
    yield Run("failure-service-control-policy", SETUP, fault=failing("CreateRole", fault=scp))
    quota = Fault("LimitExceeded", 409, "Cannot exceed quota for RolesPerAccount: 1000")
    yield from _both("failure-quota", SETUP, fault=failing("CreateRole", fault=quota))
    expired = Fault("ExpiredToken", 403, "The security token included in the request is expired")
    yield from _both("failure-expired-token", SETUP, fault=failing("GetRole", fault=expired))
    throttled = Fault("Throttling", 400, "Rate exceeded")
    yield Run(
        "failure-throttled-for-ever",
        f"{SETUP} --retry-seconds 0.3 --output json",
        fault=failing("CreatePolicy", fault=throttled),
    )
    yield Run("failure-read-denied", SETUP, fault=failing("GetRole", fault=denied("iam:GetRole")))
    yield from _both(
        "failure-unreachable",
        f"{SETUP} --retry-seconds 0",
        offline=True,
        environment={
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ACCESS_KEY_ID": "A",
            "AWS_SECRET_ACCESS_KEY": "x",
        },
    )
    yield Run("failure-unknown-profile", f"{SETUP} --profile nowhere", offline=True)


def _verify() -> Iterator[Run]:
    line = f"verify --org-id {ORG}"
    yield from _both("verify-healthy", line, made)
    yield Run("verify-without-org-id", "verify", (made,))
    yield from _both("verify-broken", line, drifted, extra_grants)
    yield Run("verify-anybody", line, (made, anybody))
    yield Run("verify-allowed-policy", f"{line} --allow-policy {S3}", (made, extra_grants))
    yield Run("verify-boundary", line, (made, bounded))
    yield Run("verify-boundary-wanted", f"{line} --permissions-boundary {BOUNDARY}", (made,))
    yield Run("verify-another-organization", line, (made_for_another,))
    yield Run("verify-not-ours", line, (made_by_hand,))
    yield Run("verify-stack", line, (drifted, role_of_a_stack))
    yield Run("verify-least-privilege", line, (made_for_bots,), lex=True)
    yield Run("verify-document-unknown", line, (made_for_bots, other_document))
    yield from _both("verify-role-missing", line)
    yield from _both("verify-denied", line, fault=failing("GetRole"))
    yield from _both("verify-bots", f"{line} --region eu-central-1", made, lex=True)
    yield Run(
        "verify-bot-named",
        f"{line} --region eu-central-1 --bot B1B2C3D4E5 --bot A1B2C3D4E5:ALIAS00001",
        (made,),
        lex=True,
    )
    yield Run(
        "verify-regions", f"{line} --region eu-central-1 --region eu-west-1", (made,), lex=True
    )
    yield Run("verify-all-regions", f"{line} --all-regions --output json", (made,), lex=True)


def _remove() -> Iterator[Run]:
    yield from _both("remove-removed", "remove --yes", made)
    yield Run("remove-with-everything", "remove --yes", (made, extra_grants, in_instance_profile))
    yield from _both("remove-absent", "remove --yes")
    yield from _both("remove-dry-run", f"remove --dry-run --org-id {ORG}", made, extra_grants)
    yield from _both("remove-kept", "remove --yes", made, attached_elsewhere)
    yield from _both("remove-not-ours", "remove --yes", other_role)
    yield Run("remove-another-organization", f"remove --yes --org-id {ORG}", (made_for_another,))
    yield Run("remove-stack", "remove --yes", (made, role_of_a_stack))
    yield from _both("remove-failure", "remove --yes", made, fault=failing("DeleteRole"))
    yield Run("remove-no-terminal", "remove", (made,))
    yield Run("remove-non-interactive-without-yes", "remove --non-interactive", (made,))


def _exports() -> Iterator[Run]:
    line = f"--org-id {ORG}"
    for what in ("cloudformation", "terraform", "cli", "policies"):
        yield Run(f"export-{what}", f"export {what} {line}", offline=True)
    yield Run(
        "export-cloudformation-json-notation",
        f"export cloudformation {line} --format json",
        offline=True,
    )
    yield Run(
        "export-stackset",
        f"export stackset {line} --ou ou-ab12-11111111 --account {ACCOUNT}",
        offline=True,
    )
    yield Run("export-stackset-without-a-target", f"export stackset {line}", offline=True)
    yield Run(
        "export-cloudformation-json",
        f"export cloudformation {line} --output json --template-url https://b.s3.amazonaws.com/t",
        offline=True,
    )
    full = (
        f"{line} --account-id {ACCOUNT} --region us-east-1 --least-privilege --bot A1B2C3D4E5 "
        f"--bot B1B2C3D4E5:ALIAS00001 --tag team=voice --permissions-boundary {BOUNDARY} "
        "--role-path /genesys/ --policy-description Odd"
    )
    for what in ("cloudformation", "terraform", "cli", "policies"):
        yield Run(f"export-{what}-options", f"export {what} {full}", offline=True)
    tag = f"{line} --least-privilege --bot-tag Genesys=yes --account-id {ACCOUNT}"
    yield Run("export-terraform-bot-tag", f"export terraform {tag}", offline=True)
    yield Run(
        "export-account-missing",
        f"export cli {line} --least-privilege --bot-tag Genesys=yes",
        offline=True,
    )
    yield from _both("export-file", f"export cli {line} --out setup.sh", offline=True)
    yield Run(
        "export-file-exists",
        f"export cli {line} --out setup.sh",
        files={"setup.sh": "mine"},
        offline=True,
    )
    yield Run("export-org-id-missing", "export cli", offline=True)
    account = f"--account-id {ACCOUNT}"
    yield from _both("permissions", f"permissions {account}", offline=True)
    for what in ("setup", "verify", "remove", "service-roles"):
        yield Run(f"permissions-{what}", f"permissions {what} {account}", offline=True)
    yield Run("permissions-account-missing", "permissions", offline=True)


def _service_roles() -> Iterator[Run]:
    yield from _both("service-roles-list", "service-roles list", service_role, lex=True)
    yield Run("service-roles-list-none", "service-roles list", lex=True)
    yield from _both(
        "service-roles-describe", f"service-roles describe {SLR}", service_role, lex=True
    )
    yield from _both("service-roles-describe-absent", "service-roles describe Nothing")
    yield Run("service-roles-not-one", f"service-roles describe {ROLE}", (made,))
    yield from _both(
        "service-roles-set-description",
        f"service-roles set-description {SLR} New",
        service_role,
        fault=failing("UpdateRole", fault=Fault("UnmodifiableEntity", 400, "protected")),
    )
    yield Run("service-roles-delete-no-terminal", f"service-roles delete {SLR}", (service_role,))


def _interactive() -> Iterator[Run]:
    change, apply, cancel = "2", "1", "4"
    yield Run(
        "interactive-created",
        "",
        keys=(
            "organization ID", ORG, "to AWS account", apply, "ready for Genesys Cloud?", "",
        ),
    )  # fmt: skip
    yield Run(
        "interactive-changed-and-cancelled",
        "",
        keys=(
            "organization ID", "12", "organization ID", ORG, "to AWS account", "3",
            "to AWS account", change,
            "Which setting do you want to change?", "7", "Tags as KEY=VALUE", "team=voice",
            "Which setting do you want to change?", "1", "to AWS account", cancel,
        ),
    )  # fmt: skip
    yield Run("interactive-ctrl-c", "", keys=("organization ID", "\x03"))
    yield Run(
        "interactive-refused",
        f"setup --org-id {ORG}",
        (other_role,),
        keys=("do you want to do?", "3"),
    )
    yield Run(
        "interactive-remove",
        "remove",
        (made,),
        keys=("type the role name", "No"),
    )
