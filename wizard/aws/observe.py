"""Reads the account into a State: the role, and every customer managed policy that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.aws.session import SIDE_BY_SIDE
from wizard.aws.threads import Threads
from wizard.core.documents import Document
from wizard.core.state import LastUse, Policy, PolicyVersion, Role, State, in_our_spelling
from wizard.errors import AccessDenied, NotFound

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
) -> State:
    """The role of that name (if any), the policies named, and every one attached to the role.

    `policies` gives ARNs with the version that is probably the default one (`v1`, or what
    this run has made), so that it can be read in the same round trip. Policies that the
    caller may not read and did not name are left out. Instance profiles are read on request.
    Raises AwsError.
    """
    with Threads(SIDE_BY_SIDE) as pool:
        role = (
            _begin_role(session, role_name, pool, instance_profiles=instance_profiles)
            if role_name
            else (None,) * 4
        )
        caller = session.caller()
        named = dict(policies(caller))
        reads = {arn: _begin_policy(session, arn, guess, pool) for arn, guess in named.items()}
        observed = _role(caller, *(None if each is None else each.result() for each in role))
        attached = observed.attachments if observed else frozenset()
        for arn in sorted(attached - set(named)):
            if f"::{caller.account_id}:" in arn:
                reads[arn] = _begin_policy(session, arn, "v1", pool)
        ready = [arn for arn in reads if _exists(reads[arn], named=arn in named)]
        documents = {arn: _begin_document(session, arn, reads[arn], pool) for arn in ready}
        found = {arn: _policy(caller, reads[arn], documents[arn].result()) for arn in ready}
    return State(role=observed, policies=found)


Read = dict[str, "Future[Any]"]


def _begin_role(
    session: Session, name: str, pool: Threads, *, instance_profiles: bool
) -> tuple[Future[Any] | None, ...]:
    parameters = {"RoleName": name}

    def pages(operation: str, key: str) -> Future[Any]:
        return pool.submit(_none_if_gone, session.pages, "iam", operation, parameters, key)

    return (
        pool.submit(_none_if_gone, session.call, "iam", "GetRole", parameters),
        pages("ListAttachedRolePolicies", "AttachedPolicies"),
        pages("ListRolePolicies", "PolicyNames"),
        pages("ListInstanceProfilesForRole", "InstanceProfiles") if instance_profiles else None,
    )


def _none_if_gone(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except NotFound:
        return None


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
        attachments=frozenset(each["PolicyArn"] for each in attached or ()),
        inline_policies=frozenset(inline or ()),
        instance_profiles=frozenset(each["InstanceProfileName"] for each in profiles or ()),
        last_use=_last_use(role.get("RoleLastUsed") or {}),
    )


def _last_use(used: dict[str, Any]) -> LastUse | None:
    when = used.get("LastUsedDate")
    return None if when is None else LastUse(when, str(used.get("Region", "")))


def _tags(thing: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or ()}


def _begin_policy(session: Session, arn: str, guess: str, pool: Threads) -> Read:
    parameters = {"PolicyArn": arn}
    return {
        "policy": pool.submit(session.call, "iam", "GetPolicy", parameters),
        "versions": pool.submit(session.pages, "iam", "ListPolicyVersions", parameters, "Versions"),
        "entities": pool.submit(_entities, session, arn),
        f"document {guess}": pool.submit(_document, session, arn, guess),
    }


def _exists(read: Read, *, named: bool) -> bool:
    """Whether the policy is there; one that we may not read and did not name is left out."""
    try:
        for key in ("policy", "versions", "entities"):
            read[key].result()
    except NotFound:
        return False
    except AccessDenied:
        if named:
            raise
        return False
    return True


def _entities(session: Session, arn: str) -> frozenset[str]:
    names: set[str] = set()
    more: dict[str, Any] = {}
    while True:
        parameters = {"PolicyArn": arn, **more}
        answer = session.call("iam", "ListEntitiesForPolicy", parameters)
        for kind, key in (("role", "Role"), ("user", "User"), ("group", "Group")):
            names |= {f"{kind}/{each[f'{key}Name']}" for each in answer.get(f"Policy{key}s", ())}
        if not answer.get("IsTruncated") or not answer.get("Marker"):
            return frozenset(names)
        more = {"Marker": answer["Marker"]}


def _document(session: Session, arn: str, version_id: str) -> Any:
    """The document and version of one policy version; None if there is no such version."""
    parameters = {"PolicyArn": arn, "VersionId": version_id}
    answer = _none_if_gone(session.call, "iam", "GetPolicyVersion", parameters)
    return None if answer is None else answer["PolicyVersion"]


def _begin_document(session: Session, arn: str, read: Read, pool: Threads) -> Future[Any]:
    """The default version's document: already asked for if the guess was right."""
    version_id = read["policy"].result()["Policy"]["DefaultVersionId"]
    asked = read.get(f"document {version_id}")
    return asked or pool.submit(_document, session, arn, version_id)


def _policy(caller: Caller, read: Read, version: Any) -> Policy:
    policy = read["policy"].result()["Policy"]
    default = policy["DefaultVersionId"]
    return Policy(
        account_id=caller.account_id,
        name=policy["PolicyName"],
        path=policy["Path"],
        description=policy.get("Description", ""),
        document=Document((version or {}).get("Document")),
        tags=_tags(policy),
        version_id=default,
        old_versions=tuple(
            PolicyVersion(each["VersionId"], each.get("CreateDate"))
            for each in read["versions"].result()
            if each["VersionId"] != default
        ),
        attached_to=read["entities"].result(),
    )
