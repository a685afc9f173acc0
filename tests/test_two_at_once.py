"""Two runs at the same role at the same time: converge or refuse, never half of each."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from wizard.core.plan import plan

from aws_server import ACCOUNT, Fault, Server, policy, trust
from program import ORG, OTHER_ORG, ROLE, Ended, Program
from runs import (
    POLICY_ARN,
    READ_ONLY,
    RUN_BOTS,
    SETTINGS,
    Door,
    Ran,
    credentials_for,
    look,
    run_remove,
    run_setup,
)
from wizard.core.ownership import wanted
from wizard.core.state import NOTHING
from wizard.errors import Refused
from wizard.settings import ChosenBots, FromTemplate, Settings
from wizard.validators import bot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wizard.core.state import State

THIRD_ORG = "77777777-7777-7777-7777-777777777777"
LEAST = ChosenBots((bot(f"arn:aws:lex:us-east-1:{ACCOUNT}:bot/ABCDEFGHIJ"),))
DENIED = Fault("AccessDenied", 403)


@pytest.fixture(scope="module")
def _doors(
    _server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Door]]:
    second = Server(_one_at_a_time=_server._one_at_a_time)
    second.start()
    with credentials_for(_server, str(tmp_path_factory.mktemp("home"))):
        yield second, Door(second.url)
    second.stop()


@pytest.fixture
def other(aws: Server, _doors: tuple[Server, Door]) -> tuple[Server, Door]:
    """A second way to the same account, so that one of two runs can be held up or denied."""
    del aws
    server, door = _doors
    server.fault_for = lambda _operation, _parameters: None
    server.forget()
    return server, door


def drifted(iam: Any) -> State:
    """A set-up in which the trust policy, the document, the tags and an attachment are wrong."""
    run_setup()
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=READ_ONLY)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("765628985471"))
    iam.create_policy_version(
        PolicyArn=POLICY_ARN, PolicyDocument=policy("lex:Old"), SetAsDefault=True
    )
    iam.untag_role(RoleName=ROLE, TagKeys=["GenesysAccountId"])
    return look()


def owners(state: State, *answers: Settings) -> list[Settings]:
    """Those answers whose set-up the account holds as a whole."""
    return [each for each in answers if state.role and not open_changes(each, state)]


def open_changes(answers: Settings, state: State) -> Any:
    """What a run with these answers would still do, or why it refuses."""
    try:
        return plan(wanted(answers, ACCOUNT, state), state)
    except Refused as error:
        return error


def at_once(*runs: Callable[[], Ran]) -> list[Ran]:
    """Run them side by side, each begun a moment after the other."""

    def run(one: Callable[[], Ran]) -> Ran:
        time.sleep(random.uniform(0, 0.05))
        return one()

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(run, runs))


@pytest.mark.parametrize("arrange", [lambda _: NOTHING, drifted], ids=["fresh", "drifted"])
def test_identical_runs_all_end_well(
    aws: Server, other: tuple[Server, Door], arrange: Callable[[Any], State]
) -> None:
    del other
    arrange(aws.client())
    aws.latency = 0.02
    ran = at_once(*[partial(run_setup, SETTINGS, 20)] * 4)
    assert [each.code for each in ran] == [0] * 4, [each.told for each in ran]
    assert owners(look(), SETTINGS)


ANSWERS = {
    "another organization": (
        Settings(OTHER_ORG, replace_org=ORG),
        Settings(THIRD_ORG, replace_org=ORG),
    ),
    "least privilege or the template": (
        Settings(ORG, policy=LEAST),
        Settings(ORG, policy=FromTemplate()),
    ),
    "tags": (
        Settings(ORG, tags=(("team", "a"), ("a", "1"))),
        Settings(ORG, tags=(("team", "b"), ("b", "1"))),
    ),
    "descriptions": (
        Settings(ORG, role_description="One"),
        Settings(ORG, role_description="Two"),
    ),
}


@pytest.mark.parametrize("attempt", range(2))
@pytest.mark.parametrize("words", ANSWERS)
@pytest.mark.parametrize("arrange", [lambda _: NOTHING, drifted], ids=["fresh", "drifted"])
def test_different_answers_never_end_in_half_of_each(
    aws: Server,
    other: tuple[Server, Door],
    arrange: Callable[[Any], State],
    words: str,
    attempt: int,
) -> None:
    del other, attempt
    before = arrange(aws.client())
    aws.latency = 0.02
    ran = at_once(*(partial(run_setup, each, 5) for each in ANSWERS[words]))
    assert {each.code for each in ran} <= {0, 1, 3}
    now = look()
    whole = owners(now, *ANSWERS[words])
    if not whole:
        assert (now.role, now.policies) == (before.role, before.policies), [
            (each.told, open_changes(answers, now))
            for answers, each in zip(ANSWERS[words], ran, strict=True)
        ]
    for answers, each in zip(ANSWERS[words], ran, strict=True):
        assert each.code != 0 or answers in whole or ran[0].code == ran[1].code == 0


FRESH = ("CreateRole", "CreatePolicy", READ_ONLY, RUN_BOTS, POLICY_ARN)
UPDATE = ("TagRole", "CreatePolicyVersion", READ_ONLY, "UpdateAssumeRolePolicy")


def held_up_at(
    call: str, meanwhile: Callable[[], Ran], fault: Fault | None, ran: list[Ran]
) -> Callable[[str, dict[str, str]], Fault | None]:
    """At this call (or attachment) another run goes from its beginning to its end."""
    lock, begun = threading.Lock(), []

    def hook(operation: str, parameters: dict[str, str]) -> Fault | None:
        attaches = operation == "AttachRolePolicy" and parameters["PolicyArn"] == call
        if operation != call and not attaches:
            return None
        with lock:
            first = not begun
            begun.append(operation)
        if first:
            ran.append(meanwhile())
        return fault

    return hook


@pytest.mark.parametrize("fault", [None, DENIED], ids=["goes on", "is denied then"])
@pytest.mark.parametrize(
    ("arrange", "call"),
    [
        *(pytest.param(lambda _: NOTHING, call, id=f"fresh-{call[-20:]}") for call in FRESH),
        *(pytest.param(drifted, call, id=f"drifted-{call[-20:]}") for call in UPDATE),
    ],
)
def test_a_run_takes_nothing_from_an_identical_one_that_overtakes_it(
    aws: Server,
    other: tuple[Server, Door],
    arrange: Callable[[Any], State],
    call: str,
    fault: Fault | None,
) -> None:
    arrange(aws.client())
    server, door = other
    second: list[Ran] = []
    server.fault_for = held_up_at(call, partial(run_setup, SETTINGS), fault, second)
    first = run_setup(SETTINGS, door=door)
    assert second[0].code == 0, second[0].told
    assert owners(look(), SETTINGS), first.told
    assert first.code == 0  # all that it was to do is there


@pytest.mark.parametrize(
    ("arrange", "call", "back"),
    [
        pytest.param(lambda _: NOTHING, POLICY_ARN, "DetachRolePolicy", id="fresh, detaching"),
        pytest.param(lambda _: NOTHING, POLICY_ARN, "DeleteRole", id="fresh, deleting"),
        pytest.param(
            drifted, "UpdateAssumeRolePolicy", "DetachRolePolicy", id="drifted, detaching"
        ),
        pytest.param(drifted, "UpdateAssumeRolePolicy", "UntagRole", id="drifted, untagging"),
    ],
)
def test_a_run_that_takes_back_gives_it_back_to_another_that_came_by(
    aws: Server,
    other: tuple[Server, Door],
    arrange: Callable[[Any], State],
    call: str,
    back: str,
) -> None:
    """The other run begins after this one has looked what it may undo."""
    arrange(aws.client())
    server, door = other
    second: list[Ran] = []
    come_by = held_up_at(back, partial(run_setup, SETTINGS, 10), None, second)
    deny = held_up_at(call, lambda: Ran(0, {}, ""), DENIED, [])
    denied: list[str] = []

    def fault(operation: str, parameters: dict[str, str]) -> Fault | None:
        if not denied and (found := deny(operation, parameters)):
            denied.append(operation)
            return found
        return come_by(operation, parameters)

    server.fault_for = fault
    first = run_setup(SETTINGS, door=door)
    assert second[0].code == 0, second[0].told
    assert owners(look(), SETTINGS), first.told


@pytest.mark.parametrize("call", ["TagRole", "CreatePolicyVersion", READ_ONLY])
@pytest.mark.parametrize("words", ["another organization", "least privilege or the template"])
def test_a_run_with_other_answers_that_is_overtaken_yields_or_ends_as_a_whole(
    aws: Server, other: tuple[Server, Door], words: str, call: str
) -> None:
    drifted(aws.client())
    server, door = other
    two, one = ANSWERS[words]
    second: list[Ran] = []
    server.fault_for = held_up_at(call, partial(run_setup, two), None, second)
    first = run_setup(one, 5, door=door)
    assert first.code == 0 or second[0].code == 0
    last = one if first.code == 0 else two
    assert owners(look(), one, two) == [last], first.told


@pytest.mark.parametrize("call", ["TagRole", READ_ONLY])
def test_what_somebody_changes_that_was_not_planned_is_theirs_and_the_run_takes_back_its_own(
    aws: Server, other: tuple[Server, Door], call: str
) -> None:
    run_setup()
    iam = aws.client()
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=READ_ONLY)
    server, door = other

    def somebody() -> Ran:
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("111111111111"))
        return Ran(0, {}, "")

    server.fault_for = held_up_at(call, somebody, None, [])
    ran = run_setup(Settings(ORG, tags=(("team", "a"),)), 1, door=door)
    assert (ran.code, ran.result["error"]["code"]) == (1, "changed-meanwhile"), ran.told
    assert ran.status == "rolled-back"
    now = look()
    assert now.role is not None
    assert READ_ONLY not in now.role.attachments
    assert "team" not in now.role.tags
    assert "111111111111" in now.role.trust_policy.text()


def test_what_others_add_meanwhile_is_kept_as_it_is_in_any_run(
    aws: Server, other: tuple[Server, Door]
) -> None:
    iam = aws.client()
    extra = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    server, door = other

    def somebody() -> Ran:
        iam.tag_role(RoleName=ROLE, Tags=[{"Key": "theirs", "Value": "yes"}])
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=extra)
        return Ran(0, {}, "")

    server.fault_for = held_up_at(POLICY_ARN, somebody, None, [])
    ran = run_setup(SETTINGS, door=door)
    now = look()
    assert ran.code == 0, ran.told
    assert now.role is not None
    assert extra in now.role.attachments
    assert now.role.tags["theirs"] == "yes"


def test_a_removal_and_a_set_up_at_once_end_in_all_or_nothing(
    aws: Server, other: tuple[Server, Door]
) -> None:
    del other
    run_setup()
    aws.latency = 0.02
    at_once(partial(run_setup, SETTINGS, 5), partial(run_remove, SETTINGS, 5))
    now = look()
    assert owners(now, SETTINGS) or (now.role, now.policies) == (None, {})


def test_two_removals_at_once_both_end_well(aws: Server, other: tuple[Server, Door]) -> None:
    del other
    run_setup()
    aws.latency = 0.02
    ran = at_once(partial(run_remove, SETTINGS, 5), partial(run_remove, SETTINGS, 5))
    assert [each.code for each in ran] == [0, 0], [each.told for each in ran]
    assert look() == NOTHING


# ── as processes, the way users start them ──


def served(aws: Server) -> dict[str, Any] | None:
    """Whom the role serves by its tag and by its trust policy, and what is attached; or None."""
    client = aws.client()
    try:
        role = client.get_role(RoleName=ROLE)["Role"]
    except client.exceptions.NoSuchEntityException:
        return None
    listed = client.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return {
        "tag": {each["Key"]: each["Value"] for each in role["Tags"]}["GenesysOrgId"],
        "trust": condition["StringEquals"]["sts:ExternalId"],
        "attached": {each["PolicyArn"] for each in listed},
    }


@pytest.mark.parametrize("latency", [0.02, 0.1])
def test_two_organizations_at_once_end_in_one_of_them_or_in_none(
    aws: Server, program: Program, latency: float
) -> None:
    aws.latency = latency

    def run(org_id: str) -> Ended:
        line = ("setup", "--non-interactive", "--org-id", org_id, "--output", "json")
        return program(*line, GENESYS_LEX_RETRY_SECONDS="3")

    with ThreadPoolExecutor(2) as pool:
        ended = dict(zip((ORG, OTHER_ORG), pool.map(run, (ORG, OTHER_ORG)), strict=True))
    assert {each.code for each in ended.values()} <= {0, 1, 3}
    there = served(aws)
    winners = [org_id for org_id, each in ended.items() if each.code == 0]
    assert len(winners) <= 1
    if there is not None:
        assert there["tag"] == there["trust"]
    if winners:
        assert there is not None
        assert there["tag"] == winners[0]
        assert there["attached"] == {READ_ONLY, RUN_BOTS, POLICY_ARN}


def meanwhile(aws: Server, operation: str, act: Callable[[], None]) -> None:
    """Do something while the first call of this operation is under way; that call is denied."""
    once = threading.Lock()

    def on_call(name: str, _number: int) -> None:
        if name == operation and once.acquire(blocking=False):
            act()

    aws.on_call = on_call
    aws.fault = lambda name, number: (
        Fault("AccessDenied", 403) if (name, number) == (operation, 1) else None
    )


def test_a_failed_run_takes_nothing_from_an_identical_one_that_went_through(
    aws: Server, program: Program
) -> None:
    others: list[Ended] = []
    meanwhile(aws, "AttachRolePolicy", lambda: others.append(program.setup("--output", "json")))
    failed = program.setup("--output", "json")
    assert failed.code in {0, 1}
    assert [each.code for each in others] == [0]
    there = served(aws)
    assert there is not None
    assert there["attached"] == {READ_ONLY, RUN_BOTS, POLICY_ARN}
    assert there["trust"] == ORG


def test_what_somebody_else_changed_meanwhile_is_not_reverted(
    aws: Server, program: Program
) -> None:
    program.setup()
    client = aws.client()
    theirs = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "lex:ListBots", "Resource": "*"}],
    }
    client.update_role(RoleName=ROLE, Description="before")

    def act() -> None:
        client.create_policy_version(
            PolicyArn=POLICY_ARN, PolicyDocument=json.dumps(theirs), SetAsDefault=True
        )
        client.tag_role(RoleName=ROLE, Tags=[{"Key": "theirs", "Value": "yes"}])

    aws.forget()
    meanwhile(aws, "UpdateRole", act)
    failed = program.setup("--role-description", "after", "--tag", "mine=yes", "--output", "json")
    assert (failed.code, failed.json["status"]) == (1, "rolled-back")
    tags = {each["Key"] for each in client.list_role_tags(RoleName=ROLE)["Tags"]}
    assert "theirs" in tags
    assert "mine" not in tags
    version = client.get_policy(PolicyArn=POLICY_ARN)["Policy"]["DefaultVersionId"]
    assert version == "v2"
