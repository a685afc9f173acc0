"""`activity`: judge(read_activity(regions), role), once, or again and again with --follow."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws.cloudtrail import foreign_endpoint, read_activity
from wizard.commands.setup import observe_setup
from wizard.core.desired import policy_arn
from wizard.core.shell import setup_command, verify_command
from wizard.errors import AwsError, ExitCode
from wizard.ui import activity as ui
from wizard.validators import GENESYS_ACCOUNT
from wizard.verify.activity import judge, not_seen
from wizard.verify.role import org_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wizard.aws.session import Session
    from wizard.commands import Context, Outcome
    from wizard.core.state import Role
    from wizard.settings import Settings
    from wizard.verify.activity import Verdict

GLOBAL = "us-east-1"  # where the global endpoint of STS has its records
LOOK_EVERY, REMIND_EVERY = 20.0, 300.0  # seconds


@dataclass(frozen=True)
class Watch:
    """How far to look back, and for how long to go on looking (None: look once)."""

    since: timedelta
    follow_for: timedelta | None = None
    regions: tuple[str, ...] = ()


def regions_of(session: Session, role: Role, given: Iterable[str] = ()) -> list[str]:
    """Where records may be: the global endpoint's Region, the user's, that of the last use."""
    used = [role.last_use.region] if role.last_use and role.last_use.region else []
    configured = [session.region] if session.region else []
    return list(dict.fromkeys((GLOBAL, *(given or configured), *used)))


def activity(context: Context, settings: Settings, watch: Watch) -> Outcome:
    """Whether Genesys came in, and what it was denied. Raises WizardError."""
    session = context.sign_in()
    actual = observe_setup(session, settings)
    caller, role = session.caller(), actual.role
    genesys, expected = (
        settings.genesys_account_id or GENESYS_ACCOUNT,
        org_id(settings.org_id or None, actual),
    )
    context.check_account(caller, genesys)
    now = datetime.now(timezone.utc)
    # A role that was created again has another ID; what was before is not its activity.
    made = role.created.replace(microsecond=0) if role and role.created else now - watch.since
    begin = max(now - watch.since, made)
    known = {"genesys_account_id": genesys, "external_id": expected}
    context.result |= {**known, "since": begin.isoformat(), "until": now.isoformat()}
    if role is None:
        missing = f"Role {settings.role_name} doesn't exist in this account."
        outcome = context.ended(ExitCode.CHECK_FAILED, status="not-seen", warnings=[missing])
        return replace(outcome, draw=lambda screen: screen.line(missing, sign="✗"))
    regions = regions_of(session, role, watch.regions)

    def look() -> Verdict:
        window = (begin, datetime.now(timezone.utc))
        return judge(list(read_activity(session, regions, role, window)), genesys, expected)

    verdict = _follow(context, look, watch.follow_for) if watch.follow_for else look()
    if not any(read.is_read for read in verdict.regions):
        used = (
            f" AWS last recorded a use on {role.last_use.when:%Y-%m-%d}." if role.last_use else ""
        )
        why = f"Couldn't read any Region. {regions[0]}: {verdict.regions[0].hint}{used}"
        denied = any(read.status == "denied" for read in verdict.regions)
        hint = "Ask for cloudtrail:LookupEvents." if denied else "Check the endpoint and --region."
        raise AwsError(why, hint, code="activity-unreadable")
    endpoint = foreign_endpoint(session, regions[0])
    warnings = list(ui.warnings(verdict, endpoint, confirmed=bool(settings.org_id)))
    policy = actual.policies.get(policy_arn(settings, caller.account_id, actual))
    outcome = context.ended(
        ExitCode.DONE if verdict.status == "proven" else ExitCode.CHECK_FAILED,
        status=verdict.status,
        role_arn=role.arn,
        until=datetime.now(timezone.utc).isoformat(),
        regions=[ui.region_json(read) for read in verdict.regions],
        uses=[ui.use_json(use) for use in verdict.uses],
        warnings=warnings,
    )
    draw = partial(
        ui.report,
        heading=f"Activity of {role.name} since {begin:%Y-%m-%d %H:%M} UTC",
        role_arn=role.arn,
        commands={
            "not-seen": verify_command(settings, context.place),
            "wrong-caller": setup_command(settings, place=context.place),
        },
        verdict=verdict,
        unseen=not_seen(policy.document, verdict.uses) if policy else (),
        last_use=role.last_use,
        warnings=warnings,
    )
    return replace(outcome, draw=draw)


def _follow(context: Context, look: Callable[[], Verdict], span: timedelta) -> Verdict:
    """Look until there is an answer or the time is over; Ctrl-C ends it with what is known."""
    screen, began, seconds = context.screen, time.monotonic(), span.total_seconds()
    since, reminded = datetime.now(timezone.utc), began
    screen.line(f"Checking every {LOOK_EVERY:.0f} s for up to {seconds / 60:.0f} min.", sign="…")
    screen.line(ui.CHECK_MEANWHILE)
    told: set[str] = set()
    verdict = look()
    try:
        while True:
            new = [use for use in verdict.uses if use.event_id not in told]
            screen.lines((ui.use_line([use]) for use in new), label_width=0)
            told.update(use.event_id for use in new)
            left = began + seconds - time.monotonic()
            if verdict.is_settled or left <= 0:
                return verdict
            if time.monotonic() - reminded >= REMIND_EVERY:
                reminded = time.monotonic()
                screen.line(f"Still looking, since {since:%H:%M} UTC.", sign="…")
            context.signals.stop.wait(min(LOOK_EVERY, left))
            verdict = look()
    except KeyboardInterrupt:
        context.signals.stop.clear()
        return verdict
