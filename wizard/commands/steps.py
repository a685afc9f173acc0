"""The steps of a set-up, whether somebody is asked or not: look, plan, preview, carry through."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.aws.analyzer import validate_file
from wizard.aws.lex import find_bots
from wizard.aws.observe import observe
from wizard.aws.threads import Threads
from wizard.commands.applying import Applying
from wizard.commands.context import Outcome, check_account
from wizard.core.desired import desired, located, policy_arn
from wizard.core.documents import Document
from wizard.core.ownership import wanted
from wizard.core.plan import CreateRole, plan
from wizard.core.shell import command, named_command, setup_command
from wizard.core.state import MANAGED_POLICIES, NOTHING, UNKNOWN_ACCOUNT, State
from wizard.errors import (
    ExitCode,
    Refused,
)
from wizard.export.summary import summary
from wizard.settings import ChosenBots, FromFile, Settings
from wizard.ui import objects, setup_screens
from wizard.ui.setup_screens import Prospect
from wizard.validators import GENESYS_ACCOUNT, TAG_ACCOUNT_ID
from wizard.verify.bot_scope import not_found_warnings

if TYPE_CHECKING:
    from wizard.aws.session import Caller, Session
    from wizard.carry_out import Run
    from wizard.commands.context import How, Stage
    from wizard.core.plan import Plan


@dataclass
class Facts:
    """What is known so far, for the object that scripts get however the run ends."""

    settings: Settings
    how: How
    account_id: str | None = None
    state: State | None = None
    warnings: list[str] = field(default_factory=list)

    def as_object(self, status: str) -> dict[str, Any]:
        """The keys that every end of `setup` has."""
        role = self.state.role if self.state else None
        policy = None
        if self.state and self.account_id:
            policy = policy_arn(self.settings, self.account_id, self.state)
        name = policy.rsplit("/", 1)[-1] if policy else self.settings.policy_name
        return {
            "command": "setup",
            "status": status,
            "sandbox": self.how.sandbox,
            "account_id": None if self.account_id == UNKNOWN_ACCOUNT else self.account_id,
            "role_name": self.settings.role_name,
            "role_arn": role.arn if role else None,
            "policy_name": name,
            "policy_arn": policy,
            "external_id": self.settings.org_id or None,
            "genesys_account_id": self._genesys_account(),
            "changes": [],
            "warnings": list(self.warnings),
        }

    def _genesys_account(self) -> str:
        remembered = (
            self.state.role.tags.get(TAG_ACCOUNT_ID) if self.state and self.state.role else ""
        )
        return self.settings.genesys_account_id or remembered or GENESYS_ACCOUNT


def look_and_plan(facts: Facts, session: Session) -> Prospect:
    """What is there, what is wanted, and the plan between. Raises Refused, AwsError."""
    # What is wrong with the answers themselves is told before any call.
    settings = located(facts.settings, session.region, facts.how.account_id)
    with Threads(1) as pool:  # advice is asked for while the account is read
        advice = pool.submit(_advice, settings, session)
        before = look(settings, session)
    caller = session.caller()
    facts.account_id = caller.account_id
    check_account(caller, facts.how, settings.genesys_account_id or GENESYS_ACCOUNT)
    facts.settings = settings = located(settings, session.region, caller.account_id)
    _check_boundary(settings, caller)
    want = wanted(settings, caller.account_id, before)
    changes = plan(want, before)
    facts.state = want
    arn = policy_arn(settings, caller.account_id, before)
    facts.warnings = [*advice.result(), *_extra_grants(want, arn, facts.how.profile)]
    return Prospect(before, want, changes, arn)


def _advice(settings: Settings, session: Session) -> list[str]:
    """What is worth a warning before anything is written. Raises Refused for a bad policy file."""
    match settings.policy:
        case FromFile(tree):
            return validate_file(session, Document(tree))
        case ChosenBots(bots):
            regions = [session.region] if session.region else []
            return not_found_warnings(find_bots(session, bots, regions))
        case _:
            return []


def _extra_grants(want: State, our_policy: str, profile: str | None) -> list[str]:
    """What else gives the role rights: it is its owner's to take away."""
    role = want.role
    if role is None:
        return []
    found = []
    on_role = ("--role-name", role.name)
    for arn in sorted(role.attachments - MANAGED_POLICIES - {our_policy}):
        words = ("aws", "iam", "detach-role-policy", *on_role, "--policy-arn", arn)
        found.append((f"the policy {arn}", command(*words, profile=profile)))
    for name in sorted(role.inline_policies):
        words = ("aws", "iam", "delete-role-policy", *on_role, "--policy-name", name)
        found.append((f"the inline policy {name}", command(*words, profile=profile)))
    return [
        f"The role also has {what}, and Genesys Cloud whatever it allows. It stays, since this "
        f"program did not attach it; to take it off: `{take_off}`."
        for what, take_off in found
    ]


def look(settings: Settings, session: Session) -> State:
    """The account as it is, as far as this set-up is concerned."""

    def policies(caller: Caller) -> dict[str, str]:
        return {policy_arn(settings, caller.account_id): "v1"}

    return observe(session, settings.role_name, policies)


