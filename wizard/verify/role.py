"""The checks of the role: what setup would change, and what only reading can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.core.ownership import tagged_org_id
from wizard.core.shell import setup_command
from wizard.core.state import UNKNOWN_ORG, State, is_ours
from wizard.validators import TAG_MANAGED_BY, visible
from wizard.verify import permissions, trust
from wizard.verify.case import Case, examine
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.settings import Settings

LOOKED_AT = (
    "role.ours",
    "role.path",
    "role.description",
    "role.tags",
    "trust.principal",
    "trust.action",
    "trust.external-id",
    "trust.nothing-else",
    "trust.reading",
    "permissions.attachments",
    "permissions.policy",
    "permissions.document",
    "permissions.tags",
    "permissions.extra",
    "permissions.boundary",
    "role.last-used",
)


def org_id(given: str | None, actual: State) -> str:
    """The organization to verify for: as given, else as the role's tag says, else unknown."""
    tags = actual.role.tags if actual.role else {}
    return given or tagged_org_id(tags) or UNKNOWN_ORG


def checks(
    settings: Settings,
    account_id: str,
    actual: State,
    *,
    confirmed: bool = True,
    allowed: frozenset[str] = frozenset(),
    profile: str | None = None,
) -> list[Check]:
    """Every check of the role that needs no further question to AWS.

    `settings` are those that `setup` would be run with. `confirmed` is false when their
    organization ID comes from `org_id` and not from the user. `allowed` are the ARNs of extra
    attachments that are meant to be there. `profile` only appears in hints.

    Whatever `setup` would change is a check that does not pass; all pass where it would
    change nothing and nothing else hangs on the role.
    """
    if actual.role is None:
        again = setup_command(settings, profile=profile)
        return list(_no_role(settings, again))
    case = examine(settings, account_id, actual, actual.role, profile=profile)
    return [
        Check("role.exists", "pass", f"The role is {visible(case.role.arn)}."),
        *_stack(case),
        _ours(case, confirmed=confirmed),
        _path(case),
        _description(case),
        _tags(case),
        *trust.checks(
            case.role.trust_policy,
            case.genesys_account,
            settings.org_id,
            confirmed=confirmed,
            account_confirmed=settings.genesys_account_id is not None,
            mend=case.mend,
        ),
        *permissions.checks(case, allowed),
        _last_use(case),
    ]


def _no_role(settings: Settings, again: str) -> Iterator[Check]:
    name = settings.role_name
    missing = f"There is no role named {name} in this account."
    yield Check("role.exists", "fail", missing, f"Run `{again}`.")
    for each in LOOKED_AT:
        yield Check(each, "skip", "Not looked at, since there is no role.", "See role.exists.")


def _stack(case: Case) -> Iterator[Check]:
    if case.stack:
        message = (
            f"The CloudFormation stack {visible(case.stack)} manages the role: change the stack, "
            "not the role."
        )
        yield Check("role.managed-by-stack", "pass", message)


def _ours(case: Case, *, confirmed: bool) -> Check:
    role, wanted = case.role, case.settings.org_id
    if role.path.lower().startswith("/aws-service-role/"):
        return Check(
            "role.ours",
            "fail",
            "This is a service-linked role of AWS, which Genesys can't use.",
            "Give the --role-name of the role that was made for Genesys.",
        )
    if not is_ours(role.tags):
        return Check(
            "role.ours",
            "fail",
            f"This program did not make the role: it has no tag {TAG_MANAGED_BY}="
            "genesys-lex-wizard.",
            case.mend,
        )
    serves = tagged_org_id(role.tags)
    if confirmed and serves not in {None, wanted}:
        return Check(
            "role.ours",
            "fail",
            f"The role's tag says that it serves another organization, {visible(str(serves))}.",
            f"Check --org-id; if the organization was replaced: {case.mend}",
        )
    return Check("role.ours", "pass", "This program made the role, as its tags say.")


def _path(case: Case) -> Check:
    wanted, path = case.settings.role_path, case.role.path
    if wanted in {None, path}:
        return Check("role.path", "pass", f"The role's path is {visible(path)}.")
    return Check(
        "role.path",
        "fail",
        f"The role's path is {visible(path)} and not {wanted}; IAM can't move it.",
        "Leave --role-path out to use the role where it is, or give setup another --role-name.",
    )


def _description(case: Case) -> Check:
    if case.changes("update-role-description"):
        message = "The role's description is another one than was asked for."
        return Check("role.description", "fail", message, case.mend)
    return Check("role.description", "pass", "The role's description is as it should be.")


def _tags(case: Case) -> Check:
    if not is_ours(case.role.tags):
        message = "Not looked at, since the role's tags do not say that this program made it."
        return Check("role.tags", "skip", message, "See role.ours.")
    if changes := case.changes("tag-role"):
        wrong = ", ".join(map(visible, sorted(changes[0].after)))
        message = f"Tags of the role are missing or were changed: {wrong}."
        return Check("role.tags", "fail", message, case.mend)
    return Check("role.tags", "pass", "The tags that remember the set-up are on the role.")


def _last_use(case: Case) -> Check:
    use = case.role.last_use
    if use is None:
        message = "No use recorded in the last 400 days (AWS's record lags by some hours)."
    else:
        where = f" in {visible(use.region)}" if use.region else ""
        message = f"AWS last recorded a use of the role on {use.when:%Y-%m-%d}{where}."
    return Check("role.last-used", "pass", message)
