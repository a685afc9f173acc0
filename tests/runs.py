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
from wizard.aws.retry import Retry, silent
from wizard.aws.session import Session
from wizard.commands.context import How, Stage
from wizard.commands.remove import remove
from wizard.commands.setup import setup
from wizard.commands.signals import Signals
from wizard.settings import Settings
from wizard.ui import objects
from wizard.ui.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.core.plan import Change, Plan
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


class Door:
    """Opens connections to a server with clients that are made once: that takes longer than a run.

    What a run opens otherwise is just the same.
    """

    def __init__(self, url: str) -> None:
        was = os.environ["AWS_ENDPOINT_URL"]
        os.environ["AWS_ENDPOINT_URL"] = url
        self._made = Session()
        for service in ("iam", "sts"):
            self._made.client(service)
        os.environ["AWS_ENDPOINT_URL"] = was

    def __call__(self, **options: Any) -> Session:
        again = copy.copy(self._made)
        again._caller = None
        again.retry = options.get("retry") or Retry()
        again._wait = options.get("wait") or silent
        return again


_doors: list[Door] = []


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
    _doors.append(Door(server.url))
    _doors[0]._made.caller()  # asked once
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]
        _doors.clear()


def run_setup(
    settings: Settings = SETTINGS,
    retry_seconds: float = 2.0,
    signals: Signals | None = None,
    *,
    rollback: bool = True,
    door: Door | None = None,
) -> Ran:
    """`setup --non-interactive` to its end."""
    text = io.StringIO()
    how = How(retry_seconds=retry_seconds, rollback=rollback)
    stage = Stage(Screen(text), signals or Signals(), open=door or _doors[0])
    ended = setup(settings, frozenset(), how, stage, _nobody_asks)
    return Ran(int(ended.exit_code), ended.result, text.getvalue())


def run_remove(
    settings: Settings = SETTINGS,
    retry_seconds: float = 2.0,
    signals: Signals | None = None,
    *,
    door: Door | None = None,
) -> Ran:
    """`remove --yes` to its end."""
    text = io.StringIO()
    stage = Stage(Screen(text), signals or Signals(), open=door or _doors[0])
    ended = remove(settings, How(retry_seconds=retry_seconds, yes=True), stage, lambda _: False)
    return Ran(int(ended.exit_code), ended.result, text.getvalue())


def _nobody_asks(_: Any) -> Any:
    raise AssertionError("an unattended run asks nothing")


def look() -> State:
    """The account as it is."""
    return observe(_doors[0]._made, ROLE, lambda _: {POLICY_ARN: "v5"}, instance_profiles=True)


def exactly(state: State) -> tuple[Any, ...]:
    """All that a run could have changed, versions of policies included."""
    policies = {
        arn: (policy, policy.version_id, {each.version_id for each in policy.old_versions})
        for arn, policy in state.policies.items()
    }
    return state.role, policies


def named(reported: Iterable[dict[str, Any]], changes: Plan) -> list[Change]:
    """The changes of a plan that a report names."""
    by_words = {_words(objects.change(change)): change for change in changes}
    return [by_words[_words(each)] for each in reported]


def _words(change: dict[str, Any]) -> str:
    detail = dict(change["detail"])
    if change["change"] == "update-policy":
        detail.pop("version_id")  # known only once it is made
    return objects.text({**change, "detail": detail})