def _check_boundary(settings: Settings, caller: Caller) -> None:
    boundary = settings.permissions_boundary
    if boundary and boundary.split(":")[4] not in {"aws", caller.account_id}:
        raise Refused(
            f"The permissions boundary {boundary} is a policy of another account.",
            f"Give a policy of the account {caller.account_id}, or an AWS managed one.",
            code="boundary-in-another-account",
        )


def offline_preview(facts: Facts) -> Outcome:
    """A plan for an account of which nothing is known: as if nothing existed."""
    facts.account_id = UNKNOWN_ACCOUNT
    facts.settings = located(facts.settings, facts.how.region, None)
    want = desired(facts.settings, UNKNOWN_ACCOUNT)
    facts.state = want
    facts.warnings.append(
        "Offline preview: there are no AWS credentials, so nobody looked at what exists already."
    )
    arn = policy_arn(facts.settings, UNKNOWN_ACCOUNT)
    return preview(facts, Prospect(NOTHING, want, plan(want, NOTHING), arn))


def preview(facts: Facts, prospect: Prospect) -> Outcome:
    """What a dry run ends in."""
    status = "planned" if prospect.changes else "unchanged"
    result = {**facts.as_object(status), "changes": objects.changes(prospect.changes)}
    take_away = named_command("remove", facts.settings, profile=facts.how.profile)
    reviewed = summary(prospect.want, f"run: {take_away}")
    draw = partial(
        setup_screens.preview, prospect=prospect, warnings=facts.warnings, summary=reviewed
    )
    return Outcome(ExitCode.DONE, {**result, "summary": reviewed}, draw=draw)


def carry_through(facts: Facts, stage: Stage, session: Session, prospect: Prospect) -> Outcome:
    """Apply the plan that was shown, and say how it ended."""
    if not prospect.changes:
        return _success(facts, stage, prospect.before, "unchanged", ())
    screen, account_id = stage.screen, session.caller().account_id
    applying = Applying(
        session,
        stage.signals,
        prospect,
        wanted=partial(wanted, facts.settings, account_id),
        tell=partial(setup_screens.event, screen),
        undoing=partial(setup_screens.undoing, screen),
    )
    with stage.signals.deferred():
        setup_screens.progress(screen)
        run, after = applying.run(rollback=facts.how.rollback)
        if run.error is not None or after is None:
            return _failure(facts, stage, run)
        created = any(isinstance(change, CreateRole) for change in run.done)
        status = "created" if created else "updated" if run.done else "unchanged"
        return _success(facts, stage, after, status, tuple(run.done))


def _success(facts: Facts, stage: Stage, after: State, status: str, done: Plan) -> Outcome:
    facts.state = after
    role = after.role
    if role is None:
        raise AssertionError("a confirmed set-up has a role")
    setup_screens.result(stage.screen, status, role, facts.settings.org_id)
    verify = named_command("verify", facts.settings, profile=facts.how.profile)
    setup_screens.later(stage.screen, _again(facts), verify)
    result = {**facts.as_object(status), "changes": objects.changes(done)}
    return Outcome(ExitCode.DONE, result, role.arn + "\n")


def _again(facts: Facts) -> str:
    """The command that asks for the same set-up again."""
    how = facts.how
    extra = ["--non-interactive", *(["--sandbox"] if how.sandbox else [])]
    extra += ["--account-id", how.account_id] if how.account_id else []
    return setup_command(facts.settings, *extra, profile=how.profile, region=how.region)


def _failure(facts: Facts, stage: Stage, run: Run) -> Outcome:
    error = run.error
    if error is None:
        raise AssertionError("a failure has an error")
    exit_code = error.exit_code
    status = "rolled-back" if run.as_before else "failed"
    if stage.signals.received is not None and error.code == "interrupted":
        exit_code = stage.signals.exit_code
    elif error.code == "name-taken" and run.as_before:
        # The name was taken by what no reading of ours could show: a refusal, nothing is left.
        exit_code, status = ExitCode.REFUSED, "refused"
    told = setup_screens.failure(stage.screen, run, _again(facts), _clean_up(facts, run), error)
    facts.state = None
    result = {**facts.as_object(status), "error": objects.error(told)}
    if status != "refused":
        result |= {
            "done": objects.changes(run.done),
            "undone": objects.changes(run.undone),
            "left": objects.changes(run.left),
            "remaining": objects.changes(run.remaining),
            "in_doubt": objects.changes(run.in_doubt),
        }
    return Outcome(exit_code, result)


def _clean_up(facts: Facts, run: Run) -> str | None:
    """The command that takes away what a failed run leaves; None if there is none that would."""
    there = [*run.left, *run.in_doubt]
    settings = facts.settings
    made_role = any(isinstance(change, CreateRole) for change in there)
    # A role that is still another's, or another organization's, is refused by `remove`.
    if not there or run.shared or not (made_role or not (settings.adopt or settings.replace_org)):
        return None
    return named_command("remove", settings, "--yes", profile=facts.how.profile)
