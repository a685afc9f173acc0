"""`setup` at a terminal: who you are, a few questions, the plan, your decision, the result."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.aws import account as aws_account
from wizard.commands.context import Outcome, Told, connect
from wizard.commands.steps import carry_through, look_and_plan, offline_preview, preview
from wizard.commands.verify import Look, look_at_bots
from wizard.errors import AwsError, Cancelled, CredentialsFailed, ExitCode, WizardError
from wizard.ui import setup_screens, verify_screens
from wizard.ui.questions import ask_what_is_open, change_answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.commands.context import Stage
    from wizard.commands.steps import Facts
    from wizard.ui.questions import Questions
    from wizard.ui.setup_screens import Prospect

OSC_52 = "\x1b]52;c;{}\x07"  # "set the clipboard": understood over SSH, too


def interactive(
    facts: Facts,
    given: frozenset[str],
    stage: Stage,
    make_desk: Callable[[Callable[[], Session]], Questions],
) -> Outcome:
    """The run as `cli.md` describes it. Raises WizardError; Cancelled when declined."""
    door = Door(facts, stage)
    desk = make_desk(door.session)
    stage.screen.heading("Connect Genesys Cloud with Amazon Lex V2")
    online = door.enter(desk)
    stage.screen.line()
    facts.settings = ask_what_is_open(facts.settings, given, desk)
    if not online:
        return offline_preview(facts)
    return _decide(facts, stage, desk, door)


class Door:
    """The way into the account: opened before the first question, and again when it shuts."""

    def __init__(self, facts: Facts, stage: Stage) -> None:
        self._facts = facts
        self._stage = stage
        self._connection: Session | None = None

    def session(self) -> Session:
        """The open session. Raises CredentialsFailed before `enter` has succeeded."""
        if self._connection is None:
            raise CredentialsFailed("There are no AWS credentials.", code="no-credentials")
        return self._connection

    def enter(self, desk: Questions, failed: AwsError | None = None) -> bool:
        """Find out who we are; after a failed login help and try again. False: offline preview."""
        screen = self._stage.screen
        while True:
            if failed is not None:
                self._help(failed, desk)
            try:
                session = connect(self._facts.how, self._stage)
                caller = session.caller()
            except AwsError as error:
                if self._facts.how.dry_run and error.code == "no-credentials":
                    setup_screens.say_offline(screen)
                    return False
                screen.error(error)
                failed = error
                continue
            alias = aws_account.alias(session)
            setup_screens.account(screen, caller, session.profile, session.region, alias)
            self._connection = session
            return True

    def _help(self, error: AwsError, desk: Questions) -> None:
        """Offer to try again, with another profile perhaps; raise Told when declined."""
        profiles = aws_account.profiles()
        choices = [("again", "Try again (log in in another terminal first)")]
        if len(profiles) > 1:
            choices.append(("profile", "Choose another profile"))
        choices.append(("quit", "Quit"))
        match desk.prompts.choose("How do you want to go on?", choices):
            case "profile":
                profile = desk.prompts.choose("Which profile?", [(each, each) for each in profiles])
                self._facts.how = replace(self._facts.how, profile=profile)
            case "quit":
                raise Told(error)
            case _:
                return


def _decide(facts: Facts, stage: Stage, desk: Questions, door: Door) -> Outcome:
    """Show the plan and do what the user decides; going back keeps every other answer."""
    screen, shown = stage.screen, None
    while True:
        try:
            prospect = look_and_plan(facts, door.session())
        except CredentialsFailed as error:
            screen.error(error)
            door.enter(desk, error)
            continue
        except WizardError as error:
            _change_or_give_up(facts, stage, desk, error)
            continue
        if facts.how.dry_run:
            return preview(facts, prospect)
        if not prospect.changes or facts.how.yes or shown == prospect:
            if shown is None and prospect.changes:
                setup_screens.plan(screen, prospect, facts.warnings)
            return _finish(facts, stage, desk, door, prospect)
        if shown is not None:
            screen.warning("The account has changed meanwhile; this is the new plan.")
        setup_screens.plan(screen, prospect, facts.warnings)
        shown = prospect if _wants(facts, stage, desk, prospect) else None


def _wants(facts: Facts, stage: Stage, desk: Questions, prospect: Prospect) -> bool:
    """True: apply it, if it is still the plan. False: the answers have changed."""
    count = len(prospect.changes)
    changes = "this change" if count == 1 else f"these {count} changes"
    while True:
        # An Enter that was pressed before the plan could be read applies nothing.
        desk.prompts.forget_early_keys()
        stage.screen.line()
        match desk.prompts.choose(
            "What now?",
            [
                ("apply", f"Apply {changes}"),
                ("change", "Change an answer"),
                ("documents", "Show the policy documents"),
                ("cancel", "Cancel"),
            ],
        ):
            case "apply":
                return True
            case "change":
                facts.settings = change_answers(facts.settings, desk)
                return False
            case "documents":
                setup_screens.documents(stage.screen, prospect.want)
            case _:
                raise Cancelled("Cancelled; nothing was changed.", code="cancelled")


def _change_or_give_up(facts: Facts, stage: Stage, desk: Questions, error: WizardError) -> None:
    """A refusal is no dead end: another name may do. Raises `error` when given up."""
    stage.tell(error)
    choices = [("change", "Change an answer"), ("again", "Look again"), ("quit", "Quit")]
    match desk.prompts.choose("Nothing was changed. How do you want to go on?", choices):
        case "change":
            facts.settings = change_answers(facts.settings, desk)
        case "quit":
            raise Told(error)
        case _:
            return


def _finish(facts: Facts, stage: Stage, desk: Questions, door: Door, prospect: Prospect) -> Outcome:
    outcome = carry_through(facts, stage, door.session(), prospect)
    if outcome.exit_code is ExitCode.DONE and not facts.how.yes:
        try:
            _offer(facts, stage, desk, door.session(), prospect)
        except (KeyboardInterrupt, Cancelled):
            stage.screen.line()  # the role is made all the same
    return outcome


def _offer(
    facts: Facts, stage: Stage, desk: Questions, session: Session, prospect: Prospect
) -> None:
    """What may help once the role is there: its ARN on the clipboard, a look at the bots."""
    screen, role = stage.screen, prospect.want.role
    screen.line()
    if (
        role is not None
        and not screen.plain
        and desk.prompts.yes("Copy the role ARN to the clipboard?", default=True)
    ):
        encoded = base64.b64encode(role.arn.encode()).decode()
        screen.raw(OSC_52.format(encoded))
        screen.line("Sent to the terminal's clipboard.", sign="✓")
    if facts.how.sandbox or session.region is None:
        return  # there are no bots, or nobody knows where
    question = f"See whether the bots in {session.region} are ready for Genesys?"
    if desk.prompts.yes(question, default=False):
        policy = prospect.want.policies.get(prospect.policy_arn)
        document = policy.document if policy else None
        try:
            bots, checks = look_at_bots(session, stage, Look(), prospect.want, document)
        except AwsError as error:
            screen.warning(f"The bots can't be read: {error.message} {error.hint}")
        else:
            screen.line()
            verify_screens.readiness(screen, checks, bots)
