"""`verify`: is plan(desired, actual) empty? plus checks that only read, and the bots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws.advice import advise
from wizard.aws.cloudtrail import read_activity
from wizard.aws.lex import find_bots, read_bots
from wizard.commands.activity import regions_of
from wizard.commands.setup import observe_setup
from wizard.core.bots import Region
from wizard.core.desired import located, policy_arn
from wizard.errors import ExitCode
from wizard.ui import objects, verify_screens
from wizard.validators import GENESYS_ACCOUNT
from wizard.verify.activity import denied_check
from wizard.verify.advice import advice_checks
from wizard.verify.bots import NO_REGION, bot_checks, judge
from wizard.verify.role import checks, desired_document, org_id
from wizard.verify.scope import scope_checks, scope_of, tag_checks

if TYPE_CHECKING:
    from wizard.aws.session import Session
    from wizard.commands import Context, Outcome
    from wizard.core.bots import Bot
    from wizard.core.state import State
    from wizard.settings import Settings
    from wizard.validators import BotRef
    from wizard.verify.check import Check


LATELY = timedelta(hours=24)


@dataclass(frozen=True)
class BotSelection:
    """Where to look for bots, and which; `allowed` are extra attachments meant to be there."""

    regions: tuple[str, ...] = ()
    all_regions: bool = False
    bots: tuple[BotRef, ...] = ()
    allowed: frozenset[str] = frozenset()
    verbose: bool = False


def verify(context: Context, settings: Settings, selection: BotSelection) -> Outcome:
    """Check the role, then the bots of the regions given; exit 4 if a check fails.

    Without an organization ID in the settings it is taken from the role's tag.
    Raises WizardError.
    """
    session = context.sign_in()
    settings = located(settings, session.region, context.options.account_id)
    actual, found, arn = _role(context, session, settings, selection)
    context.result["role_arn"] = actual.role.arn if actual.role else None
    bots, more = observe_bots(context, session, selection, actual, arn)
    found = [*found, *more]
    failed = any(check.status == "fail" for check in found)
    outcome = context.ended(
        ExitCode.CHECK_FAILED if failed else ExitCode.DONE,
        status="problems" if failed else "ok",
        checks=[objects.check(check) for check in found],
        bots=[objects.bot(bot) for bot in bots],
    )
    where = f"{settings.role_name} in the AWS account {session.caller().account_id}"
    draw = partial(
        verify_screens.report,
        where=where,
        checks=found,
        bots=bots,
        chosen=selection.bots,
        verbose=selection.verbose,
    )
    return replace(outcome, draw=draw)


def _role(
    context: Context, session: Session, settings: Settings, selection: BotSelection
) -> tuple[State, list[Check], str]:
    """The state, the checks of the role, and the customer managed policy's ARN."""
    actual = observe_setup(session, settings)
    caller = session.caller()
    context.check_account(caller, settings.genesys_account_id or GENESYS_ACCOUNT)
    confirmed = bool(settings.org_id)
    settings = replace(settings, org_id=org_id(settings.org_id or None, actual))
    settings = located(settings, session.region, caller.account_id)
    found = checks(
        settings,
        caller.account_id,
        actual,
        confirmed=confirmed,
        allowed=selection.allowed,
        place=replace(context.place, region=None),
    )
    arn = policy_arn(settings, caller.account_id, actual)
    policy = actual.policies.get(arn)
    document = policy.document if policy else None
    if actual.role is not None:
        now = datetime.now(timezone.utc)
        regions, window = regions_of(session, actual.role), (now - LATELY, now)
        activity = read_activity(session, regions, actual.role, window, quick=True)
        desired = desired_document(settings, caller.account_id, actual)
        advice = advise(session, actual.role, desired, document)
        found += advice_checks(advice, actual.role.permissions_boundary)
        found.append(denied_check(list(activity)))
    return actual, found, arn


def observe_bots(
    context: Context,
    session: Session,
    selection: BotSelection,
    actual: State,
    policy_arn: str,
) -> tuple[list[Bot], list[Check]]:
    """The judged bots and their checks. Raises AwsError."""
    regions = selection.regions or ((session.region,) if session.region else ())
    if selection.all_regions:
        regions = tuple(session.lex_regions())
    scope = scope_of(actual, policy_arn)
    more = scope_checks(find_bots(session, scope.bots)) if scope and scope.bots else []
    if not regions and not (selection.bots and all(bot.region for bot in selection.bots)):
        return [], [NO_REGION, *more]
    looked: list[Region] = []
    bots: list[Bot] = []
    role_arn = actual.role.arn if actual.role else None
    with context.screen.bar("Looking at bots") as progress:
        for read in read_bots(
            session,
            regions,
            selection.bots,
            tags=bool(scope and scope.tag),
            all_regions=selection.all_regions,
            on_bot=progress,
        ):
            if isinstance(read, Region):
                looked.append(read)
            else:
                bots.append(judge(read, datetime.now(timezone.utc), role_arn, scope))
    bots.sort(key=lambda bot: (bot.region, bot.name.lower(), bot.bot_id))
    found = bot_checks(looked, bots, selection.bots)
    if scope and scope.tag:
        more += tag_checks(scope, bots)
    return bots, [*found, *more]
