"""The checks of the role: what `setup` would change, and what only reading can tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.core.changes import plan
from wizard.core.desired import (
    desired,
    policy_arn,
    remembered_source,
)
from wizard.core.ownership import (
    organizations,
    policy_is_ours,
    proposed,
    remembered_account,
    tagged_org_id,
)
from wizard.core.shell import (
    ANYWHERE,
    Place,
    command,
    delete_inline_command,
    detach_command,
    setup_command,
)
from wizard.core.state import (
    MANAGED_POLICIES,
    UNKNOWN_ORG,
    Policy,
    Reason,
    Role,
    State,
    is_ours,
    reason,
)
from wizard.errors import Refused
from wizard.settings import DEFAULT_POLICY_NAME
from wizard.validators import GENESYS_ACCOUNT, TAG_BOUNDARY, TAG_MANAGED_BY
from wizard.verify import trust
from wizard.verify.check import Check, failed, passed
from wizard.verify.grants import surplus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.changes import Plan
    from wizard.core.documents import Document
    from wizard.settings import Settings

# What `setup` would change is a check that does not pass: the kind of change, and the code of
# the reason for failing. Checks that look at more than that have a function below.
DRIFT = {
    "role.description": ("update-role-description", "role-description-differs"),
    "role.tags": ("tag-role", "role-tags-differ"),
    "permissions.tags": ("tag-policy", "policy-tags-differ"),
    "permissions.boundary": ("put-permissions-boundary", "boundary-differs"),
}
NO_ROLE = reason("see-check", check="role.exists")
NOT_OURS = reason("see-check", check="role.ours")


@dataclass(frozen=True)
class Comparison:
    """A role beside what the settings ask for.

    `unknown` says why the desired policy document is not known, if so; `document` is then the
    actual one. `drift` is what `setup` would change, `fix` the hint for whatever that is.
    """

    settings: Settings
    role: Role
    actual: State
    policy_arn: str
    policy: Policy | None
    document: Document
    unknown: Refused | None
    drift: Plan
    fix: Reason
    place: Place


def org_id(given: str | None, actual: State) -> str:
    """The organization to verify for: as given, else as the role's tag says, else unknown."""
    tags = actual.role.tags if actual.role else {}
    return given or tagged_org_id(tags) or UNKNOWN_ORG


def desired_document(settings: Settings, account_id: str, actual: State) -> Document:
    """The policy document that should be there; where that is not known, the actual one."""
    state, _ = _desired(settings, account_id, actual)
    return state.policies[policy_arn(settings, account_id, actual)].document


def checks(
    settings: Settings,
    account_id: str,
    actual: State,
    *,
    confirmed: bool = True,
    allowed: frozenset[str] = frozenset(),
    place: Place = ANYWHERE,
) -> list[Check]:
    """Every check of the role that needs no further question to AWS.

    `settings` are those that `setup` would be run with. `confirmed` is false when their
    organization ID comes from `org_id` and not from the user. `allowed` are the ARNs of extra
    attachments that are meant to be there. `place` only appears in hints.

    Whatever `setup` would change is a check that does not pass; all pass where it would
    change nothing and nothing else is attached to the role.
    """
    if actual.role is None:
        run = reason("run", command=setup_command(settings, place=place))
        missing = failed("role.exists", run, "no-role", name=settings.role_name)
        # Of a role that is as desired there is each check once.
        _, *others = checks(settings, account_id, desired(settings, account_id))
        skipped = (Check(other.id, "skip", reason("no-role-seen"), NO_ROLE) for other in others)
        return [missing, *skipped]
    role, compared = actual.role, _compare(settings, account_id, actual, actual.role, place)
    stack = role.stack
    return [
        passed("role.exists", arn=role.arn),
        *([passed("role.managed-by-stack", stack=stack)] if stack else []),
        _ours(compared, confirmed=confirmed),
        _path(compared),
        _drift(compared, "role.description"),
        _role_tags(compared),
        *trust.checks(
            role.trust_policy,
            settings.genesys_account_id or GENESYS_ACCOUNT,
            settings.org_id,
            confirmed=confirmed,
            fix=_trust_fix(compared),
        ),
        _attachments(compared),
        _policy(compared),
        _document(compared),
        _policy_tags(compared),
        *_extra(compared, allowed),
        _drift(compared, "permissions.boundary"),
        _last_use(role),
    ]


