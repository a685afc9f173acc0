"""Every call that writes against everything that can happen to it.

Afterwards the account is exactly as it was or exactly as wanted, or the report names exactly
what differs; and the next undisturbed run always ends well.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

from aws_server import ACCOUNT, Fault, policy, trust
from program import ORG, ROLE
from runs import (
    POLICY_ARN,
    READ_ONLY,
    RUN_BOTS,
    Ran,
    credentials_for,
    exactly,
    named,
    read_account,
    run_remove,
    run_setup,
)
from wizard.core.changes import fold, iam_call, plan
from wizard.core.desired import desired
from wizard.core.ownership import plan_setup, removal
from wizard.core.state import NOTHING
from wizard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_server import Server
    from program import Program
    from wizard.core.changes import Plan
    from wizard.core.state import State

    Befores = dict[str, State]
    Arranged = Callable[[str], tuple["Scenario", State]]

EXTRA = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Boundary"
PATIENT = 2.0  # seconds to retry what is over after some calls
IMPATIENT = 0.4  # seconds to retry what never ends


@dataclass(frozen=True)
class Scenario:
    """A command, the account that it finds, and the calls with which it writes."""

    arrange: Callable[[Any], None]
    run: Callable[..., Ran]
    settings: Settings
    arguments: tuple[str, ...]
    calls: tuple[str, ...]

    @property
    def removes(self) -> bool:
        """Whether it is a removal, of which nothing is undone."""
        return self.run is run_remove

    def plan(self, before: State) -> Plan:
        """What an undisturbed run does."""
        if self.removes:
            return plan(removal(self.settings, ACCOUNT, before)[0], before)
        return plan_setup(self.settings, ACCOUNT, before).changes


def _empty(_iam: Any) -> None:
    """Nothing is there."""


def _made(iam: Any) -> None:
    """What setup makes, in fewer calls."""
    for change in plan(desired(Settings(ORG), ACCOUNT), NOTHING):
        operation, parameters = iam_call(change)
        getattr(iam, xform_name(operation))(**parameters)


def _drifted(iam: Any) -> None:
    """Everything that a setup can mend is broken."""
    _made(iam)
    iam.create_policy(PolicyName="Boundary", PolicyDocument=policy("lex:*"))
    for number in range(4):
        iam.create_policy_version(
            PolicyArn=POLICY_ARN, PolicyDocument=policy(f"lex:V{number}"), SetAsDefault=True
        )
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=READ_ONLY)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("765628985471"))
    iam.untag_role(RoleName=ROLE, TagKeys=["GenesysAccountId"])
    iam.untag_policy(PolicyArn=POLICY_ARN, TagKeys=["GenesysOrgId"])


def _grown(iam: Any) -> None:
    """A setup on which everything hangs that can hang on a role."""
    _made(iam)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=EXTRA)
    iam.put_role_policy(RoleName=ROLE, PolicyName="inline", PolicyDocument=policy("s3:Get*"))
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName=ROLE)
    iam.create_policy_version(PolicyArn=POLICY_ARN, PolicyDocument=policy("lex:Old"))


SCENARIOS = {
    "create": Scenario(
        _empty,
        run_setup,
        Settings(ORG),
        ("setup", "--non-interactive", "--org-id", ORG),
        (
            "CreateRole",
            "CreatePolicy",
            f"AttachRolePolicy {READ_ONLY}",
            f"AttachRolePolicy {RUN_BOTS}",
            f"AttachRolePolicy {POLICY_ARN}",
        ),
    ),
    "update": Scenario(
        _drifted,
        run_setup,
        Settings(ORG, role_description="New", permissions_boundary=BOUNDARY),
        (
            *("setup", "--non-interactive", "--org-id", ORG),
            *("--role-description", "New", "--permissions-boundary", BOUNDARY),
        ),
        (
            "TagRole",
            "TagPolicy",
            "UpdateRole",
            "PutRolePermissionsBoundary",
            "DeletePolicyVersion",
            "CreatePolicyVersion",
            f"AttachRolePolicy {READ_ONLY}",
            "UpdateAssumeRolePolicy",
        ),
    ),
    "remove": Scenario(
        _grown,
        run_remove,
        Settings(ORG),
        ("remove", "--yes", "--org-id", ORG),
        (
            f"DetachRolePolicy {READ_ONLY}",
            f"DetachRolePolicy {RUN_BOTS}",
            f"DetachRolePolicy {POLICY_ARN}",
            f"DetachRolePolicy {EXTRA}",
            "DeleteRolePolicy",
            "RemoveRoleFromInstanceProfile",
            "DeletePolicyVersion",
            "DeleteRole",
            "DeletePolicy",
        ),
    ),
}


@dataclass(frozen=True)
class Trouble:
    """What happens to a call, how often, and whether the run can live with it."""

    fault: Fault
    times: int | None = None  # None: for ever
    ends: frozenset[int] = field(default=frozenset({1}))


OVERCOME = frozenset({0})
TROUBLES = {
    "throttled twice": Trouble(Fault("Throttling"), 2, OVERCOME),
    "500 once": Trouble(Fault("ServiceFailure", 500), 1, OVERCOME),
    "503 twice": Trouble(Fault("ServiceUnavailable", 503), 2, OVERCOME),
    "connection lost before": Trouble(Fault(), 1, OVERCOME),
    "answer lost after it was done": Trouble(Fault(done=True), 1, OVERCOME),
    "500 after it was done": Trouble(Fault("ServiceFailure", 500, done=True), 1, OVERCOME),
    "no such entity, three times": Trouble(Fault("NoSuchEntity", 404), 3, frozenset({0, 1})),
    "concurrent modification, twice": Trouble(Fault("ConcurrentModification", 409), 2, OVERCOME),
    "access denied": Trouble(Fault("AccessDenied", 403)),
    "quota": Trouble(Fault("LimitExceeded", 409)),
    "malformed": Trouble(Fault("MalformedPolicyDocument", 400)),
    "expired token": Trouble(Fault("ExpiredToken", 403)),
    "500 for ever": Trouble(Fault("ServiceFailure", 500)),
    # What a run finds done although nobody said so may be all that was missing.
    "done and unheard for ever": Trouble(Fault(done=True), None, frozenset({0, 1})),
}
CONFLICTS = {
    "delete conflict, twice": Trouble(Fault("DeleteConflict", 409), 2, OVERCOME),
    "delete conflict for ever": Trouble(Fault("DeleteConflict", 409)),
}


def _rows() -> Iterator[Any]:
    for name, scenario in SCENARIOS.items():
        for call in scenario.calls:
            troubles = TROUBLES | (CONFLICTS if name == "remove" else {})
            for words in troubles:
                yield pytest.param(name, call, words, id=f"{name}-{call.split('/')[-1]}-{words}")


@pytest.fixture(scope="module")
def _befores(_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Befores]:
    with credentials_for(_server, str(tmp_path_factory.mktemp("home"))):
        yield {}


@pytest.fixture
def arranged(aws: Server, _befores: Befores) -> Callable[[str], tuple[Scenario, State]]:
    """Arranges the account of a scenario; gives the scenario and the account as it is then."""

    def arrange(name: str) -> tuple[Scenario, State]:
        aws.reset()
        scenario = SCENARIOS[name]
        scenario.arrange(aws.client())
        if name not in _befores:  # always the same
            _befores[name] = read_account()
        aws.forget()
        return scenario, _befores[name]

    return arrange


def injected(target: str, trouble: Trouble) -> Callable[[str, dict[str, str]], Fault | None]:
    """The trouble, for the calls of an operation (and a policy) alone."""
    operation, _, arn = target.partition(" ")
    met = 0

    def fault(name: str, parameters: dict[str, str]) -> Fault | None:
        nonlocal met
        if name != operation or arn not in {"", parameters.get("PolicyArn")}:
            return None
        met += 1
        return trouble.fault if trouble.times is None or met <= trouble.times else None

    return fault


def disturbed(
    aws: Server, scenario: Scenario, before: State, fault: Any, run: Callable[[], Ran]
) -> Ran:
    """Run with a fault, and judge how it ended.

    From an account that is exactly as before or as wanted a run is known to end well; from
    any other it must be shown.
    """
    aws.fault_for = fault
    ran = run()
    aws.fault_for = lambda _operation, _parameters: None
    after, want = read_account(), fold(scenario.plan(before), before)
    judge(ran, scenario, before, after)
    if exactly(after) not in (exactly(before), exactly(want)):
        again = scenario.run(scenario.settings)
        assert again.code == 0, again.told
        assert scenario.plan(read_account()) == ()
    return ran


def judge(ran: Ran, scenario: Scenario, before: State, after: State) -> None:
    """Raise AssertionError unless the account and the report agree."""
    changes = scenario.plan(before)
    if ran.code == 0:
        assert exactly(after) == exactly(fold(changes, before))
        return
    assert ran.result["error"]["code"]
    assert ran.result["error"]["hint"]
    if ran.status == "rolled-back":
        assert exactly(after) == exactly(before)
        assert ran.result["left"] == []
        return
    assert ran.status == "failed"
    what = "done" if scenario.removes else "left"
    stays = named(ran.result[what], changes)
    doubt = named(ran.result["in_doubt"], changes)
    assert exactly(after) in [
        exactly(fold([*stays, *some], before))
        for some in chain.from_iterable(
            combinations(doubt, count) for count in range(len(doubt) + 1)
        )
    ]
    assert exactly(after) != exactly(before) or doubt


@pytest.mark.parametrize("name", SCENARIOS)
def test_undisturbed_it_ends_well(aws: Server, arranged: Arranged, name: str) -> None:
    scenario, before = arranged(name)
    ran = disturbed(
        aws, scenario, before, lambda *_: None, partial(scenario.run, scenario.settings)
    )
    assert ran.code == 0
    assert scenario.run(scenario.settings).status in {"unchanged", "absent"}


@pytest.mark.parametrize(("name", "call", "words"), list(_rows()))
def test_a_call_that_fails_costs_nothing_that_is_not_told(
    aws: Server,
    arranged: Arranged,
    name: str,
    call: str,
    words: str,
    record_property: Callable[[str, int], None],
) -> None:
    record_property("faults", 1)
    scenario, before = arranged(name)
    trouble = (TROUBLES | CONFLICTS)[words]
    run = partial(scenario.run, scenario.settings, PATIENT if trouble.times else IMPATIENT)
    ran = disturbed(aws, scenario, before, injected(call, trouble), run)
    assert ran.code in trouble.ends, ran.told


READS = ("Get", "List")


@pytest.mark.parametrize("chunk", range(3))  # so that the workers share a scenario's calls
@pytest.mark.parametrize(
    ("words", "fault", "reads"),
    [
        ("the network is gone", Fault(), ()),
        ("the login has expired", Fault("ExpiredToken", 403), READS),
    ],
)
@pytest.mark.parametrize("name", SCENARIOS)
def test_from_any_call_on_everything_may_fail_for_good(
    aws: Server,
    arranged: Arranged,
    name: str,
    words: str,
    fault: Fault,
    reads: tuple[str, ...],
    chunk: int,
    record_property: Callable[[str, int], None],
) -> None:
    """`reads` are operations that do not count: before the first write they prove nothing new."""
    first = 1 + chunk
    while True:
        scenario, before = arranged(name)
        begun: list[str] = []

        def gone(
            operation: str, _: dict[str, str], begun: list[str] = begun, first: int = first
        ) -> Fault | None:
            begun.extend([operation] if not operation.startswith(reads) else [])
            return fault if len(begun) >= first else None

        run = partial(scenario.run, scenario.settings, 0)  # nothing is tried twice
        disturbed(aws, scenario, before, gone, run)
        if len(begun) < first:  # the run has fewer calls
            break
        first += 3
    assert first > 1 + chunk, words
    record_property("faults", (first - 1 - chunk) // 3)


SIGNALS = {"SIGINT": (signal.SIGINT, 130), "SIGTERM": (signal.SIGTERM, 143)}


@pytest.mark.parametrize("words", SIGNALS)
@pytest.mark.parametrize(
    ("name", "call"),
    [(name, call) for name, scenario in SCENARIOS.items() for call in scenario.calls],
)
def test_a_signal_during_a_call_lets_it_end_and_then_all_is_taken_back(
    aws: Server,
    program: Program,
    arranged: Arranged,
    name: str,
    call: str,
    words: str,
    record_property: Callable[[str, int], None],
) -> None:
    record_property("faults", 1)
    scenario, before = arranged(name)
    number, code = SIGNALS[words]
    running: list[subprocess.Popen[str]] = []
    kill = injected(call, Trouble(Fault(), 1))

    def signalled(operation: str, parameters: dict[str, str]) -> None:
        if kill(operation, parameters):
            running[0].send_signal(number)
            time.sleep(0.05)  # the signal is heard while the call is under way

    def run() -> Ran:
        process = subprocess.Popen(
            [str(program.path), *scenario.arguments, "--output", "json"],
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        out, err = process.communicate(timeout=60)
        return Ran(process.returncode, json.loads(out), err)

    ran = disturbed(aws, scenario, before, signalled, run)
    assert "Traceback" not in ran.told
    if name == "remove" and call == "DeletePolicy":  # the last one: then everything is removed
        assert (ran.code, ran.status) == (0, "removed")
    else:  # a policy version that is deleted can't come back
        assert (ran.code, ran.status) == (code, "rolled-back" if name == "create" else "failed"), (
            ran.told
        )
