"""`setup` at a terminal: who you are, one question, the plan, your decision, the result."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws.lex import everything_to_choose
from wizard.aws.session import account_alias, profiles
from wizard.commands.setup import (
    carry_through,
    describe,
    observe_and_plan,
    offline_preview,
    preview,
    repeat,
)
from wizard.commands.verify import BotSelection, observe_bots
from wizard.errors import AwsError, Cancelled, CredentialsFailed, ExitCode, WizardError
from wizard.ui import reports, verify_screens
from wizard.ui.questions import ask_organization, change_answers

if TYPE_CHECKING:
    from wizard.aws.session import Session
    from wizard.commands import Context, Outcome
    from wizard.core.desired import PlannedSetup
    from wizard.settings import Settings
    from wizard.ui.questions import Questions

OSC_52 = "\x1b]52;c;{}\x07"  # "set the clipboard": understood over SSH, too


def interactive(context: Context, settings: Settings, questions: Questions) -> Outcome:
    """The run as `cli.md` describes it. Raises WizardError; Cancelled when declined."""
    screen = context.screen
    screen.heading("Connect Genesys Cloud to Amazon Lex V2")
    screen.line("Nothing changes in AWS until you review and confirm the plan.")
    session = _sign_in(context, questions)
    if session is not None:
        questions.list_bots = partial(everything_to_choose, session)
    screen.line()
    settings = ask_organization(settings, questions)
    describe(context, settings)
    if session is None:
        return offline_preview(context, settings)
    shown: PlannedSetup | None = None
    while True:
        try:
            located, planned = observe_and_plan(context, session, settings)
        except CredentialsFailed as error:
            session = _sign_in(context, questions, error) or session
            questions.list_bots = partial(everything_to_choose, session)
            continue
        except WizardError as error:
            settings = _change_or_give_up(context, settings, questions, error)
            describe(context, settings)
            continue
        if context.options.dry_run:
            return preview(context, located, planned)
        if not planned.changes or context.options.yes or shown == planned:
            if shown is None:
                reports.plan(screen, planned)
            return _finish(context, session, located, questions, planned)
        if shown is not None:
            screen.warning("The account changed while you were deciding. Here is the updated plan.")
        reports.plan(screen, planned)
        account_id = session.caller().account_id
        decided = _decide(context, settings, questions, planned, account_id)
        shown = planned if decided is settings else None
        settings = decided


def _sign_in(
    context: Context, questions: Questions, failed: AwsError | None = None
) -> Session | None:
    """Find out who we are; after a failed login help and try again. None: offline preview."""
    while True:
        if failed is not None:
            context.show(failed)
            _offer_another_try(context, questions, failed)
        try:
            session = context.sign_in()
            caller, alias = session.caller(), account_alias(session)
        except AwsError as error:
            if context.options.dry_run and error.code == "no-credentials":
                reports.no_account(context.screen)
                return None
            failed = error
            continue
        reports.account(context.screen, caller, session.profile, session.region, alias)
        return session


def _offer_another_try(context: Context, questions: Questions, error: AwsError) -> None:
    """Offer to try again, with another profile perhaps; raise the error when declined."""
    known = profiles()
    choices = [("again", "Try again after signing in from another terminal")]
    if len(known) > 1:
        choices.append(("profile", "Choose another profile"))
    choices.append(("quit", "Quit"))
    match questions.prompts.choose("What do you want to do?", choices):
        case "profile":
            profile = questions.prompts.choose("Which profile?", [(name, name) for name in known])
            context.options = replace(context.options, profile=profile)
        case "quit":
            raise error


def _decide(
    context: Context,
    settings: Settings,
    questions: Questions,
    planned: PlannedSetup,
    account_id: str,
) -> Settings:
    """The same settings: apply the plan, if it is still the plan. Others: the answers changed."""
    count = len(planned.changes)
    changes = "this change" if count == 1 else f"these {count} changes"
    question = f"Apply {changes} to AWS account {account_id}?"
    choices = [
        ("apply", "Yes, apply"),
        ("change", "Change a setting"),
        ("documents", "Show the policy JSON"),
        ("cancel", "Cancel"),
    ]
    while True:
        # An Enter that was pressed before the plan could be read applies nothing.
        questions.prompts.forget_early_keys()
        context.screen.line()
        match questions.prompts.choose(question, choices):
            case "apply":
                return settings
            case "change":
                return replace(change_answers(settings, questions))
            case "documents":
                reports.documents(context.screen, planned.desired)
            case _:
                raise Cancelled("Canceled. Nothing was changed.", code="cancelled")


def _change_or_give_up(
    context: Context, settings: Settings, questions: Questions, error: WizardError
) -> Settings:
    """A refusal is no dead end: another name may do. Raises `error` when given up."""
    context.show(error)
    context.screen.line("To run this setup later, use this command and add options as needed:")
    context.screen.command(repeat(context, settings))
    choices = [("change", "Change a setting"), ("again", "Check again"), ("quit", "Quit")]
    match questions.prompts.choose("Nothing was changed. What do you want to do?", choices):
        case "change":
            return change_answers(settings, questions)
        case "quit":
            raise error
        case _:
            return settings


def _finish(
    context: Context,
    session: Session,
    settings: Settings,
    questions: Questions,
    planned: PlannedSetup,
) -> Outcome:
    outcome = carry_through(context, session, settings, planned)
    if outcome.exit_code is ExitCode.DONE and not context.options.yes:
        try:
            _offer_more(context, session, questions, planned)
        except (KeyboardInterrupt, Cancelled):
            context.screen.line()  # the role is made all the same
        except Exception as error:  # noqa: BLE001 - and its ARN is what counts
            kind = type(error).__name__
            context.screen.warning(
                "The role is ready, but the bots weren't checked because of a bug in this "
                f"tool ({kind}). Report the bug."
            )
    return outcome


def _offer_more(
    context: Context, session: Session, questions: Questions, planned: PlannedSetup
) -> None:
    """What may help once the role is made: its ARN on the clipboard, the state of the bots."""
    screen, role, prompts = context.screen, planned.desired.role, questions.prompts
    screen.line()
    copy = "Copy the role ARN to the clipboard?"
    if role is not None and not screen.plain and prompts.yes(copy, default=True):
        encoded = base64.b64encode(role.arn.encode()).decode()
        screen.raw(OSC_52.format(encoded))
        screen.line("Copied, if your terminal supports it. Otherwise, copy the ARN below.")
    if context.options.sandbox or session.region is None:
        return  # there are no bots, or their region is not known
    question = f"Check whether the bots in {session.region} are ready for Genesys Cloud?"
    if not prompts.yes(question, default=False):
        return
    try:
        bots, checks = observe_bots(
            context, session, BotSelection(), planned.desired, planned.policy_arn
        )
    except AwsError as error:
        screen.warning(f"Can't read the bots: {error.message} {error.hint}")
    else:
        screen.line()
        verify_screens.readiness(screen, checks, bots)
