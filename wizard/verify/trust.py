"""A trust policy read as an administrator would: who is let in, to do what, by which word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.core.desired import trust_policy as wanted_trust_policy
from wizard.core.ownership import external_id
from wizard.core.state import UNKNOWN_ORG
from wizard.validators import GENESYS_ACCOUNT, visible
from wizard.verify.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.core.documents import Document

EXTERNAL_ID = "sts:externalid"
ASSUME_ROLE = "sts:assumerole"
STATEMENT_KEYS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"}
)
NOBODY = "The trust policy has no statement that lets anybody in."
READING = Check(
    "trust.reading",
    "pass",
    "The trust policy was read, not tried: only Genesys itself can try whether the role lets it "
    "in, when the integration is activated.",
)


def checks(
    trust_policy: Document,
    genesys_account: str,
    org_id: str,
    *,
    confirmed: bool,
    account_confirmed: bool = True,
    mend: str,
) -> list[Check]:
    """Only Genesys's account, only sts:AssumeRole, only with this external ID, nothing else.

    `confirmed` is false when the organization ID is no more than what the role's tag says,
    `account_confirmed` likewise for Genesys's account; `mend` is the hint of what is wrong.
    """
    expected = org_id
    if org_id == UNKNOWN_ORG:
        expected = external_id(trust_policy) or UNKNOWN_ORG
    wrong = problems(trust_policy, genesys_account, expected)
    passes = {
        "trust.principal": f"Only Genesys's AWS account {genesys_account} is let in.",
        "trust.action": "It may assume the role (sts:AssumeRole) and nothing else.",
        "trust.external-id": f"It must give the external ID {visible(expected)}, "
        "which is the organization ID.",
        "trust.nothing-else": "Nothing else in the trust policy lets anybody in "
        "or keeps Genesys out.",
    }
    found = [
        Check(name, "fail", wrong[name], mend) if name in wrong else Check(name, "pass", message)
        for name, message in passes.items()
    ]
    if not confirmed:
        found = [_unconfirmed(each, expected, org_id) for each in found]
    if not account_confirmed and genesys_account != GENESYS_ACCOUNT:
        found = [_unconfirmed_account(each, genesys_account) for each in found]
    return [*found, READING]


def _unconfirmed(check: Check, expected: str, org_id: str) -> Check:
    if check.id != "trust.external-id" or check.status != "pass":
        return check
    shown = visible(expected)
    message = (
        f"The external ID {shown} is required, but no tag says which organization the role serves."
        if org_id == UNKNOWN_ORG
        else f"The external ID {shown} is the organization ID as taken from the tag, not confirmed."
    )
    return Check(check.id, "warn", message, "Run verify again with --org-id.")


def _unconfirmed_account(check: Check, account: str) -> Check:
    """Anybody who may change trust policy and tags can write an account of their own there."""
    if check.id != "trust.principal" or check.status != "pass":
        return check
    return Check(
        check.id,
        "warn",
        f"The AWS account {account} is let in, which is not Genesys Cloud's production account: "
        "it is Genesys's FedRAMP account as taken from the tag, not confirmed.",
        f"Compare it with what your Genesys representative says, and run verify again with "
        f"--genesys-account-id {account} --fedramp.",
    )


def problems(trust_policy: Document, genesys_account: str, org_id: str) -> dict[str, str]:
    """What is wrong with a trust policy, a sentence by check; empty when IAM reads it as wanted."""
    if trust_policy == wanted_trust_policy(org_id, genesys_account):
        return {}
    genesys = docs.principal_name(genesys_account)
    statements = docs.statements(trust_policy)
    allowing = [each for each in statements if each.get("Effect") == "Allow"]
    if not allowing:
        return dict.fromkeys(("trust.principal", "trust.action", "trust.external-id"), NOBODY)
    door = max(allowing, key=lambda each: _likeness(each, genesys, org_id))
    found = {
        "trust.principal": _principal(door, genesys, genesys_account),
        "trust.action": _action(door),
        "trust.external-id": _external_id(door, org_id),
        "trust.nothing-else": _nothing_else(trust_policy, statements, door),
    }
    wrong = {name: problem for name, problem in found.items() if problem}
    return wrong or {
        "trust.nothing-else": "The trust policy differs from the wanted one in its form."
    }


def _likeness(statement: dict[str, Any], genesys: str, org_id: str) -> tuple[bool, bool, bool]:
    """How much a statement looks like the one that is meant to let Genesys in."""
    who = _who(statement)
    return genesys in who, who == {genesys}, not _external_id(statement, org_id)


def _who(statement: dict[str, Any]) -> set[str]:
    """Whom a statement names, each as a text: an ARN, `*`, or another kind with its name."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return {str(each) for each in docs.as_list(principal)}
    return {
        docs.principal_name(str(name)) if kind == "AWS" else f"{kind} {name}"
        for kind, names in principal.items()
        for name in docs.as_list(names)
    }


