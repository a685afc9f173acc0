"""`setup`: apply(plan(desired, actual), perform); with a dry run the plan is only shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard import apply
from wizard.aws.advice import findings
from wizard.aws.lex import find_bots
from wizard.aws.observe import observe
from wizard.aws.perform import Performer
from wizard.aws.session import UNDO_SECONDS
from wizard.commands import STOPPING, UNDOING, Progress
from wizard.core.changes import fold, plan
from wizard.core.desired import PlannedSetup, desired, located, policy_arn
from wizard.core.documents import Document
from wizard.core.ownership import plan_setup
from wizard.core.policy_file import odd_resources
from wizard.core.shell import (
    delete_inline_command,
    detach_command,
    named_command,
    setup_command,
    verify_command,
)
from wizard.core.state import MANAGED_POLICIES, NOTHING, UNKNOWN_ACCOUNT, Reason, State, reason
from wizard.errors import CredentialsFailed, ExitCode, InvalidInput, Refused
from wizard.export import summary
from wizard.settings import ChosenBots, FromFile, Settings
from wizard.ui import objects, reports, words
from wizard.validators import GENESYS_ACCOUNT, TAG_ACCOUNT_ID
from wizard.verify.advice import file_warnings
from wizard.verify.scope import not_found_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.apply import Result
    from wizard.aws.session import Caller, Session
    from wizard.commands import Context, Outcome
    from wizard.core.changes import Change
    from wizard.ui.questions import Questions


def setup(context: Context, settings: Settings, questions: Questions | None = None) -> Outcome:
    """Make, update or preview the role; with `questions` at a terminal. Raises WizardError."""
    describe(context, settings)
    if questions is not None:
        from wizard.commands.interactive import interactive

        return interactive(context, settings, questions)
    if not settings.org_id:
        raise InvalidInput(
            "Missing required option: --org-id",
            (
                "Add --org-id, set GENESYS_LEX_ORG_ID, or run the command in a terminal "
                "without --non-interactive."
            ),
            code="missing-option",
        )
    screen = context.screen
    screen.heading("Genesys Cloud and Amazon Lex V2")
    session = context.sign_in()
    try:
        settings, planned = observe_and_plan(context, session, settings)
    except CredentialsFailed as error:
        if not context.options.dry_run or error.code != "no-credentials":
            raise
        reports.no_account(screen)
        return offline_preview(context, settings)
    reports.account(screen, session.caller(), session.profile, session.region)
    if context.options.dry_run:
        return preview(context, settings, planned)
    reports.plan(screen, planned)
    return carry_through(context, session, settings, planned)


def describe(context: Context, settings: Settings, planned: PlannedSetup | None = None) -> None:
    """Note what is known of the setup in the object for scripts."""
    role = planned.desired.role if planned else None
    tags = role.tags if role else {}
    context.result |= {
        "sandbox": context.options.sandbox,
        "role_name": settings.role_name,
        "role_arn": role.arn if role else None,
        "policy_name": words.name_of(planned.policy_arn) if planned else settings.policy_name,
        "policy_arn": planned.policy_arn if planned else None,
        "external_id": settings.org_id or None,
        "genesys_account_id": settings.genesys_account_id
        or tags.get(TAG_ACCOUNT_ID)
        or GENESYS_ACCOUNT,
    }
    if planned:
        context.result["warnings"] = [words.sentence(warning) for warning in planned.warnings]


def observe_and_plan(
    context: Context, session: Session, settings: Settings
) -> tuple[Settings, PlannedSetup]:
    """Read the account and plan; the settings with a region for each chosen bot.

    Raises Refused, InvalidInput, AwsError.
    """
    options = context.options
    # What is wrong with the answers themselves is reported before any call.
    settings = located(settings, session.region, options.account_id)
    advice = session.executor.submit(_advice, settings, session)
    before = observe_setup(session, settings)
    caller = session.caller()
    context.result["account_id"] = caller.account_id
    context.check_account(caller, settings.genesys_account_id or GENESYS_ACCOUNT)
    settings = located(settings, session.region, caller.account_id)
    _check_boundary(settings, caller)
    planned = plan_setup(settings, caller.account_id, before)
    extra = _extra_grants(planned, session.profile)
    planned = replace(planned, warnings=(*advice.result(), *extra))
    describe(context, settings, planned)
    return settings, planned


def observe_setup(
    session: Session, settings: Settings, *, instance_profiles: bool = False
) -> State:
    """The account as it is, as far as this setup is concerned. Raises AwsError."""

    def policies(caller: Caller) -> dict[str, str]:
        return {policy_arn(settings, caller.account_id): "v1"}

    name = settings.role_name
    return observe(session, name, policies, instance_profiles=instance_profiles, stack=True)


def _advice(settings: Settings, session: Session) -> Sequence[Reason | str]:
    """What is worth a warning before anything is written. Raises Refused for a bad policy file."""
    match settings.policy:
        case FromFile(tree):
            document = Document(tree)
            odd = [reason("odd-resource", arn=arn) for arn in odd_resources(document)]
            return (*odd, *file_warnings(findings(session, document)))
        case ChosenBots(bots):
            regions = [session.region] if session.region else []
            return not_found_warnings(find_bots(session, bots, regions))
        case _:
            return ()


def _extra_grants(planned: PlannedSetup, profile: str | None) -> Iterator[Reason]:
    """What else grants the role permissions: it is its owner's to detach."""
    role = planned.desired.role
    if role is None:
        return
    for arn in sorted(role.attachments - MANAGED_POLICIES - {planned.policy_arn}):
        detach = detach_command(role.name, arn, profile)
        yield reason("also-attached", arn=arn, command=detach)
    for name in sorted(role.inline_policies):
        delete = delete_inline_command(role.name, name, profile)
        yield reason("also-inline", name=name, command=delete)


