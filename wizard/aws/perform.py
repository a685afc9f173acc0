"""Carries out one change: one IAM write, repeated while that may help, settled when in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.aws.calls import call_for
from wizard.aws.observe import observe
from wizard.aws.retry import LONGEST_DELAY, Attempt
from wizard.core import plan as p
from wizard.core.undo import shows
from wizard.errors import AwsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.core.state import State

    Wait = Callable[[str, float], None]

CLASH = "entity-already-exists"
FULL = "limit-exceeded"


class Performer:
    """`perform` for `apply`: remembers what it has just made, since IAM takes time to show it.

    `guard` is asked before every attempt, and raises AwsError where it must not be made.
    """

    def __init__(
        self, session: Session, guard: Callable[[p.Change], None] = lambda _: None
    ) -> None:
        self._connection = session
        self._guard = guard
        self._just_made: set[str] = set()

    def __call__(self, change: p.Change, wait: Wait) -> p.Change | None:
        """Carry out one change. None: the account was already so. Raises AwsError."""
        attempt = Attempt()
        try:
            return self._carried_out(change, attempt, wait)
        except AwsError as error:
            error.in_doubt = attempt.may_be_done
            raise

    def _carried_out(self, change: p.Change, attempt: Attempt, wait: Wait) -> p.Change | None:
        try:
            answer = self._write(change, attempt, wait)
        except NotFound:
            if not isinstance(change, _TAKES_AWAY):
                raise
            return change if attempt.may_be_done else None
        except AwsError as error:
            if error.code == CLASH:
                return self._settle_clash(change, error, attempt, wait)
            if not (error.code == FULL and isinstance(change, p.UpdatePolicy)):
                raise
            if self._made_version(change) is None:
                raise
            return None  # an identical run has made this version, and taken the last place
        if isinstance(change, p.CreateRole | p.CreatePolicy):
            self._just_made.add(change.target)
        if isinstance(change, p.UpdatePolicy):
            return p.UpdatePolicy(
                change.target, change.document, answer["PolicyVersion"]["VersionId"]
            )
        return change

    def _write(self, change: p.Change, attempt: Attempt, wait: Wait) -> Any:
        operation, parameters = call_for(change)
        method = self._connection.method("iam", operation)

        def attempt_it() -> Any:
            self._guard(change)
            return method(**parameters)

        return self._connection.retry.call(
            attempt_it,
            operation=f"iam:{operation}",
            profile=self._connection.profile,
            wait=wait,
            unknown_yet=lambda: self._unknown_yet(change, attempt),
            attempt=attempt,
            settle=(lambda: self._made_version(change))
            if isinstance(change, p.UpdatePolicy)
            else None,
        )

    def _unknown_yet(self, change: p.Change, attempt: Attempt) -> bool:
        """Whether NoSuchEntity is only IAM's slowness: what it is about is there."""
        if not isinstance(change, _TAKES_AWAY):
            made = {change.target}
            if isinstance(change, p.AttachPolicy):
                made.add(change.policy_arn)
            return bool(made & self._just_made)
        try:
            state = self._look(change)
        except AwsError:
            return False  # nobody can tell otherwise
        if change.target in self._just_made and not _is_there(change, state):
            return not attempt.may_be_done
        return not shows(change, state)

    def _made_version(self, change: p.UpdatePolicy) -> dict[str, Any] | None:
        """After a lost answer: the version that was made after all, if it was."""
        policy = self._look(change).policies.get(change.target)
        if policy is None or policy.document != change.document:
            return None
        return {"PolicyVersion": {"VersionId": policy.version_id}}

    def _settle_clash(
        self, change: p.Change, error: AwsError, attempt: Attempt, wait: Wait
    ) -> p.Change | None:
        """Something of that name exists: ours after a lost answer, an identical run's, or not."""
        what = "role" if isinstance(change, p.CreateRole) else "policy"
        name = change.target
        state, other = self._look(change), None
        if not _is_there(change, state):
            other = self._same_name(what, name)
            state = state if other else self._wait_until_shown(change, wait)
        if shows(change, state):
            self._just_made.add(change.target)
            return change if attempt.may_be_done else None
        attempt.may_be_done = False  # what is there is not what this run would have made
        if other:
            raise AwsError(
                f"The {what} {other} has the same name: IAM ignores case and path in names.",
                f"Use that one, or choose another --{what}-name.",
                code="name-taken",
            ) from error
        raise AwsError(
            f"The {what} {name} was made by somebody else while this run was about to.",
            "Run the command again: it will look at what is there now.",
            code="name-taken",
        ) from error

    def _wait_until_shown(self, change: p.Change, wait: Wait) -> State:
        """The account, once it shows what the change makes; or as it is when time is up."""
        retry = self._connection.retry
        began, pause = retry.clock(), retry.first_delay
        while True:
            state = self._look(change)
            time_is_up = retry.clock() - began + pause >= retry.just_made_seconds
            if _is_there(change, state) or time_is_up:
                return state
            wait("AWS does not show yet what was just made", pause)
            if retry.stop.wait(pause):
                return state
            pause = min(pause * 2, LONGEST_DELAY)

    def _look(self, change: p.Change) -> State:
        """The role or the policy that a change is about, and what hangs on it."""
        if isinstance(change, _OF_A_POLICY):
            return observe(self._connection, None, lambda _: {change.target: "v1"})
        name = change.target.rsplit("/", 1)[-1]
        profiles = isinstance(change, p.RemoveFromInstanceProfile)
        return observe(self._connection, name, lambda _: {}, instance_profiles=profiles)

    def _same_name(self, what: str, arn: str) -> str | None:
        """The ARN of what has the name of this ARN, in another case or under another path."""
        operation, key, field, extra = (
            ("ListRoles", "Roles", "RoleName", {})
            if what == "role"
            else ("ListPolicies", "Policies", "PolicyName", {"Scope": "Local"})
        )
        try:
            listed = self._connection.pages("iam", operation, extra, key)
        except AwsError:
            return None  # the clash is told all the same, without the other's name
        name = arn.rsplit("/", 1)[-1].lower()
        return next(
            (e["Arn"] for e in listed if e[field].lower() == name and e["Arn"] != arn), None
        )


def _is_there(change: p.Change, state: State) -> bool:
    """Whether what the change makes is shown, be it as made or otherwise."""
    return change.target in state.policies or (
        state.role is not None and state.role.arn == change.target
    )


_OF_A_POLICY = (
    p.CreatePolicy
    | p.UpdatePolicy
    | p.SetDefaultPolicyVersion
    | p.DeletePolicyVersion
    | p.TagPolicy
    | p.UntagPolicy
    | p.DeletePolicy
)
_TAKES_AWAY = (
    p.DetachPolicy
    | p.DeleteInlinePolicy
    | p.RemoveFromInstanceProfile
    | p.DeletePolicyVersion
    | p.DeletePermissionsBoundary
    | p.DeleteRole
    | p.DeletePolicy
)
