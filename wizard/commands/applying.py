"""A plan on its way: applied, read back, and, after a failure, taken back.

Another run may be at the same role at the same time: what both want is left to both, and
where they want different things, the one that does not hold the role yields (`holder`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wizard import apply as a
from wizard.apply import apply
from wizard.aws.observe import observe
from wizard.aws.perform import Performer
from wizard.aws.retry import UNDO_SECONDS
from wizard.carry_out import carry_out, interrupted, look_again, settle, take_back
from wizard.core.plan import (
    AttachPolicy,
    DeleteInlinePolicy,
    DeletePolicyVersion,
    DetachPolicy,
    RemoveFromInstanceProfile,
    TagPolicy,
    TagRole,
    UntagPolicy,
    UntagRole,
    UpdatePolicy,
    UpdateTrustPolicy,
    fold,
    kind,
    plan,
)
from wizard.core.undo import shows, undo
from wizard.errors import AwsError, Refused
from wizard.holder import another_holds, not_the_holders
from wizard.ui import setup_screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.apply import Event, Perform
    from wizard.aws.session import Session
    from wizard.carry_out import Run
    from wizard.commands.signals import Signals
    from wizard.core.plan import Change, Plan
    from wizard.core.state import State
    from wizard.ui.setup_screens import Prospect

NOT_CONFIRMED = "not-confirmed"
CONFIRM_SECONDS = 120.0  # how long AWS may take to show everything that was written
CHANGED_MEANWHILE = "changed-meanwhile"
PATIENCE = 3  # looks before what AWS does not show is written once more
STUBBORN = 6  # looks after which what others wrote is left to them
TAKES_AWAY = DetachPolicy | UntagRole | UntagPolicy | DeleteInlinePolicy | RemoveFromInstanceProfile
GIVES_RIGHTS = UpdatePolicy | AttachPolicy | UpdateTrustPolicy


@dataclass
class Applying:
    """What it takes to apply a prospect. `wanted(now)` is what the settings ask for, given now."""

    session: Session
    signals: Signals
    prospect: Prospect
    wanted: Callable[[State], State]
    tell: Callable[[Event], None]
    undoing: Callable[[], None]
    _taking_back: bool = False

    def run(self, *, rollback: bool) -> tuple[Run, State | None]:
        """Apply the plan; the run, and the account as it was seen last (None: nobody could look).

        After an error, and with `rollback`, what this run did is taken back where it may be.
        """
        perform = Performer(self.session, self._guard)
        run = carry_out(self.prospect.changes, perform, self.signals.stop.is_set, self.tell)
        now = self._confirm(run, perform) if run.error is None else None
        if run.error is None and self.signals.stop.is_set():
            run.error, run.left = interrupted(), list(run.done)
        if run.error is None or run.error.code == NOT_CONFIRMED:
            return run, now
        self.signals.resume()
        self.session.retry = self.session.retry.capped(UNDO_SECONDS)
        if now is None:
            now = settle(run, self.prospect.before, partial(self._look, run))
            now = self._confirm(run, perform) if run.error is None else now
        if run.error is not None and run.error.code != NOT_CONFIRMED and now and rollback:
            self._take_back(run, now, perform)
        return run, now

    def _take_back(self, run: Run, now: State, perform: Perform) -> None:
        before, changes = self.prospect.before, tuple(run.done)
        if self._another_holds(run, now):
            run.shared, changes = True, not_the_holders(run.done, now)
        elif run.shared:
            changes = ()
        if run.shared:
            run.left = [change for change in run.left if shows(change, now)]
        if changes:
            self._taking_back = True
            self.undoing()
            take_back(run, changes, before, now, perform=perform, tell=self.tell)
            look_again(run, before, partial(self._look, run), perform, self.tell)

    def _look(self, run: Run) -> State:
        """The account, as far as this set-up is concerned; in one round trip where possible."""
        written = fold(run.done, self.prospect.before)
        named = {arn: policy.version_id for arn, policy in written.policies.items()}
        named = {self.prospect.policy_arn: "v1", **named}
        return observe(self.session, self._role_name, lambda _: named)

    @property
    def _role_name(self) -> str | None:
        role = self.prospect.want.role
        return role.name if role else None

    def _guard(self, change: Change) -> None:
        """Before every attempt to give rights: raise AwsError if another run has the role."""
        new = self.prospect.before.role is None
        if new or self._taking_back or not isinstance(change, GIVES_RIGHTS):
            return
        now = observe(self.session, self._role_name, lambda _: {})
        if self._another_holds(None, now):
            raise changed_meanwhile("the tags of the role are another run's")

    def _another_holds(self, run: Run | None, now: State) -> bool:
        done = run.done if run else ()
        return another_holds(self.prospect.before, self.prospect.want, done, now)

    def _confirm(self, run: Run, perform: Perform) -> State:
        """Read back until AWS shows what is wanted; note in `run.error` when it never does.

        What AWS does not show is waited for, and then written once more if it was planned:
        another run may have taken it back, or written over it. What was not planned is nothing
        to write, and another run that holds the role is yielded to.
        """
        retry, before = self.session.retry, self.prospect.before
        began, pause, looks = retry.clock(), retry.first_delay, 0
        while True:
            now = before
            try:
                now = self._look(run)
                missing = self._missing(run, now)
            except AwsError as error:
                return _unconfirmed(run, now, not_confirmed(error.message))
            except Refused as error:
                return _unconfirmed(run, now, changed_meanwhile(error.message))
            if not missing:
                return now
            what = ", ".join(dict.fromkeys(setup_screens.title(each) for each in missing))
            planned = all(self._planned(change) for change in missing)
            contested = not all(_is_as_before(change, before, now) for change in missing)
            budget = min(CONFIRM_SECONDS, retry.just_made_seconds)
            time_is_up = retry.clock() - began + pause > budget
            if self._another_holds(run, now) or (contested and (looks >= STUBBORN or time_is_up)):
                run.shared = planned  # else somebody changed what this run left alone
                return _unconfirmed(run, now, changed_meanwhile(what))
            if time_is_up:
                return _unconfirmed(run, now, not_confirmed(f"AWS does not show: {what}."))
            if retry.stop.wait(pause):
                return now
            looks += 1
            if planned and looks % PATIENCE == 0:
                self._write_again(run, missing, perform)
            pause = min(pause * 2, 5.0)

    def _missing(self, run: Run, now: State) -> Plan:
        """What is still to do. Raises Refused where another run has the role.

        What others have added since is kept, as in any later run. Where that run would refuse,
        because the other has written its own in one place, this run holds the role and goes on.
        """
        try:
            return plan(self.wanted(now), now)
        except Refused:
            if self._another_holds(run, now):
                raise
        still = plan(self.prospect.want, now)
        return tuple(
            c for c in still if c in self.prospect.changes or not isinstance(c, TAKES_AWAY)
        )

    def _planned(self, change: Change) -> bool:
        """Whether the plan that was shown has this change, or one of which it is a part."""
        same = [each for each in self.prospect.changes if kind(each) == kind(change)]
        match change:
            case AttachPolicy():
                return change in same
            case TagRole(_, tags) | TagPolicy(_, tags):
                return any(
                    isinstance(each, TagRole | TagPolicy) and tags.items() <= each.tags.items()
                    for each in same
                )
            case DeletePolicyVersion():
                return any(isinstance(each, UpdatePolicy) for each in self.prospect.changes)
            case _:
                return bool(same)

    def _write_again(self, run: Run, missing: Plan, perform: Perform) -> None:
        for event in apply(missing, perform, self.signals.stop.is_set):
            self.tell(event)
            if isinstance(event, a.Done) and event.change not in run.done:
                run.done.append(event.change)


def _is_as_before(change: Change, before: State, now: State) -> bool:
    """Whether the account is, where this change touches it, as it was before this run."""
    return not shows(change, before) and all(shows(back, now) for back in undo([change], before))


def _unconfirmed(run: Run, now: State, error: AwsError) -> State:
    run.error, run.left = error, list(run.done)
    return now


def not_confirmed(why: str) -> AwsError:
    """Written, but AWS does not show it."""
    return AwsError(
        f"Everything was written, but reading it back did not confirm it. {why}",
        "Nothing was undone. Run `genesys-lex-wizard verify` in a minute, or the set-up again.",
        code=NOT_CONFIRMED,
    )


def changed_meanwhile(what: str) -> AwsError:
    """Another run wrote something else at the same time."""
    return AwsError(
        f"Somebody else changed the same set-up at the same time: {what}.",
        "Find out who it was, then run the command again, or leave it to the other.",
        code=CHANGED_MEANWHILE,
    )