def _compare(
    settings: Settings, account_id: str, actual: State, role: Role, place: Place
) -> Comparison:
    # What IAM can't change has a check of its own: a plan would be refused for it.
    changeable = replace(settings, role_path=None, policy_description=None)
    state, unknown = _desired(changeable, account_id, actual)
    arn = policy_arn(settings, account_id, actual)
    policy = actual.policies.get(arn)
    return Comparison(
        settings=settings,
        role=role,
        actual=actual,
        policy_arn=arn,
        policy=policy,
        document=state.policies[arn].document,
        unknown=unknown,
        drift=plan(state, actual),
        fix=_fix(settings, role, policy, place),
        place=place,
    )


def _desired(settings: Settings, account_id: str, actual: State) -> tuple[State, Refused | None]:
    """The desired state, with the actual policy document where the desired one is not known."""
    try:
        return desired(settings, account_id, actual), None
    except Refused as refusal:
        policy = actual.policies.get(policy_arn(settings, account_id, actual))
        document = policy.document if policy else docs.template("lex-policy")
        return desired(settings, account_id, actual, unknown=document), refusal


def _fix(settings: Settings, role: Role, policy: Policy | None, place: Place) -> Reason:
    """How to bring about the settings: by setup, or by the CloudFormation stack."""
    foreign = not is_ours(role.tags) or (policy is not None and not policy_is_ours(policy, role))
    serves = {*organizations(role), tagged_org_id(policy.tags) if policy else None}
    others = serves - {None, settings.org_id, settings.replace_org}
    asked = settings
    if (foreign and not settings.adopt) or others:
        # Other names first, as setup proposes them: what is there may be somebody's.
        name = settings.policy_name or DEFAULT_POLICY_NAME
        names = (proposed(settings, role.name), proposed(settings, name))
        asked = replace(settings, role_name=names[0], policy_name=names[1])
    elif settings.genesys_account_id is None and remembered_account(role):
        asked = replace(settings, genesys_account_id=GENESYS_ACCOUNT)
    if stack := role.stack:
        here = replace(place, profile=None)  # an export reads no profile
        template = setup_command(asked, subcommand=("export", "cloudformation"), place=here)
        return reason("change-stack", stack=stack, command=template)
    return reason("run", command=setup_command(asked, place=place))


def _trust_fix(compared: Comparison) -> Reason:
    account = remembered_account(compared.role)
    if compared.settings.genesys_account_id is not None or account is None:
        return compared.fix
    return reason("confirm-account", account=account, fix=compared.fix)


def _changes(compared: Comparison, kind: str) -> list[Any]:
    """What each change of this kind would set, or what it would detach."""
    return [
        change.before if change.after is None else change.after
        for change in compared.drift
        if change.kind == kind
    ]


def _drift(compared: Comparison, check_id: str) -> Check:
    kind, code = DRIFT[check_id]
    boundary = compared.role.permissions_boundary or reason("none")
    remembered = compared.role.tags.get(TAG_BOUNDARY)
    for value in _changes(compared, kind):
        new = sorted(value) if isinstance(value, dict) else value
        return failed(check_id, compared.fix, code, new=new, boundary=boundary)
    if check_id == "permissions.boundary" and remembered and remembered != boundary:
        message = reason("boundary-gone", boundary=boundary, remembered=remembered)
        return Check(check_id, "warn", message, reason("set-boundary-again", arn=remembered))
    return passed(check_id, boundary=boundary)


def _ours(compared: Comparison, *, confirmed: bool) -> Check:
    role = compared.role
    if role.path.lower().startswith("/aws-service-role/"):
        return failed("role.ours", reason("give-role-name"), "service-linked-role")
    if not is_ours(role.tags):
        return failed("role.ours", compared.fix, "role-not-ours", tag=TAG_MANAGED_BY)
    serves = tagged_org_id(role.tags)
    if confirmed and serves not in {None, compared.settings.org_id}:
        hint = reason("check-org-id", fix=compared.fix)
        return failed("role.ours", hint, "role-of-another-org", org_id=serves)
    return passed("role.ours")


def _path(compared: Comparison) -> Check:
    desired_path, path = compared.settings.role_path, compared.role.path
    if desired_path in {None, path}:
        return passed("role.path", path=path)
    hint = reason("leave-role-path-out")
    return failed("role.path", hint, "path-differs", path=path, desired=desired_path)


def _role_tags(compared: Comparison) -> Check:
    if not is_ours(compared.role.tags):
        return Check("role.tags", "skip", reason("tags-not-seen"), NOT_OURS)
    return _drift(compared, "role.tags")