def _people(statement: dict[str, Any]) -> str:
    if "NotPrincipal" in statement:
        return "everybody but those whom it names (NotPrincipal)"
    who = sorted(_who(statement))
    if "*" in who:
        return "anybody in any AWS account (*)"
    return ", ".join(map(visible, who)) or "nobody that can be read"


def _principal(door: dict[str, Any], genesys: str, account: str) -> str | None:
    who = _who(door)
    if who == {genesys} and "NotPrincipal" not in door:
        return None
    if genesys in who:
        others = ", ".join(visible(each) for each in sorted(who - {genesys}))
        return f"Others are let in beside Genesys's AWS account {account}: {others}."
    deleted = [each for each in who if each.startswith(("AROA", "AIDA"))]
    note = " (deleted since; IAM shows only its ID)" if deleted else ""
    return f"The role trusts {_people(door)}{note} instead of Genesys's AWS account {account}."


def _action(door: dict[str, Any]) -> str | None:
    if "NotAction" in door:
        return "Every action is allowed but those it names (NotAction), instead of sts:AssumeRole."
    actions = [str(each) for each in docs.as_list(door.get("Action"))]
    if {each.lower() for each in actions} == {ASSUME_ROLE}:
        return None
    others = ", ".join(visible(each) for each in actions if each.lower() != ASSUME_ROLE)
    if ASSUME_ROLE in {each.lower() for each in actions}:
        return f"More is allowed than sts:AssumeRole: {others}."
    return f"The trust policy allows {others or 'no action'} instead of sts:AssumeRole."


def _external_id(door: dict[str, Any], org_id: str) -> str | None:
    """What is wrong with the required external ID. Conditions are joined by AND: one suffices."""
    found = [
        (operator, [str(value) for value in docs.as_list(values)])
        for operator, key, values in _conditions(door)
        if key.lower() == EXTERNAL_ID
    ]
    if ("StringEquals", [org_id]) in found:
        return None
    if not found:
        return (
            "No external ID is required, so another customer of Genesys could reach your bots "
            "through Genesys."
        )
    operator, values = found[0]
    shown = ", ".join(map(visible, values)) or "nothing"
    if operator.endswith("IfExists"):
        return f"The external ID is asked for by {operator}, which lets in whoever gives none."
    if operator != "StringEquals":
        return (
            f"The external ID is compared by {visible(operator)} with {shown}, "
            "not for equality by StringEquals."
        )
    if len(set(values)) > 1:
        return f"Several external IDs are accepted instead of one: {shown}."
    if shown.lower() == org_id.lower():
        return f"The external ID {shown} is in another case than {visible(org_id)}; case counts."
    return f"The external ID is {shown} and not the organization ID {visible(org_id)}."


def _conditions(statement: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    condition = statement.get("Condition")
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            yield operator, key, values


def _nothing_else(
    trust_policy: Document, statements: list[dict[str, Any]], door: dict[str, Any]
) -> str | None:
    found = [*_other_ways(statements, door), *_locks(door)]
    version = trust_policy.tree.get("Version")
    if version != "2012-10-17":
        found.append(f"its Version is {visible(str(version))} and not 2012-10-17")
    return f"Beside the statement for Genesys: {'; '.join(found)}." if found else None


def _other_ways(statements: list[dict[str, Any]], door: dict[str, Any]) -> Iterator[str]:
    for other in statements:
        match other.get("Effect"):
            case "Allow" if other is not door:
                yield f"another statement lets in {_people(other)}"
            case "Deny":
                yield "a Deny statement, which can lock Genesys out"


def _locks(door: dict[str, Any]) -> Iterator[str]:
    conditions = [(key, operator) for operator, key, _ in _conditions(door)]
    ours = [each for each in conditions if each[0].lower() == EXTERNAL_ID]
    # What the check of the external ID has judged is not told twice.
    judged = [each for each in ours if each[1] == "StringEquals"][:1] or ours[:1]
    further = sorted({each for each in conditions if each not in judged})
    if further:
        names = ", ".join(f"{visible(key)} ({visible(operator)})" for key, operator in further)
        yield f"a further condition, which can lock Genesys out, on {names}"
    if unknown := sorted(set(door) - STATEMENT_KEYS):
        yield f"the key {visible(unknown[0])}, which no trust policy has"
