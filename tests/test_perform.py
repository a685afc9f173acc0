"""One change and what IAM's slowness, lost answers and other people can make of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from wizard.aws.calls import call_for
from wizard.aws.retry import Retry
from wizard.core.plan import plan

from aws_server import ACCOUNT, Fault, Server, policy, trust
from program import ROLE
from runs import POLICY_ARN, READ_ONLY, Door, credentials_for, look
from strategies import healthy, policy_document
from wizard.aws.perform import Performer
from wizard.core import plan as p
from wizard.core.state import NOTHING
from wizard.errors import AwsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREATE_ROLE, CREATE_POLICY = plan(healthy(), NOTHING)[:2]
ROLE_ARN = CREATE_ROLE.target
GONE = Fault("NoSuchEntity", 404)


@pytest.fixture(scope="module")
def door(_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with credentials_for(_server, str(tmp_path_factory.mktemp("home"))):
        yield Door(_server.url)


@pytest.fixture
def perform(aws: Server, door: Door) -> Performer:
    """Carries out changes in the simulated account, with patience for two seconds."""
    del aws
    return Performer(door(retry=Retry().capped(2)))


def silent(_reason: str, _seconds: float) -> None:
    """Nobody is told."""


def times(count: int, operation: str, fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda name, number: fault if name == operation and number <= count else None


@pytest.mark.parametrize("change", [CREATE_ROLE, CREATE_POLICY], ids=["role", "policy"])
def test_what_an_identical_run_made_is_nothing_that_this_run_did(
    perform: Performer, change: p.Change
) -> None:
    assert perform(change, silent) == change
    assert perform(change, silent) is None


@pytest.mark.parametrize("change", [CREATE_ROLE, CREATE_POLICY], ids=["role", "policy"])
@pytest.mark.parametrize("lost", [Fault(done=True), Fault("ServiceFailure", 500, done=True)])
def test_after_a_lost_answer_what_was_made_is_this_runs(
    aws: Server, perform: Performer, change: p.Change, lost: Fault
) -> None:
    operation, _ = call_for(change)
    aws.fault = times(1, operation, lost)
    assert perform(change, silent) == change


@pytest.mark.parametrize(
    ("change", "read"),
    [(CREATE_ROLE, "GetRole"), (CREATE_POLICY, "GetPolicy")],
    ids=["role", "policy"],
)
def test_what_iam_does_not_show_yet_is_waited_for(
    aws: Server, perform: Performer, change: p.Change, read: str
) -> None:
    operation, _ = call_for(change)
    lost, unseen = times(1, operation, Fault(done=True)), times(3, read, GONE)
    aws.fault = lambda name, number: lost(name, number) or unseen(name, number)
    told: list[str] = []
    assert perform(change, lambda reason, _: told.append(reason)) == change
    assert "AWS does not show yet what was just made" in told


@pytest.mark.parametrize(
    "change",
    [CREATE_ROLE, CREATE_POLICY],
    ids=["role", "policy"],
)
def test_what_somebody_else_made_otherwise_is_a_name_taken_and_not_in_doubt(
    aws: Server, perform: Performer, change: p.Change
) -> None:
    client = aws.client()
    client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    client.create_policy(PolicyName=POLICY_ARN.rsplit("/", 1)[-1], PolicyDocument=policy("s3:Get*"))
    operation, _ = call_for(change)
    aws.fault = times(1, operation, Fault())  # the answer is lost, and so is the call
    with pytest.raises(AwsError) as failed:
        perform(change, silent)
    assert (failed.value.code, failed.value.in_doubt) == ("name-taken", False)


def test_what_can_not_be_looked_at_after_a_lost_answer_stays_in_doubt(
    aws: Server, perform: Performer
) -> None:
    aws.fault = lambda name, number: (
        Fault(done=True)
        if (name, number) == ("CreateRole", 1)
        else Fault("AccessDenied", 403)
        if name == "GetRole"
        else None
    )
    with pytest.raises(AwsError) as failed:
        perform(CREATE_ROLE, silent)
    assert failed.value.in_doubt


def test_nothing_but_the_policy_is_looked_at_to_settle_a_policy(
    aws: Server, perform: Performer
) -> None:
    perform(CREATE_POLICY, silent)
    aws.forget()
    perform(CREATE_POLICY, silent)
    assert "GetPolicy" in aws.operations()
    assert "GetRole" not in aws.operations()


def test_what_was_just_made_may_be_unknown_when_it_is_used_and_when_it_is_undone(
    aws: Server, perform: Performer
) -> None:
    perform(CREATE_ROLE, silent)
    attach, detach = (kind(ROLE_ARN, READ_ONLY) for kind in (p.AttachPolicy, p.DetachPolicy))
    for change in (attach, detach, p.DeleteRole(ROLE_ARN)):
        aws.forget()
        aws.fault = times(3, call_for(change)[0], GONE)
        assert perform(change, silent) == change
    assert look() == NOTHING


def test_what_iam_shows_nowhere_yet_is_not_taken_for_gone(aws: Server, perform: Performer) -> None:
    perform(CREATE_ROLE, silent)
    aws.forget()
    aws.fault = lambda name, number: GONE if name.endswith("Role") and number <= 2 else None
    assert perform(p.DeleteRole(ROLE_ARN), silent) == p.DeleteRole(ROLE_ARN)
    assert look() == NOTHING


@pytest.mark.parametrize(
    "change",
    [
        p.DetachPolicy(ROLE_ARN, READ_ONLY),
        p.DeleteInlinePolicy(ROLE_ARN, "inline"),
        p.RemoveFromInstanceProfile(ROLE_ARN, "profile"),
        p.DeleteRole(ROLE_ARN),
        p.DeletePolicyVersion(POLICY_ARN, "v2"),
        p.DeletePolicy(POLICY_ARN),
    ],
    ids=p.kind,
)
def test_what_is_gone_already_is_somebody_elses_work(perform: Performer, change: p.Change) -> None:
    assert perform(change, silent) is None


def test_what_is_gone_can_not_be_changed(perform: Performer) -> None:
    with pytest.raises(NotFound):
        perform(p.TagRole(ROLE_ARN, {"a": "b"}), silent)


def test_a_deletion_whose_answer_was_lost_is_this_runs(aws: Server, perform: Performer) -> None:
    perform(CREATE_ROLE, silent)
    aws.fault = times(1, "DeleteRole", Fault(done=True))
    assert perform(p.DeleteRole(ROLE_ARN), silent) == p.DeleteRole(ROLE_ARN)


def test_an_update_whose_answer_was_lost_makes_no_second_version(
    aws: Server, perform: Performer
) -> None:
    perform(CREATE_POLICY, silent)
    change = p.UpdatePolicy(POLICY_ARN, policy_document("lex:Other"))
    aws.fault = times(1, "CreatePolicyVersion", Fault(done=True))
    done = perform(change, silent)
    assert isinstance(done, p.UpdatePolicy)
    assert done.version_id == "v2"
    versions = aws.client().list_policy_versions(PolicyArn=POLICY_ARN)["Versions"]
    assert len(versions) == 2


def test_where_identical_runs_took_the_last_version_there_is_nothing_to_do(
    aws: Server, perform: Performer
) -> None:
    perform(CREATE_POLICY, silent)
    change = p.UpdatePolicy(POLICY_ARN, policy_document("lex:Other"))
    for number in range(2, 6):
        done = perform(change, silent)
        assert isinstance(done, p.UpdatePolicy)
        assert done.version_id == f"v{number}"
    assert perform(change, silent) is None
    with pytest.raises(AwsError) as full:
        perform(p.UpdatePolicy(POLICY_ARN, healthy().policies[POLICY_ARN].document), silent)
    assert full.value.code == "limit-exceeded"
    del aws


def test_the_guard_is_asked_before_every_attempt(aws: Server, door: Door) -> None:
    asked: list[Any] = []

    def guard(change: p.Change) -> None:
        asked.append(change)
        if len(asked) == 3:
            raise AwsError("another holds it", code="changed-meanwhile")

    aws.fault = lambda name, _: Fault("Throttling") if name == "CreateRole" else None
    perform = Performer(door(retry=Retry(stop=threading.Event()).capped(2)), guard)
    with pytest.raises(AwsError) as failed:
        perform(CREATE_ROLE, silent)
    assert failed.value.code == "changed-meanwhile"
    assert aws.operations() == ["CreateRole"] * 2
    assert ACCOUNT in CREATE_ROLE.target
