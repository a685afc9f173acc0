"""`remove`: apply(plan(NOTHING, actual), perform), after the role's name was typed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard import apply
from wizard.aws.perform import Performer
from wizard.aws.session import UNDO_SECONDS
from wizard.commands import STOPPING, Progress
from wizard.commands.setup import observe_setup
from wizard.core.changes import plan
from wizard.core.ownership import identity, removal
from wizard.core.shell import named_command
from wizard.core.state import UNKNOWN_ORG
from wizard.errors import AwsError, Cancelled, Refused
from wizard.ui import objects, reports, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.apply import Result
    from wizard.commands import Context, Outcome
    from wizard.settings import Settings


def remove(context: Context, settings: Settings, confirm: Callable[[str, str], bool]) -> Outcome:
    """Remove what `setup` made. Raises WizardError.

    `confirm(role_name, account_id)` asks for the name to be typed; it is not called with `--yes`.
    """
    screen, options = context.screen, context.options
    named = replace(settings, org_id=settings.org_id or UNKNOWN_ORG)
    session = context.sign_in()
    actual = observe_setup(session, named, instance_profiles=True)
    caller = session.caller()
    context.check_account(caller)
    desired, kept = removal(named, caller.account_id, actual)
    changes = plan(desired, actual)
    context.result["kept"] = [
        {"target": entry.target, "reason": words.sentence(entry.reason)} for entry in kept
    ]
    if not changes:
        text = f"Nothing to delete. There is no role {settings.role_name} that this tool created."
        return replace(context.ended(status="absent"), draw=reports.say(text))
    draw = partial(reports.removal, changes=changes, before=actual, kept=kept)
    if options.dry_run:
        planned = context.ended(status="planned", changes=objects.changes(changes))
        return replace(planned, draw=draw)
    reports.account(screen, caller, session.profile, session.region)
    draw(screen)
    if not options.yes:
        if not confirm(settings.role_name, caller.account_id):
            raise Cancelled("Canceled. Nothing was deleted.", code="cancelled")
        now = observe_setup(session, named, instance_profiles=True)
        anew = plan(removal(named, caller.account_id, now)[0], now)
        if (anew, identity(now)) != (changes, identity(actual)):
            raise Refused(
                "The role or its policies changed while you were confirming.",
                "Run the command again and review the updated plan.",
                code="changed-meanwhile",
            )
    runner = apply.Runner(
        Performer(session),
        lambda _: observe_setup(session, named, instance_profiles=True),
        Progress(screen),
        words.titles,
        context.signals.stop,
    )
    with context.deferred(STOPPING):
        screen.heading("Removing")
        result = apply.apply(changes, runner)
        if result.in_doubt:
            context.signals.stop.clear()
            session.retry = session.retry.capped(UNDO_SECONDS)
            apply.settle(result, runner)
        if result.error is not None and (result.remaining or result.in_doubt):
            sure = ["--yes"] if options.yes else []
            again = named_command("remove", settings, *sure, place=context.place)
            return _failure(context, result, result.error, again)
    screen.line()
    removed = context.ended(status="removed", changes=objects.changes(result.done))
    return replace(removed, draw=reports.say(f"Deleted {settings.role_name} and its policy."))


def _failure(context: Context, result: Result, error: AwsError, again: str) -> Outcome:
    """What is gone can't come back: say what is left, and that running it again goes on."""
    still = "; ".join(map(words.title, (*result.remaining, *result.in_doubt)))
    shown = type(error)(
        f"{error.message} Removed so far: {len(result.done)}. Still to do: {still}.",
        f"{error.hint} To try again: `{again}`.".strip(),
        code=error.code,
    )
    context.show(shown)
    received = context.signals.received is not None
    return context.ended(
        context.signals.exit_code if received else error.exit_code,
        **{
            **objects.failure("", shown),
            "status": "failed" if result.done or result.in_doubt else "rolled-back",
            **objects.outcome(replace(result, left=[])),
        },
    )
