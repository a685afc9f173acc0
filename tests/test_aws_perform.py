"""One change and what IAM's slowness, lost answers and other people can make of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from aws_server import Fault, Server, policy, trust
from program import ROLE
from runs import POLICY_ARN, READ_ONLY, Sessions, credentials_for, read_account
from strategies import healthy, policy_document
from wizard.aws.perform import Performer
from wizard.aws.session import Retry
from wizard.core.changes import Change, Version, iam_call, plan
from wizard.core.state import NOTHING
from wizard.errors import AwsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREATE_ROLE, CREATE_POLICY = plan(healthy(), NOTHING)[:2]
ROLE_ARN = CREATE_ROLE.target
DELETE_ROLE = Change("delete-role", ROLE_ARN)
UPDATE = Change("update-policy", POLICY_ARN, None, Version(policy_document("lex:Other")))
GONE = Fault("NoSuchEntity", 404)


@pytest.fixture(scope="module")
def sessions(_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    with credentials_for(_server, str(tmp_path_factory.mktemp("home"))):
        yield Sessions(_server.url)


@pytest.fixture
def perform(aws: Server, sessions: Sessions) -> Performer:
    """Carries out changes in the simulated account, with patience for two seconds."""
    del aws
    return Performer(sessions(retry=Retry().capped(2)))


def silent(_reason: str, _seconds: float) -> None:
    """Nobody is told."""


def times(count: int, operation: str, fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda name, number: fault if name == operation and number <= count else None


@pytest.mark.parametrize("change", [CREATE_ROLE, CREATE_POLICY], ids=["role", "policy"])
def test_what_an_identical_run_made_is_nothing_that_this_run_did(
    perform: Performer, change: Change
) -> None:
    assert perform(change, silent) == change
    assert perform(change, silent) is None


@pytest.mark.parametrize("change", [CREATE_ROLE, CREATE_POLICY], ids=["role", "policy"])
@pytest.mark.parametrize("lost", [Fault(done=True), Fault("ServiceFailure", 500, done=True)])
def test_after_a_lost_answer_what_was_made_is_this_runs(
    aws: Server, perform: Performer, change: Change, lost: Fault
) -> None:
    operation, _ = iam_call(change)
    aws.fault = times(1, operation, lost)
    assert perform(change, silent) == change


@pytest.mark.parametrize(
    ("change", "read"),
    [(CREATE_ROLE, "GetRole"), (CREATE_POLICY, "GetPolicy")],
    ids=["role", "policy"],
)
def test_what_iam_does_not_show_yet_is_waited_for(
    aws: Server, perform: Performer, change: Change, read: str
) -> None:
    operation, _ = iam_call(change)
    lost, unseen = times(1, operation, Fault(done=True)), times(3, read, GONE)
    aws.fault = lambda name, number: lost(name, number) or unseen(name, number)
    told: list[str] = []
    assert perform(change, lambda reason, _: told.append(reason)) == change
    assert "AWS doesn't show the new resource yet" in told


@pytest.mark.parametrize(
    "change",
    [CREATE_ROLE, CREATE_POLICY],
    ids=["role", "policy"],
)
def test_what_somebody_else_made_otherwise_is_a_name_taken_and_not_in_doubt(
    aws: Server, perform: Performer, change: Change
) -> None:
    client = aws.client()
    client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    client.create_policy(PolicyName=POLICY_ARN.rsplit("/", 1)[-1], PolicyDocument=policy("s3:Get*"))
    operation, _ = iam_call(change)
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
    attach = Change("attach-policy", ROLE_ARN, after=READ_ONLY)
    detach = Change("detach-policy", ROLE_ARN, before=READ_ONLY)
    for change in (attach, detach, DELETE_ROLE):
        aws.forget()
        aws.fault = times(3, iam_call(change)[0], GONE)
        assert perform(change, silent) == change
    assert read_account() == NOTHING


def test_what_iam_shows_nowhere_yet_is_not_taken_for_gone(aws: Server, perform: Performer) -> None:
    perform(CREATE_ROLE, silent)
    aws.forget()
    aws.fault = lambda name, number: GONE if name.endswith("Role") and number <= 2 else None
    assert perform(DELETE_ROLE, silent) == DELETE_ROLE
    assert read_account() == NOTHING


@pytest.mark.parametrize(
    "change",
    [
        Change("detach-policy", ROLE_ARN, before=READ_ONLY),
        Change("delete-inline-policy", ROLE_ARN, before="inline"),
        Change("remove-from-instance-profile", ROLE_ARN, before="profile"),
        DELETE_ROLE,
        Change("delete-policy-version", POLICY_ARN, before="v2"),
        Change("delete-policy", POLICY_ARN),
    ],
    ids=lambda change: change.kind,
)
def test_what_is_gone_already_is_somebody_elses_work(perform: Performer, change: Change) -> None:
    assert perform(change, silent) is None


def test_what_is_gone_can_not_be_changed(perform: Performer) -> None:
    with pytest.raises(NotFound):
        perform(Change("tag-role", ROLE_ARN, {}, {"a": "b"}), silent)


def test_a_deletion_whose_answer_was_lost_is_this_runs(aws: Server, perform: Performer) -> None:
    perform(CREATE_ROLE, silent)
    aws.fault = times(1, "DeleteRole", Fault(done=True))
    assert perform(DELETE_ROLE, silent) == DELETE_ROLE


def test_an_update_whose_answer_was_lost_makes_no_second_version(
    aws: Server, perform: Performer
) -> None:
    perform(CREATE_POLICY, silent)
    aws.fault = times(1, "CreatePolicyVersion", Fault(done=True))
    done = perform(UPDATE, silent)
    assert done is not None
    assert done.after.version_id == "v2"
    versions = aws.client().list_policy_versions(PolicyArn=POLICY_ARN)["Versions"]
    assert len(versions) == 2


@pytest.mark.parametrize("change", [CREATE_ROLE, CREATE_POLICY], ids=["role", "policy"])
@pytest.mark.parametrize("may_list", [True, False])
def test_a_name_that_clashes_only_by_case_or_path_is_refused_at_once(
    aws: Server, sessions: Sessions, change: Change, may_list: bool
) -> None:
    operation, _ = iam_call(change)
    client = aws.client()
    client.create_role(RoleName=ROLE.upper(), AssumeRolePolicyDocument=trust())
    client.create_policy(PolicyName=change.name.upper(), PolicyDocument=policy("s3:Get*"))
    aws.fault = lambda name, _: (
        Fault("EntityAlreadyExists", 409)
        if name == operation
        else Fault("AccessDenied", 403)
        if name in {"ListRoles", "ListPolicies"} and not may_list
        else None
    )
    began = time.monotonic()
    with pytest.raises(AwsError) as taken:
        Performer(sessions(retry=Retry()))(change, silent)
    assert time.monotonic() - began < 5  # and not the two minutes that IAM may take
    assert taken.value.code == "name-taken"
    assert (change.name.upper() if may_list else change.name) in taken.value.message
    assert "-name" in taken.value.hint