def _check_boundary(settings: Settings, caller: Caller) -> None:
    boundary = settings.permissions_boundary
    if boundary and boundary.split(":")[4] not in {"aws", caller.account_id}:
        raise Refused(
            f"The permissions boundary {boundary} is in another account.",
            f"Use a policy in account {caller.account_id}, or an AWS managed policy.",
            code="boundary-in-another-account",
        )


def offline_preview(context: Context, settings: Settings) -> Outcome:
    """A plan for an account of which nothing is known: as if nothing existed."""
    settings = located(settings, context.options.region, None)
    state = desired(settings, UNKNOWN_ACCOUNT)
    arn = policy_arn(settings, UNKNOWN_ACCOUNT)
    warnings = (reason("offline-preview"),)
    planned = PlannedSetup(NOTHING, state, plan(state, NOTHING), arn, warnings)
    describe(context, settings, planned)
    return preview(context, settings, planned)


def preview(context: Context, settings: Settings, planned: PlannedSetup) -> Outcome:
    """What a dry run ends in."""
    remove = named_command("remove", settings, place=context.place)
    outcome = context.ended(
        status="planned" if planned.changes else "unchanged",
        changes=objects.changes(planned.changes),
        summary=summary(planned.desired, f"run: {remove}"),
    )
    here = replace(context.place, profile=None)  # an export reads no profile
    review = setup_command(settings, subcommand=("export", "policies"), place=here)
    apply_it = repeat(context, settings)
    draw = partial(reports.preview, planned=planned, apply=apply_it, review=review)
    return replace(outcome, draw=draw)


def carry_through(
    context: Context, session: Session, settings: Settings, planned: PlannedSetup
) -> Outcome:
    """Apply the plan that was shown, and say how it ended."""
    if not planned.changes:
        return _success(context, settings, planned, planned.before, ())
    screen = context.screen

    def observe_again(done: Sequence[Change]) -> State:
        written = fold(done, planned.before).policies
        versions = {arn: policy.version_id for arn, policy in written.items()}
        named = {planned.policy_arn: "v1", **versions}
        return observe(session, settings.role_name, lambda _: named)

    def rolling_back() -> None:
        session.retry = session.retry.capped(UNDO_SECONDS)
        screen.heading("Undoing changes")

    runner = apply.Runner(
        Performer(session),
        observe_again,
        Progress(screen),
        partial(words.titles, separator=", "),
        context.signals.stop,
        seconds=min(apply.CONFIRM_SECONDS, session.retry.just_made_seconds),
    )
    with context.deferred(UNDOING if context.options.rollback else STOPPING):
        screen.heading("Applying")
        result = apply.set_up(
            planned, runner, roll_back=context.options.rollback, rolling_back=rolling_back
        )
        if result.error is not None or result.actual is None:
            return _failure(context, settings, result)
        return _success(context, settings, planned, result.actual, result.done)


def _success(
    context: Context,
    settings: Settings,
    planned: PlannedSetup,
    actual: State,
    done: Sequence[Change],
) -> Outcome:
    role = actual.role
    if role is None:
        raise AssertionError("a confirmed setup has a role")
    created = any(change.kind == "create-role" for change in done)
    status = "created" if created else "updated" if done else "unchanged"
    reports.result(context.screen, status, role, settings.org_id, len(planned.warnings))
    if not context.options.sandbox:
        verify = verify_command(settings, context.place)
        watch = named_command("activity", settings, "--follow", place=context.place)
        reports.later(context.screen, watch, repeat(context, settings), verify)
    outcome = context.ended(status=status, role_arn=role.arn, changes=objects.changes(done))
    return replace(outcome, text=role.arn + "\n")


def repeat(context: Context, settings: Settings) -> str:
    """The command that asks for the same setup again."""
    options = context.options
    extra = ["--non-interactive", *(["--sandbox"] if options.sandbox else [])]
    return setup_command(settings, *extra, place=context.place)


def _failure(context: Context, settings: Settings, result: Result) -> Outcome:
    error = result.error
    if error is None:
        raise AssertionError("a failure has an error")
    exit_code, status = error.exit_code, "rolled-back" if result.as_before else "failed"
    if context.signals.received is not None and error.code == apply.INTERRUPTED:
        exit_code = context.signals.exit_code
    elif error.code == "name-taken" and result.as_before:
        # The name was taken by what no reading of ours could show: a refusal, nothing is left.
        exit_code, status = ExitCode.REFUSED, "refused"
    clean_up = _clean_up(context, settings, result)
    shown = reports.failure(context.screen, result, error, repeat(context, settings), clean_up)
    context.show(shown)
    describe(context, settings)
    ended = {**objects.failure("", shown), "status": status}
    if status != "refused":
        ended |= objects.outcome(result)
    return context.ended(exit_code, **ended)


def _clean_up(context: Context, settings: Settings, result: Result) -> str | None:
    """The command that removes what a failed run leaves; None if there is none that would."""
    left = [*result.left, *result.in_doubt]
    made_role = any(change.kind == "create-role" for change in left)
    # A role that is still another's, or another organization's, is refused by `remove`.
    if not left or not (made_role or not (settings.adopt or settings.replace_org)):
        return None
    return named_command("remove", settings, "--yes", place=context.place)
