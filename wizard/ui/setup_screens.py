"""The screens of `setup`: who you are, the plan, progress, the result, a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.core.plan import AttachPolicy, CreatePolicy, DetachPolicy, UpdatePolicy
from wizard.errors import AwsError
from wizard.ui import words
from wizard.ui.screen import Line, Screen
from wizard.validators import TAG_POLICY_SOURCE
from wizard.verify.bot_scope import in_words, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.apply import Event
    from wizard.aws.session import Caller
    from wizard.carry_out import Run
    from wizard.core.plan import Change, Plan
    from wizard.core.state import Role, State


def say_offline(screen: Screen) -> None:
    """There is nobody to show an account of."""
    screen.line("unknown: there are no AWS credentials (offline preview)", "AWS account")


@dataclass(frozen=True)
class Prospect:
    """What is there, what is wanted, and the plan that leads from one to the other."""

    before: State
    want: State
    changes: Plan
    policy_arn: str  # of the set-up's customer managed policy


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


def plan(screen: Screen, prospect: Prospect, warnings: Sequence[str]) -> None:
    """What will be made, changed and left alone, with the differences of documents."""
    before, changes = prospect.before, prospect.changes
    screen.heading("Plan")
    if not changes:
        screen.line("Nothing to do: everything is as it should be.")
    screen.lines(words.plan_lines(changes, before))
    screen.lines(_kept(prospect))
    if sentences := _least_privilege(prospect):
        screen.line()
        for sentence in sentences:
            screen.line(sentence)
    for title, difference in words.diff(changes, before):
        screen.line()
        screen.line(f"{title}, - now, + wanted:")
        screen.block(difference)
    for warning in warnings:
        screen.warning(warning)


def _least_privilege(prospect: Prospect) -> list[str]:
    """What Genesys may use from now on and what no longer, where the plan limits it to bots."""
    role, policy = prospect.want.role, prospect.want.policies.get(prospect.policy_arn)
    if role is None or policy is None or role.tags.get(TAG_POLICY_SOURCE) != "least-privilege":
        return []
    changes_rights = CreatePolicy | UpdatePolicy | AttachPolicy | DetachPolicy
    scope = scope_of(policy.document)
    if scope is None or not any(isinstance(each, changes_rights) for each in prospect.changes):
        return []
    return in_words(scope)


def preview(
    screen: Screen, *, prospect: Prospect, warnings: Sequence[str], summary: Sequence[str]
) -> None:
    """A plan for whoever reviews it: with what will be granted, to whom, how to take it away."""
    plan(screen, prospect, warnings)
    screen.heading("Summary")
    for line in summary:
        screen.verbatim(line)


def _kept(prospect: Prospect) -> list[Line]:
    """What stays although nobody spoke of it; further grants are warnings."""
    role, wanted = prospect.before.role, prospect.want.role
    boundary = role.permissions_boundary if role else None
    if wanted is None or boundary is None or boundary != wanted.permissions_boundary:
        return []
    return [Line(f"the permissions boundary {boundary}", "keep")]


def documents(screen: Screen, want: State) -> None:
    """The policy documents as they would be written."""
    screen.heading("Policy documents")
    if want.role is not None:
        screen.line(f"Trust policy of {want.role.name}:")
        screen.block(want.role.trust_policy.text())
    for policy in want.policies.values():
        if want.role is None or policy.arn in want.role.attachments:
            screen.line()
            screen.line(f"Policy {policy.name}:")
            screen.block(policy.document.text())


def progress(screen: Screen, what: str = "Applying") -> None:
    """The heading above the progress."""
    screen.heading(what)


def undoing(screen: Screen) -> None:
    """The heading above what is taken back."""
    screen.heading("Undoing what this run did")


def event(screen: Screen, event: Event) -> None:
    """A line of progress."""
    if line := words.event_line(event):
        screen.lines([line])


def title(change: Change) -> str:
    """A change in a few words."""
    _, verb, what = words.title(change)
    return f"{verb} {what}"


def result(screen: Screen, status: str, role: Role, external_id: str) -> None:
    """The hand-off: what the Genesys administrator gets, and what to run later."""
    screen.heading(
        {
            "created": "Done: the role is ready",
            "updated": "Done: the role is as it should be again",
            "unchanged": "Nothing to do: the role is as it should be",
        }[status]
    )
    screen.line(role.arn, "Role ARN")
    screen.line(external_id, "External ID")
    screen.line()
    screen.line(
        "Hand the role ARN (the whole ARN, not the name) to your Genesys Cloud administrator: "
        "the Amazon Lex V2 integration (Genesys Cloud Admin > Integrations) asks for it when it is "
        "configured and activated. The external ID is the organization's own ID and no secret. "
        "New or changed bots can take a few minutes to appear in Architect."
    )


def later(screen: Screen, repeat: str, verify: str) -> None:
    """The commands to keep: the same run again, and the check."""
    screen.line()
    screen.line("The same run as a command:")
    screen.command(repeat)
    screen.line("To check it later:")
    screen.command(verify)


def failure(
    screen: Screen, run: Run, go_on: str, clean_up: str | None, error: AwsError
) -> AwsError:
    """What happened, what was done, undone and is left, and how to go on; returns it as told."""
    if run.as_before:
        state = "Nothing is left: the account is as it was."
    elif run.left:
        state = "Still there: " + "; ".join(title(change) for change in run.left) + "."
    else:
        state = ""
    if run.in_doubt:
        unknown = "; ".join(title(change) for change in run.in_doubt)
        state += f" Perhaps there, since AWS gave no answer: {unknown}."
    if run.shared:
        state += " Another run is at this role; what may be its work was not undone."
    hint = f"{error.hint} To go on: `{go_on}`.".strip()
    if clean_up:
        hint += f" To clean up, which removes the whole set-up: `{clean_up}`."
    told = AwsError(f"{error.message} {state}".strip(), hint, code=error.code)
    if run.done:
        screen.heading("What this run did")
        for change in run.done:
            undone = change in run.undone
            screen.line(title(change), "undone" if undone else "left", "✗" if undone else "!")
    screen.error(told)
    return told
