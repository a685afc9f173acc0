"""A plan carried out, and, after a failure, what this run did taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wizard import apply as a
from wizard.apply import apply
from wizard.core.plan import AttachPolicy, CreateRole, UpdatePolicy
from wizard.core.undo import shows, undo_what_is_still_ours
from wizard.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.apply import Event, Perform
    from wizard.core.plan import Change, Plan
    from wizard.core.state import State

    Tell = Callable[[Event], None]

INTERRUPTED = "interrupted"
IN_USE = "delete-conflict"


@dataclass
class Run:
    """What became of a plan. `error` is None when every change is in place.

    `shared` is true where another run is at the same role, and this one keeps its hands off.
    """

    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    remaining: list[Change] = field(default_factory=list)
    in_doubt: list[Change] = field(default_factory=list)
    shared: bool = False
    error: AwsError | None = None

    @property
    def as_before(self) -> bool:
        """Whether the account is as this run found it, as far as this run touched it."""
        return not self.left and not self.in_doubt and not self.shared


def carry_out(plan: Plan, perform: Perform, stopped: Callable[[], bool], tell: Tell) -> Run:
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
        run.error = interrupted()
    run.left = list(run.done) if run.error else []
    return run


def interrupted() -> AwsError:
    """Ctrl-C or SIGTERM while changes were carried out."""
    return AwsError("Stopped on request.", code=INTERRUPTED)


def settle(run: Run, before: State, look: Callable[[], State]) -> State | None:
    """Look at the account and sort out what is in doubt; None if nobody can look.

    Where some of what this run did not do is there all the same, another run is carrying out
    the same plan, and what this run did is that run's, too. Where all of it is there, nothing
    has failed, unless the user said stop.
    """
    try:
        now = look()
    except AwsError:
        return None
    there = [
        change
        for change in (*run.in_doubt, *run.remaining)
        if shows(change, now) and not shows(change, before)
    ]
    run.shared = any(change in there for change in run.remaining)
    run.done += [_as_made(change, now) for change in run.in_doubt if change in there]
    run.remaining += [change for change in run.in_doubt if change not in there]
    run.in_doubt, run.left = [], list(run.done)
    stopped = run.error is not None and run.error.code == INTERRUPTED
    if not stopped and all(change in there for change in run.remaining):
        run.error = None
    return now


def _as_made(change: Change, now: State) -> Change:
    """The change with what only a look could tell: the version that was made."""
    if isinstance(change, UpdatePolicy):
        return replace(change, version_id=now.policies[change.target].version_id)
    return change


def take_back(
    run: Run,
    changes: Sequence[Change],
    before: State,
    now: State,
    *,
    perform: Perform,
    tell: Tell,
) -> None:
    """Undo these changes of the run and nothing that others did; `now` is how the account looks.

    What can't be taken back stays in `left`.
    """
    ways, left = undo_what_is_still_ours(changes, before, now)
    run.left = [change for change in run.left if change not in changes] + left
    # All at once: whoever else works on this role shall meet every attachment or none.
    detached = [pair for pair in ways if isinstance(pair[0], AttachPolicy)]
    failures = _failures(tuple(back for _, way in detached for back in way), perform, tell)
    for change, way in detached:
        _sort_in(run, change, [error for back, error in failures if back in way])
    rest = [pair for pair in ways if not isinstance(pair[0], AttachPolicy)]
    for number, (change, way) in enumerate(rest):
        errors = [error for _, error in _failures(way, perform, tell)]
        _sort_in(run, change, errors)
        if isinstance(change, CreateRole) and any(error.code == IN_USE for error in errors):
            # Somebody else relies on the role by now, and on all that was attached to it.
            run.left += [change for change, _ in rest[number + 1 :]]
            _give_back(run, perform, tell)
            return


def _sort_in(run: Run, change: Change, errors: list[AwsError]) -> None:
    """Undone, left, or, after an undo that was not answered, nobody knows."""
    if any(error.in_doubt for error in errors):
        run.in_doubt.append(change)
    else:
        (run.left if errors else run.undone).append(change)


def look_again(
    run: Run, before: State, look: Callable[[], State], perform: Perform, tell: Tell
) -> None:
    """After undoing: sort out what that left in doubt, and see whether it met another run.

    Where by now something is there that this run was to do and did not, another run has gone
    through meanwhile, and gets back what it relied on. Nothing is changed if nobody can look.
    """
    try:
        now = look()
    except AwsError:
        return
    for change in run.in_doubt:
        (run.left if shows(change, now) else run.undone).append(change)
    run.in_doubt = []
    there = [c for c in run.remaining if shows(c, now) and not shows(c, before)]
    if there and not run.shared:  # a run that has yielded knows of the other
        _give_back(run, perform, tell)


def _give_back(run: Run, perform: Perform, tell: Tell) -> None:
    run.shared = True
    undone = tuple(change for change in run.done if change in run.undone)
    for event in apply(undone, perform):
        tell(event)
        if isinstance(event, a.Done | a.AlreadySo):
            back = next(each for each in run.undone if _same(each, event.change))
            run.undone.remove(back)
            run.left.append(event.change)


def _same(one: Change, other: Change) -> bool:
    """Whether two changes write the same; a new version of a policy has another number."""
    if isinstance(one, UpdatePolicy) and isinstance(other, UpdatePolicy):
        return (one.target, one.document) == (other.target, other.document)
    return one == other


def _failures(way: Plan, perform: Perform, tell: Tell) -> list[tuple[Change, AwsError]]:
    failures = []
    for event in apply(way, perform):
        tell(event)
        if isinstance(event, a.Failed):
            failures.append((event.change, event.error))
    return failures
