"""A plan on its way: applied, read back, and, after a failure, taken back.

Another run may be at the same role at the same time. What both want is left to both; where
they want different things, the one that meets the other's work takes back its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard import apply as a
from wizard.apply import apply
from wizard.aws.observe import observe
from wizard.aws.perform import Performer
from wizard.aws.retry import UNDO_SECONDS
from wizard.carry_out import carry_out, interrupted, settle, settle_undone, take_back
from wizard.errors import AwsFailed, Refused
from wizard.plan import UpdateTrustPolicy, fold, plan
from wizard.report import setup_screens
from wizard.state import OUR_TAGS
from wizard.undo import shows, undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.apply import Event, Wait
    from wizard.aws.connection import Connection
    from wizard.carry_out import Run
    from wizard.commands.signals import Signals
    from wizard.plan import Change, Plan
    from wizard.report.setup_screens import Prospect
    from wizard.state import State

NOT_CONFIRMED = "not-confirmed"
CONFIRM_SECONDS = 120.0  # how long AWS may take to show everything that was written
PATIENCE = 3  # looks before what AWS does not show is written once more


@dataclass
class Applying:
    """What it takes to apply a prospect. `wanted(now)` is what the settings ask for, given now."""

    connection: Connection
    signals: Signals
    prospect: Prospect
    wanted: Callable[[State], State]
    tell: Callable[[Event], None]
    undoing: Callable[[], None]

    def __post_init__(self) -> None:
        self._performer = Performer(self.connection)

    def run(self, *, rollback: bool) -> tuple[Run, State | None]:
        """Apply the plan; the run, and the account as it was seen last (None: nobody could look).

        After an error, and with `rollback`, what this run did is taken back where it may be.
        """
        run = carry_out(self.prospect.changes, self._perform, self.signals.stop.is_set, self.tell)
        now = self._confirm(run) if run.error is None else None
        if run.error is None and self.signals.stop.is_set():
            run.error, run.left = interrupted(), list(run.done)
        if run.error is None or run.error.code == NOT_CONFIRMED:
            return run, now
        self.signals.resume()
        self.connection.retry = self.connection.retry.capped(UNDO_SECONDS)
        if now is None:
            now = settle(run, self.prospect.before, lambda: self._look(run))
            now = self._confirm(run) if run.error is None else now
        if run.error is not None and run.error.code != NOT_CONFIRMED and now and rollback:
            self.undoing()
            take_back(run, self.prospect.before, now, self._perform, self.tell)
            settle_undone(run, lambda: self._look(run))
        return run, now

    def _look(self, run: Run) -> State:
        """The account, as far as this set-up is concerned; in one round trip where possible."""
        written = fold(run.done, self.prospect.before)
        named = {arn: policy.version_id for arn, policy in written.policies.items()}
        role = self.prospect.want.role
        return observe(
            self.connection,
            role.name if role else None,
            lambda _: {self.prospect.policy_arn: "v1", **named},
        )

    def _perform(self, change: Change, wait: Wait) -> Change | None:
        """Perform a change; before a trust policy is replaced, see whose role it is by now.

        A trust policy has no former versions to go back to: to take back what was written
        over another run's would lose it.
        """
        if isinstance(change, UpdateTrustPolicy):
            self._refuse_what_another_took()
        return self._performer(change, wait)

    def _refuse_what_another_took(self) -> None:
        before, want = self.prospect.before.role, self.prospect.want.role
        role = observe(self.connection, want.name if want else None, lambda _: {}).role
        if role is None or before is None or want is None:
            return
        for key in OUR_TAGS:
            if role.tags.get(key) not in {before.tags.get(key), want.tags.get(key)}:
                raise changed_meanwhile(f"the tag {key} of the role")

    def _confirm(self, run: Run) -> State:
        """Read back until AWS shows what is wanted; note in `run.error` when it never does.

        What it shows as before is waited for, and then written once more: another run may
        have taken it back. What it shows neither as before nor as wanted is another run's.
        """
        retry, before = self.connection.retry, self.prospect.before
        began, pause, looks = retry.clock(), retry.first_delay, 0
        while True:
            now = before
            try:
                now = self._look(run)
                missing = plan(self.wanted(now), now)
            except AwsFailed as error:
                return _unconfirmed(run, now, not_confirmed(error.message))
            except Refused as error:
                return _unconfirmed(run, now, changed_meanwhile(error.message))
            if not missing:
                return now
            what = ", ".join(dict.fromkeys(setup_screens.title(each) for each in missing))
            if not all(_is_as_before(change, before, now) for change in missing):
                return _unconfirmed(run, now, changed_meanwhile(what))
            if retry.clock() - began + pause > min(CONFIRM_SECONDS, retry.just_made_seconds):
                return _unconfirmed(run, now, not_confirmed(f"AWS does not show: {what}."))
            looks += 1
            if looks % PATIENCE == 0:
                self._write_again(run, missing)
            if retry.stop.wait(pause):
                return now
            pause = min(pause * 2, 5.0)

    def _write_again(self, run: Run, missing: Plan) -> None:
        for event in apply(missing, self._perform, self.signals.stop.is_set):
            self.tell(event)
            if isinstance(event, a.Done) and event.change not in run.done:
                run.done.append(event.change)


def _is_as_before(change: Change, before: State, now: State) -> bool:
    """Whether the account is, where this change touches it, as it was before this run."""
    return not shows(change, before) and all(shows(back, now) for back in undo([change], before))


def _unconfirmed(run: Run, now: State, error: AwsFailed) -> State:
    run.error, run.left = error, list(run.done)
    return now


def not_confirmed(why: str) -> AwsFailed:
    """Written, but AWS does not show it."""
    return AwsFailed(
        f"Everything was written, but reading it back did not confirm it. {why}",
        "Nothing was undone. Run `genesys-lex-wizard verify` in a minute, or the set-up again.",
        code=NOT_CONFIRMED,
    )


def changed_meanwhile(what: str) -> AwsFailed:
    """Another run wrote something else at the same time."""
    return AwsFailed(
        f"Somebody else changed the same set-up at the same time: {what}.",
        "Find out who, then run the command again.",
        code="changed-meanwhile",
    )
