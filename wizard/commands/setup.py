"""`setup`: apply(plan(desired, actual), perform); with a dry run the plan is only shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.commands.context import Outcome, Told, connect
from wizard.commands.steps import Facts, carry_through, look_and_plan, offline_preview, preview
from wizard.errors import (
    Cancelled,
    CredentialsFailed,
    InvalidInput,
    WizardError,
)
from wizard.ui import objects, setup_screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.commands.context import How, Stage
    from wizard.settings import Settings
    from wizard.ui.questions import Questions


def setup(
    settings: Settings,
    given: frozenset[str],
    how: How,
    stage: Stage,
    make_desk: Callable[[Callable[[], Session]], Questions],
) -> Outcome:
    """Make, update or preview the role. `given` names the settings that came as options.

    `make_desk` builds what the questions need, once there is a session to look with.
    """
    facts = Facts(settings, how)
    try:
        if how.interactive:
            from wizard.commands.interactive import interactive

            return interactive(facts, given, stage, make_desk)
        if not settings.org_id:
            raise InvalidInput(
                "An option is missing: --org-id.",
                "Give --org-id (or set GENESYS_LEX_ORG_ID), or run it at a terminal without "
                "--non-interactive to be asked.",
                code="missing-option",
            )
        return _unattended(facts, stage)
    except Told as told:
        return _ended(facts, told.error)
    except KeyboardInterrupt:  # while changes are carried out none is raised
        stopped = Cancelled("Stopped; nothing was changed.", code="interrupted")
        stage.tell(stopped)
        return replace(_ended(facts, stopped), exit_code=stage.signals.exit_code)
    except WizardError as error:
        stage.tell(error)
        return _ended(facts, error)


def _ended(facts: Facts, error: WizardError) -> Outcome:
    """Before the first change: refused, unusable, cancelled, or AWS failed."""
    return Outcome(
        error.exit_code, {**facts.as_object(error.status), **objects.before_changes(error)}
    )


def _unattended(facts: Facts, stage: Stage) -> Outcome:
    screen, how = stage.screen, facts.how
    screen.heading("Genesys Cloud and Amazon Lex V2")
    session = connect(how, stage)
    try:
        prospect = look_and_plan(facts, session)
    except CredentialsFailed as error:
        if not how.dry_run or error.code != "no-credentials":
            raise
        setup_screens.say_offline(screen)
        return offline_preview(facts)
    setup_screens.account(screen, session.caller(), session.profile, session.region)
    if how.dry_run:
        return preview(facts, prospect)
    setup_screens.plan(screen, prospect, facts.warnings)
    return carry_through(facts, stage, session, prospect)
