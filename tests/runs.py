"""The commands run in this process, against the simulated account: for tables of many runs."""

from __future__ import annotations

import copy
import io
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_server import ACCOUNT, Server
from program import ORG, POLICY, ROLE
from wizard.aws.observe import observe
from wizard.aws.session import Retry, Session, silent
from wizard.commands import Context, RunOptions, Signals
from wizard.commands.remove import remove
from wizard.commands.setup import setup
from wizard.errors import WizardError
from wizard.settings import Settings
from wizard.ui import objects
from wizard.ui.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wizard.commands import Outcome
    from wizard.core.changes import Change, Plan
    from wizard.core.state import State

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonLexReadOnly"
RUN_BOTS = "arn:aws:iam::aws:policy/AmazonLexRunBotsOnly"
SETTINGS = Settings(ORG)


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said on standard error."""

    code: int
    result: dict[str, Any]
    told: str

    @property
    def status(self) -> str:
        return str(self.result["status"])


class Sessions:
    """Opens sessions with a server whose clients are made once: that takes longer than a run.

    What a run opens otherwise is just the same.
    """

    def __init__(self, url: str) -> None:
        was = os.environ["AWS_ENDPOINT_URL"]
        os.environ["AWS_ENDPOINT_URL"] = url
        self.made = Session()
        self._runs: dict[str, Any] = {}
        for service in ("iam", "sts"):
            self.made.client(service)
        os.environ["AWS_ENDPOINT_URL"] = was

    def __call__(self, **options: Any) -> Session:
        again = copy.copy(self.made)
        again._caller = None
        again.retry = options.get("retry") or Retry()
        again._wait = options.get("wait") or silent
        for client in again._clients.values():  # its hook is that of the session in use
            client.meta.events.unregister("needs-retry", unique_id="try-again")
            client.meta.events.register_first(
                "needs-retry", again._try_again, unique_id="try-again"
            )
        return again


_sessions: list[Sessions] = []


@contextmanager
def credentials_for(server: Server, home: str) -> Iterator[None]:
    """The environment of a user of the simulated account, for this process."""
    mine = {
        "AWS_ACCESS_KEY_ID": "AKIATESTUSER00000000",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": f"{home}/config",
        "AWS_SHARED_CREDENTIALS_FILE": f"{home}/credentials",
    }
    server.reset()  # no faults of the test before
    os.environ.update(mine)
    _sessions.append(Sessions(server.url))
    _sessions[0].made.caller()  # asked once
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]
        _sessions.clear()


def run_setup(
    settings: Settings = SETTINGS,
    retry_seconds: float = 2.0,
    signals: Signals | None = None,
    *,
    rollback: bool = True,
    sessions: Sessions | None = None,
) -> Ran:
    """`setup --non-interactive` to its end."""
    options = RunOptions(retry_seconds=retry_seconds, rollback=rollback)
    return _run("setup", options, signals, sessions, lambda context: setup(context, settings))


def run_remove(
    settings: Settings = SETTINGS,
    retry_seconds: float = 2.0,
    signals: Signals | None = None,
    *,
    sessions: Sessions | None = None,
) -> Ran:
    """`remove --yes` to its end."""
    options = RunOptions(retry_seconds=retry_seconds, yes=True)
    return _run(
        "remove", options, signals, sessions, lambda context: remove(context, settings, _never)
    )


def _never(_: str, _account_id: str) -> bool:
    raise AssertionError("an unattended run asks nothing")


def _run(
    command: str,
    options: RunOptions,
    signals: Signals | None,
    sessions: Sessions | None,
    run: Callable[[Context], Outcome],
) -> Ran:
    text = io.StringIO()
    context = Context(
        command,
        Screen(text),
        options,
        signals or Signals(),
        open_session=sessions or _sessions[0],
    )
    try:
        ended = run(context)
    except WizardError as error:
        context.show(error)
        result = {**context.result, **objects.failure(command, error)}
        return Ran(int(error.exit_code), result, text.getvalue())
    return Ran(int(ended.exit_code), ended.result, text.getvalue())


def read_account() -> State:
    """The account as it is."""
    return observe(_sessions[0].made, ROLE, lambda _: {POLICY_ARN: "v5"}, instance_profiles=True)


def exactly(state: State) -> tuple[Any, ...]:
    """All that a run could have changed, versions of policies included."""
    policies = {
        arn: (policy, policy.version_id, {version.version_id for version in policy.old_versions})
        for arn, policy in state.policies.items()
    }
    return state.role, policies


def named(reported: Iterable[dict[str, Any]], changes: Plan) -> list[Change]:
    """The changes of a plan that a report names."""
    by_words = {_words(objects.change(change)): change for change in changes}
    return [by_words[_words(change)] for change in reported]


def _words(change: dict[str, Any]) -> str:
    detail = dict(change["detail"])
    if change["change"] == "update-policy":
        detail.pop("version_id")  # known only once it is made
    return objects.text({**change, "detail": detail})
