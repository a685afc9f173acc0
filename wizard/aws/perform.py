"""Carries out one change: one IAM write, repeated while that may help, settled when in doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.aws.observe import observe
from wizard.aws.session import LONGEST_DELAY, Attempt, Settled
from wizard.core.changes import KINDS, REMOVING, Change, iam_call, shows
from wizard.errors import AlreadyExists, AwsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.core.state import State

    Wait = Callable[[str, float], None]

CREATE_SECONDS = 1.0  # how long a create of the same by somebody else may take to show


class Performer:
    """`perform` for `apply`: remembers what it has just made, since IAM takes time to show it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._just_made: set[str] = set()

    def __call__(self, change: Change, wait: Wait) -> Change | None:
        """Carry out one change. None: the account was already so. Raises AwsError."""
        attempt = Attempt(wait, lambda: self._unknown_yet(change, attempt))
        if change.kind == "update-policy":
            attempt.settle = lambda: self._version_made(change)
        operation, parameters = iam_call(change)
        try:
            answer = self._session.call("iam", operation, parameters, attempt=attempt)
        except Settled as settled:
            return replace(change, after=replace(change.after, version_id=settled.result))
        except NotFound:
            if change.kind not in REMOVING:
                raise
            return change if attempt.in_doubt else None
        except AlreadyExists as error:
            try:
                return self._settle_name(change, error, attempt, wait)
            except AwsError as unsettled:
                unsettled.in_doubt = attempt.in_doubt
                raise
        if change.kind in {"create-role", "create-policy"}:
            self._just_made.add(change.target)
        if change.kind == "update-policy":
            version_id = answer["PolicyVersion"]["VersionId"]
            return replace(change, after=replace(change.after, version_id=version_id))
        return change

    def _unknown_yet(self, change: Change, attempt: Attempt) -> bool:
        """Whether NoSuchEntity is only IAM's delay: what it is about exists."""
        if change.kind not in REMOVING:
            return (
                bool({change.target, change.after} & self._just_made)
                if isinstance(change.after, str)
                else change.target in self._just_made
            )
        try:
            state = self._observe(change)
        except AwsError:
            return False  # nothing tells otherwise
        if change.target in self._just_made and not _exists(change, state):
            return not attempt.in_doubt
        return not shows(change, state)

    def _version_made(self, change: Change) -> str | None:
        """After a lost answer: the version that was made after all, if it was."""
        policy = self._observe(change).policies.get(change.target)
        if policy is None or policy.document != change.after.document:
            return None
        return policy.version_id

    def _settle_name(
        self, change: Change, error: AwsError, attempt: Attempt, wait: Wait
    ) -> Change | None:
        """Something of that name exists: ours after a lost answer, an identical run's, or not."""
        what = KINDS[change.kind].of
        state, other = self._observe(change), None
        if not _exists(change, state):
            other = self._same_name(what, change)
        if not other:
            # Only after a lost answer it may be ours, and take its time to be shown.
            lost = self._session.retry.just_made_seconds
            state = self._shown(change, lost if attempt.in_doubt else CREATE_SECONDS, wait)
        if shows(change, state):
            self._just_made.add(change.target)
            return change if attempt.in_doubt else None
        if other:
            message = (
                f"The {what} {other} already uses this name. IAM ignores case and path in names."
            )
            hint = f"Use that one, or choose another --{what}-name."
        elif _exists(change, state) or attempt.in_doubt:
            message = f"The {what} {change.target} was created by someone else during this run."
            hint = "Run the command again."
        else:
            message = (
                f"IAM already has a {what} named {change.name} with different "
                "capitalization or another path. IAM ignores both in names. Your "
                "credentials can't list it."
            )
            hint = f"Choose another --{what}-name, or ask for iam:List{_plural(what)} to see it."
        attempt.in_doubt = False  # what exists is not what this run would have made
        raise AwsError(message, hint, code="name-taken") from error

    def _shown(self, change: Change, seconds: float, wait: Wait) -> State:
        """The account, once it shows what the change makes; or as it is when time is up."""
        retry = self._session.retry.capped(seconds)
        began, pause = retry.clock(), retry.first_delay
        while True:
            state = self._observe(change)
            time_is_up = retry.clock() - began + pause >= retry.just_made_seconds
            if _exists(change, state) or time_is_up:
                return state
            wait("AWS doesn't show the new resource yet", pause)
            if retry.stop.wait(pause):
                return state
            pause = min(pause * 2, LONGEST_DELAY)

    def _observe(self, change: Change) -> State:
        """The role or the policy that a change is made on, and what is attached to it."""
        if KINDS[change.kind].of == "policy":
            return observe(self._session, None, lambda _: {change.target: "v1"})
        profiles = change.kind == "remove-from-instance-profile"
        return observe(self._session, change.name, lambda _: {}, instance_profiles=profiles)

    def _same_name(self, what: str, change: Change) -> str | None:
        """The ARN of what has the name of this change's target, otherwise written."""
        only_ours = {"Scope": "Local"} if what == "policy" else {}
        key, field = _plural(what), f"{what.title()}Name"
        try:
            listed = self._session.items("iam", f"List{key}", only_ours, key)
        except AwsError:
            return None  # the clash is reported all the same, without the other's ARN
        return next(
            (
                thing["Arn"]
                for thing in listed
                if thing[field].lower() == change.name.lower() and thing["Arn"] != change.target
            ),
            None,
        )


def _plural(what: str) -> str:
    return "Roles" if what == "role" else "Policies"


def _exists(change: Change, state: State) -> bool:
    """Whether what the change makes is shown, be it as made or otherwise."""
    role = state.role
    return change.target in state.policies or (role is not None and role.arn == change.target)
