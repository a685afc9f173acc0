"""`remove`: apply(plan(NOTHING, actual), perform), after the role's name was typed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.aws.observe import observe
from wizard.aws.perform import Performer
from wizard.aws.retry import UNDO_SECONDS
from wizard.carry_out import carry_out, settle
from wizard.commands.context import Outcome, check_account, connect
from wizard.core.desired import policy_arn
from wizard.core.plan import plan
from wizard.core.removal import removal
from wizard.core.shell import named_command
from wizard.core.state import UNKNOWN_ORG
from wizard.errors import AwsError, Cancelled, ExitCode, WizardError
from wizard.ui import objects, remove_screens, setup_screens
from wizard.validators import GENESYS_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Caller, Session
    from wizard.carry_out import Run
    from wizard.commands.context import How, Stage
    from wizard.core.state import State
    from wizard.settings import Settings


def remove(settings: Settings, how: How, stage: Stage, confirm: Callable[[str], bool]) -> Outcome:
    """Take away what `setup` made.

    `confirm(role_name)` asks for the name to be typed; it is not called with `how.yes`.
    """
    result: dict[str, Any] = {"command": "remove", **objects.EMPTY["remove"]}
    try:
        return _remove(settings, how, stage, confirm, result)
    except WizardError as error:
        stage.tell(error)
        return Outcome(error.exit_code, {**result, **objects.before_changes(error)})


def _remove(
    settings: Settings,
    how: How,
    stage: Stage,
    confirm: Callable[[str], bool],
    result: dict[str, Any],
) -> Outcome:
    screen, signals = stage.screen, stage.signals
    asked, settings = settings, replace(settings, org_id=settings.org_id or UNKNOWN_ORG)
    session = connect(how, stage)
    actual = _look(settings, session)
    caller = session.caller()
    check_account(caller, how, GENESYS_ACCOUNT)
    want, kept = removal(settings, caller.account_id, actual)
    changes = plan(want, actual)
    result["kept"] = [{"target": each.target, "reason": each.reason} for each in kept]
    if not changes:
        text = f"Nothing to remove: there is no role {settings.role_name} of this program."
        screen.line(text)
        return Outcome(ExitCode.DONE, {**result, "status": "absent"}, draw=remove_screens.say(text))
    draw = partial(remove_screens.plan, changes=changes, before=actual, kept=kept)
    if how.dry_run:
        planned = {**result, "status": "planned", "changes": objects.changes(changes)}
        return Outcome(ExitCode.DONE, planned, draw=draw)
    setup_screens.account(screen, caller, session.profile, session.region)
    draw(screen)
    if not how.yes and not confirm(settings.role_name):
        raise Cancelled("Cancelled; nothing was removed.", code="cancelled")
    with signals.deferred():
        setup_screens.progress(screen, "Removing")
        tell = partial(setup_screens.event, screen)
        run = carry_out(changes, Performer(session), signals.stop.is_set, tell)
        if run.in_doubt:
            signals.resume()
            session.retry = session.retry.capped(UNDO_SECONDS)
            settle(run, actual, partial(_look, settings, session))
        if run.error is not None:
            sure = ["--yes"] if how.yes else []
            again = named_command("remove", asked, *sure, profile=how.profile)
            return _failure(stage, run, run.error, again, result)
    removed = {**result, "status": "removed", "changes": objects.changes(run.done)}
    text = remove_screens.removed(settings.role_name)
    screen.line()
    return Outcome(ExitCode.DONE, removed, draw=remove_screens.say(text))


def _look(settings: Settings, session: Session) -> State:
    """The account as it is, as far as this set-up is concerned."""

    def policies(caller: Caller) -> dict[str, str]:
        return {policy_arn(settings, caller.account_id): "v1"}

    return observe(session, settings.role_name, policies, instance_profiles=True)


def _failure(
    stage: Stage, run: Run, error: AwsError, again: str, result: dict[str, Any]
) -> Outcome:
    """What is gone can't come back: say what is left, and that running it again goes on."""
    code = stage.signals.exit_code if stage.signals.received is not None else error.exit_code
    still = [*run.remaining, *run.in_doubt]
    what = "; ".join(setup_screens.title(change) for change in still)
    told = AwsError(
        f"{error.message} Removed so far: {len(run.done)}. Still to do: {what}.",
        f"{error.hint} To go on: `{again}`.".strip(),
        code=error.code,
    )
    stage.tell(told)
    failed = {
        **result,
        "status": "failed" if run.done or run.in_doubt else "rolled-back",
        "error": objects.error(told),
        "done": objects.changes(run.done),
        "undone": [],
        "left": [],
        "remaining": objects.changes(run.remaining),
        "in_doubt": objects.changes(run.in_doubt),
    }
    return Outcome(code, failed)
