"""Reads the account into a State: the role, and every customer managed policy that matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wizard.core.documents import Document
from wizard.core.state import LastUse, Policy, PolicyVersion, Role, State, in_our_spelling
from wizard.errors import AccessDenied, AwsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from wizard.aws.session import Caller, Session


def observe(
    session: Session,
    role_name: str | None,
    policies: Callable[[Caller], Mapping[str, str]],
    *,
    instance_profiles: bool = False,
    stack: bool = False,
) -> State:
    """The role of that name (if any), the policies named, and every one attached to the role.

    `policies` gives ARNs with the version that is probably the default one (`v1`, or what
    this run has made), so that it can be read in the same round trip. Policies that the
    caller may not read and did not name are left out. Instance profiles are read on request,
    and CloudFormation is asked for the role's stack.
    Raises AwsError.
    """
    role_reads = _begin_role(session, role_name, instance_profiles=instance_profiles)
    caller = session.caller()
    named = dict(policies(caller))
    reads = {arn: _begin_policy(session, arn, guess) for arn, guess in named.items()}
    role = _role(caller, *(read.result() if read else None for read in role_reads))
    attached = role.attachments if role else frozenset()
    for arn in sorted(attached - set(named)):
        if f"::{caller.account_id}:" in arn:
            reads[arn] = _begin_policy(session, arn, "v1")
    if stack and role is not None:
        role = replace(role, in_stack=_stack_of(session, role.name))
    existing = [read for arn, read in reads.items() if _exists(read, named=arn in named)]
    documents = {read.arn: _begin_document(session, read) for read in existing}
    found = {read.arn: _policy(caller, read, documents[read.arn]) for read in existing}
    return State(role, found)


def _stack_of(session: Session, role_name: str) -> str | None:
    """The stack of the session's region that has the role among its resources.

    None where there is none, or where that can't be told: one attempt, and any failure will do.
    """
    asked = {"PhysicalResourceId": role_name}
    try:
        answer = session.call_once("cloudformation", "DescribeStackResources", asked)
    except AwsError:
        return None
    resources = answer.get("StackResources") or ()
    roles = (entry for entry in resources if entry.get("ResourceType") == "AWS::IAM::Role")
    return next((str(entry.get("StackName")) for entry in roles), None)


def _none_if_absent(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except NotFound:
        return None


def _begin_role(
    session: Session, name: str | None, *, instance_profiles: bool
) -> tuple[Future[Any] | None, ...]:
    if name is None:
        return (None,) * 4
    parameters = {"RoleName": name}

    def items(operation: str, key: str) -> Future[Any]:
        return session.executor.submit(
            _none_if_absent, session.items, "iam", operation, parameters, key
        )

    return (
        session.executor.submit(_none_if_absent, session.call, "iam", "GetRole", parameters),
        items("ListAttachedRolePolicies", "AttachedPolicies"),
        items("ListRolePolicies", "PolicyNames"),
        items("ListInstanceProfilesForRole", "InstanceProfiles") if instance_profiles else None,
    )


def _role(caller: Caller, answer: Any, attached: Any, inline: Any, profiles: Any) -> Role | None:
    if answer is None:
        return None
    role = answer["Role"]
    boundary = role.get("PermissionsBoundary") or {}
    return Role(
        account_id=caller.account_id,
        name=role["RoleName"],
        path=role["Path"],
        description=role.get("Description", ""),
        trust_policy=Document(role.get("AssumeRolePolicyDocument")),
        tags=in_our_spelling(_tags(role)),
        permissions_boundary=boundary.get("PermissionsBoundaryArn"),
        attachments=frozenset(policy["PolicyArn"] for policy in attached or ()),
        inline_policies=frozenset(inline or ()),
        instance_profiles=frozenset(profile["InstanceProfileName"] for profile in profiles or ()),
        last_use=last_use(role),
        role_id=role["RoleId"],
        created=role.get("CreateDate"),
    )


def last_use(role: dict[str, Any]) -> LastUse | None:
    """When and where a role, as GetRole shows it, was last used; None if nothing is recorded."""
    used = role.get("RoleLastUsed") or {}
    when = used.get("LastUsedDate")
    return None if when is None else LastUse(when, str(used.get("Region", "")))


def _tags(thing: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or ()}


@dataclass(frozen=True)
class _Read:
    """The calls about one policy; `document` is asked for the version guessed."""

    arn: str
    guess: str
    policy: Future[Any]
    versions: Future[Any]
    entities: Future[Any]
    document: Future[Any]


def _begin_policy(session: Session, arn: str, guess: str) -> _Read:
    parameters, submit = {"PolicyArn": arn}, session.executor.submit
    return _Read(
        arn,
        guess,
        submit(session.call, "iam", "GetPolicy", parameters),
        submit(session.items, "iam", "ListPolicyVersions", parameters, "Versions"),
        submit(session.pages, "iam", "ListEntitiesForPolicy", parameters),
        submit(_version, session, arn, guess),
    )


def _exists(read: _Read, *, named: bool) -> bool:
    """Whether the policy exists; one that we may not read and did not name is left out."""
    try:
        for future in (read.policy, read.versions, read.entities):
            future.result()
    except NotFound:
        return False
    except AccessDenied:
        if named:
            raise
        return False
    return True


def _version(session: Session, arn: str, version_id: str) -> Any:
    """One policy version with its document; None if there is no such version."""
    parameters = {"PolicyArn": arn, "VersionId": version_id}
    answer = _none_if_absent(session.call, "iam", "GetPolicyVersion", parameters)
    return None if answer is None else answer["PolicyVersion"]


def _begin_document(session: Session, read: _Read) -> Future[Any]:
    """The default version's document: already asked for if the guess was right."""
    version_id = read.policy.result()["Policy"]["DefaultVersionId"]
    if version_id == read.guess:
        return read.document
    return session.executor.submit(_version, session, read.arn, version_id)


def _policy(caller: Caller, read: _Read, document: Future[Any]) -> Policy:
    policy = read.policy.result()["Policy"]
    default = policy["DefaultVersionId"]
    return Policy(
        account_id=caller.account_id,
        name=policy["PolicyName"],
        path=policy["Path"],
        description=policy.get("Description", ""),
        document=Document((document.result() or {}).get("Document")),
        tags=_tags(policy),
        version_id=default,
        old_versions=tuple(
            PolicyVersion(version["VersionId"], version.get("CreateDate"))
            for version in read.versions.result()
            if version["VersionId"] != default
        ),
        attached_to=frozenset(
            f"{kind.lower()}/{entity[f'{kind}Name']}"
            for page in read.entities.result()
            for kind in ("Role", "User", "Group")
            for entity in page.get(f"Policy{kind}s") or ()
        ),
        policy_id=policy["PolicyId"],
    )
