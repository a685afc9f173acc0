"""The screens of `setup`, `remove`, `export` and `permissions`: who you are, plans, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.core.state import MANAGED_POLICIES, is_ours
from wizard.ui import words
from wizard.ui.screen import Line, Screen
from wizard.verify.scope import in_words, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wizard.apply import Result
    from wizard.aws.session import Caller
    from wizard.core.changes import Change, Plan
    from wizard.core.desired import PlannedSetup
    from wizard.core.ownership import Kept
    from wizard.core.state import Role, State
    from wizard.errors import AwsError

NEXT = (
    "Send the role ARN to your Genesys Cloud administrator.",
    (
        "In Genesys Cloud, go to Admin > Integrations, enter the ARN in the Amazon Lex V2 "
        "integration, and activate it. The external ID is your organization ID. It isn't a secret."
    ),
    "Allow a few minutes for bots to appear in Architect.",
)
GRANTING = {"create-policy", "update-policy", "attach-policy", "detach-policy"}


def account(
    screen: Screen,
    caller: Caller,
    profile: str | None,
    region: str | None,
    alias: str | None = None,
) -> None:
    """Who you are, before anything else."""
    screen.line(f"{caller.account_id} ({alias})" if alias else caller.account_id, "AWS account")
    screen.line(caller.arn, "Signed in as")
    screen.line(profile or "none (environment)", "Profile")
    screen.line(region or "none set", "Region")


def no_account(screen: Screen) -> None:
    """There are no credentials to show an account of."""
    screen.line("unknown: there are no AWS credentials (offline preview)", "AWS account")


def plan(screen: Screen, planned: PlannedSetup) -> None:
    """What will be made, changed and left alone, with the differences of documents."""
    screen.heading("Plan")
    if not planned.changes:
        screen.line("No changes needed.")
    screen.lines(words.plan_lines(planned.changes, planned.before))
    screen.lines(_kept(planned))
    if sentences := _least_privilege(planned):
        screen.line()
        for sentence in sentences:
            screen.line(sentence)
    for title, difference in words.diff(planned.changes):
        screen.line()
        screen.line(f"{title} (- current, + new):")
        screen.block(difference)
    for warning in planned.warnings:
        screen.warning(words.sentence(warning))


def _least_privilege(planned: PlannedSetup) -> list[str]:
    """What Genesys may use from now on and what no longer, where the plan limits it to bots."""
    scope = scope_of(planned.desired, planned.policy_arn)
    if scope is None or not any(change.kind in GRANTING for change in planned.changes):
        return []
    return list(map(words.sentence, in_words(scope)))


def _kept(planned: PlannedSetup) -> list[Line]:
    """What stays although the user did not ask for it; further grants are warnings."""
    before, desired = planned.before.role, planned.desired.role
    boundary = before.permissions_boundary if before else None
    if boundary is None or desired is None or boundary != desired.permissions_boundary:
        return []
    return [Line(f"the permissions boundary {boundary}", "keep")]


def preview(screen: Screen, *, planned: PlannedSetup, apply: str, review: str) -> None:
    """A plan for review, with the commands that apply it and that show its documents."""
    plan(screen, planned)
    screen.line()
    screen.line("To read the policy documents:")
    screen.command(review)
    if planned.changes:
        screen.line("To apply the plan:")
        screen.command(apply)


def documents(screen: Screen, desired: State) -> None:
    """The policy documents as they would be written."""
    screen.heading("Policy documents")
    if desired.role is not None:
        screen.line(f"Trust policy of {desired.role.name}:")
        screen.block(desired.role.trust_policy.text())
    for policy in desired.policies.values():
        if desired.role is None or policy.arn in desired.role.attachments:
            screen.line()
            screen.line(f"Policy {policy.name}:")
            screen.block(policy.document.text())


def result(screen: Screen, status: str, role: Role, external_id: str, warnings: int) -> None:
    """The hand-off: what the Genesys administrator gets, and what to run later."""
    heading = {"created": "Done. The role is ready.", "updated": "Done. The role is up to date."}
    healthy = "The role is up to date."
    careful = "Nothing was changed. Read the warnings above."
    screen.heading(heading.get(status, careful if warnings else healthy))
    screen.line(role.arn, "Role ARN")
    screen.line(external_id, "External ID")
    screen.line()
    if screen.sandbox:
        screen.line("This was a simulation. Nothing was changed in AWS.")
        screen.line("To set up your own account, run `genesys-lex-wizard`.")
        return
    if status != "created":
        screen.line("If Genesys Cloud doesn't have this ARN yet:")
    else:
        screen.line("Next steps:")
    screen.lines((Line(text, f"{number}.") for number, text in enumerate(NEXT, 1)), label_width=2)


def later(screen: Screen, watch: str, repeat: str, verify: str) -> None:
    """The next command, and those to keep: the same run again, and the check."""
    screen.line()
    screen.line(
        "Watch for Genesys Cloud to assume the role while its administrator activates the "
        "integration:"
    )
    screen.command(watch)
    screen.line("Run this setup again without prompts:")
    screen.command(repeat)
    screen.line("Check the setup later:")
    screen.command(verify)


def failure(
    screen: Screen, result: Result, error: AwsError, go_on: str, clean_up: str | None
) -> AwsError:
    """What happened, what was done, undone and is left, and how to go on; returns it as shown."""
    state = ""
    if result.as_before:
        state = "Your account is unchanged."
    elif result.left:
        state = "Not undone: " + "; ".join(map(words.title, result.left)) + "."
    if result.in_doubt:
        unknown = "; ".join(map(words.title, result.in_doubt))
        state += f" Unknown, because AWS didn't respond: {unknown}."
    hint = f"{error.hint} To try again: `{go_on}`.".strip()
    if clean_up:
        hint += f" To delete everything this tool created: `{clean_up}`."
    if result.left:
        screen.heading("What this run did")
        for change in result.done:
            undone = change in result.undone
            screen.line(words.title(change), *(("undone", "✓") if undone else ("left", "!")))
    return type(error)(f"{error.message} {state}".strip(), hint, code=error.code)


def removal(screen: Screen, *, changes: Plan, before: State, kept: Sequence[Kept]) -> None:
    """Everything that will go, what stays with the reason, and when the role was last used."""
    foreign = [change for change in changes if _made_by_others(change, before)]
    screen.heading("Plan: delete the following")
    screen.lines(words.plan_lines([one for one in changes if one not in foreign], before))
    if foreign:
        screen.heading("Not added by this tool, but removed with the role")
        screen.lines(words.plan_lines(foreign, before))
        screen.line("A deleted inline policy can't be recovered.", sign="!")
    for entry in kept:
        why = words.sentence(entry.reason)
        screen.lines([Line(f"{words.name_of(entry.target)} stays: {why}", "keep")])
    if before.role is None:
        return
    use = before.role.last_use
    screen.line()
    if use is None:
        screen.line(
            "AWS has no record of this role being used. Its record can lag by several hours."
        )
    else:
        where = f" in {use.region}" if use.region else ""
        screen.line(f"The role was last used on {use.when:%Y-%m-%d %H:%M} UTC{where}.", sign="!")
    screen.line(
        "Genesys Cloud loses access to your Lex V2 bots immediately. Also deactivate the "
        "Amazon Lex V2 integration in Genesys Cloud. If you recreate the role later, "
        "reactivate the integration."
    )


def _made_by_others(change: Change, before: State) -> bool:
    """Whether a removal takes away what this tool did not add to the role."""
    if change.kind == "detach-policy":
        policy = before.policies.get(change.before)
        return change.before not in MANAGED_POLICIES and not (policy and is_ours(policy.tags))
    return change.kind in {"delete-inline-policy", "remove-from-instance-profile"}


def say(text: str) -> Callable[[Screen], None]:
    """A line on standard output."""
    return lambda screen: screen.line(text)


def deployment(screen: Screen, command: str, link: str | None) -> None:
    """How to deploy a CloudFormation template."""
    screen.line("To deploy it:")
    screen.command(command)
    if link:
        screen.line("To open it in the CloudFormation console, its parameters filled in:")
        screen.block(link)


def stack_set(screen: Screen, told: Mapping[str, Any], *, self_managed: bool) -> None:
    """How to deploy a stack set, and what its success does not tell."""
    where = "the account that administers your stack sets"
    if not self_managed:
        where = "the management account, or a delegated administrator account"
        screen.line("Stack sets never deploy to the management account. Run setup there instead.")
    screen.line(f"Deploy it from {where}:")
    screen.command(told["deploy_command"])
    screen.line(
        "The stack says CREATE_COMPLETE although accounts failed, for example because the role "
        "exists already there. To list them:"
    )
    screen.command(told["failed_command"])
    arns = told["role_arns"].items()
    screen.lines((Line(arn, account) for account, arn in arns), label_width=12)
    screen.line(
        "In Genesys Cloud, one Amazon Lex V2 integration takes one role ARN. Whether your "
        "organization can have several integrations isn't documented; ask Genesys."
    )