def _attachments(compared: Comparison) -> Check:
    check_id, excess = "permissions.attachments", set(_changes(compared, "detach-policy"))
    findings = [
        reason(code, arns=sorted(arns))
        for code, arns in (
            ("not-attached", _changes(compared, "attach-policy")),
            ("attached-beside-least-privilege", excess & MANAGED_POLICIES),
            ("attached-from-former-name", excess - MANAGED_POLICIES),
        )
        if arns
    ]
    if not findings:
        required = compared.role.attachments & MANAGED_POLICIES
        return Check(check_id, "pass", reason(check_id if required else "none-required"))
    return failed(check_id, compared.fix, "attachments-differ", findings=findings)


def _policy(compared: Comparison) -> Check:
    check_id, arn, policy = "permissions.policy", compared.policy_arn, compared.policy
    if policy is None:
        name = arn.rsplit("/", 1)[-1].lower()
        for other_arn, other in sorted(compared.actual.policies.items()):
            if other.name.lower() == name:
                hint = reason("leave-policy-path-out")
                return failed(check_id, hint, "policy-elsewhere", arn=other_arn, desired=arn)
        return failed(check_id, compared.fix, "no-policy", arn=arn)
    if not policy_is_ours(policy, compared.role):
        return failed(check_id, compared.fix, "policy-not-ours", arn=arn)
    serves = tagged_org_id(policy.tags)
    if serves not in {None, compared.settings.org_id}:
        return failed(check_id, compared.fix, "policy-of-another-org", arn=arn, org_id=serves)
    others = sorted(policy.attached_to - {f"role/{compared.role.name}"})
    if not others:
        return passed(check_id, arn=arn)
    if policy.document == compared.document:
        return Check(check_id, "pass", reason("policy-also-attached", arn=arn, others=others))
    own_name = f"{policy.name[:55]}-{compared.role.name}"[:128]
    own = setup_command(
        replace(compared.settings, policy_name=own_name),
        place=compared.place,
    )
    hint = reason("give-own-policy", command=own)
    return failed(check_id, hint, "policy-shared", arn=arn, others=others)


def _document(compared: Comparison) -> Check:
    check_id, fix, policy = "permissions.document", compared.fix, compared.policy
    if compared.unknown is not None:
        hint = reason(f"restore-{remembered_source(compared.actual)}", fix=fix)
        return failed(check_id, hint, "document-unknown", message=compared.unknown.message)
    if policy is None:
        return Check(check_id, "skip", reason("no-policy-seen"), fix)
    if not _changes(compared, "update-policy"):
        source = remembered_source(compared.actual)
        if compared.settings.policy is None and source in {"file", "least-privilege"}:
            return Check(check_id, "warn", reason("document-unconfirmed"), reason(f"give-{source}"))
        return passed(check_id)
    findings = [
        reason(code, grants=grants)
        for code, grants in (
            ("document-allows-more", surplus(policy.document, compared.document)),
            ("document-allows-less", surplus(compared.document, policy.document)),
        )
        if grants
    ]
    if not findings:
        return Check(check_id, "warn", reason("document-in-other-words"), fix)
    return failed(check_id, fix, "document-differs", findings=findings)


def _policy_tags(compared: Comparison) -> Check:
    if compared.policy is None:
        return Check("permissions.tags", "skip", reason("no-policy-seen"), compared.fix)
    if compared.role.stack and TAG_MANAGED_BY not in compared.policy.tags:
        return Check("permissions.tags", "pass", reason("policy-of-a-stack"))
    return _drift(compared, "permissions.tags")


def _extra(compared: Comparison, allowed: frozenset[str]) -> Iterator[Check]:
    """A failing check for each further grant, with the command that ends it; else a pass."""
    check_id, role, profile = "permissions.extra", compared.role, compared.place.profile
    extra = sorted(role.attachments - MANAGED_POLICIES - {compared.policy_arn} - allowed)
    for arn in extra:
        detach, allow = detach_command(role.name, arn, profile), command("--allow-policy", arn)
        hint = reason("detach-or-allow", command=detach, option=allow)
        yield failed(check_id, hint, "extra-policy", arn=arn)
    for name in sorted(role.inline_policies):
        hint = reason("run", command=delete_inline_command(role.name, name, profile))
        yield failed(check_id, hint, "extra-inline-policy", name=name)
    if not extra and not role.inline_policies:
        yield passed(check_id)


def _last_use(role: Role) -> Check:
    if role.last_use is None:
        return Check("role.last-used", "pass", reason("no-use-recorded"))
    date, region = f"{role.last_use.when:%Y-%m-%d}", role.last_use.region
    used = reason("used-in" if region else "used", date=date, region=region)
    return Check("role.last-used", "pass", used)
