"""A plan carried out, and, after a failure, what this run did taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard import apply as a
from wizard.apply import apply
from wizard.errors import AwsFailed
from wizard.undo import shows, undo_what_is_still_ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.apply import Event, Perform
    from wizard.plan import Change, Plan
    from wizard.state import State


@dataclass
class Run:
    """What became of a plan. `error` is None when every change is in place."""

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    remaining: list[Change] = field(default_factory=list)
    in_doubt: list[Change] = field(default_factory=list)
    error: AwsFailed | None = None

    @property
    def as_before(self) -> bool:
        """Whether the account is as this run found it, as far as this run touched it."""
        return not self.left and not self.in_doubt


def carry_out(
    plan: Plan, perform: Perform, stopped: Callable[[], bool], tell: Callable[[Event], None]
) -> Run:
    """Apply the plan; once `stopped()` no further wave begins. Nothing is taken back here."""
    run = Run()
    for event in apply(plan, perform, stopped):
        tell(event)
        match event:
            case a.Done(change):
                run.done.append(change)
            case a.Failed(change, error):
                run.error = run.error or error
                (run.in_doubt if error.in_doubt else run.remaining).append(change)
            case a.NotBegun(change):
                run.remaining.append(change)
            case _:
                pass
    if stopped() and (run.error is not None or run.remaining):
        run.error = AwsFailed("Stopped on request.", code="interrupted")
    run.left = list(run.done) if run.error else []
    return run


def take_back(
    run: Run,
    before: State,
    look: Callable[[], State],
    perform: Perform,
    tell: Callable[[Event], None],
) -> None:
    """Undo what this run did and nothing that others did, and sort out what is in doubt.

    What can't be looked at or taken back stays in `left` or `in_doubt`.
    """
    if not run.done and not run.in_doubt:
        return
    try:
        now = look()
    except AwsFailed:
        return
    for change in run.in_doubt:
        happened = shows(change, now) and not shows(change, before)
        (run.done if happened else run.remaining).append(change)
    run.in_doubt = []
    ways, run.left = undo_what_is_still_ours(run.done, before, now)
    for change, way in ways:
        (run.undone if _succeeds(way, perform, tell) else run.left).append(change)


def _succeeds(way: Plan, perform: Perform, tell: Callable[[Event], None]) -> bool:
    worked = True
    for event in apply(way, perform):
        tell(event)
        worked = worked and not isinstance(event, a.Failed | a.NotBegun)
    return worked
