"""A trust policy read as an administrator would: who is let in, to do what, on which condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.core.desired import trust_policy as desired_trust_policy
from wizard.core.ownership import external_ids
from wizard.core.state import UNKNOWN_ORG, Reason, reason
from wizard.verify.check import Check, passed

if TYPE_CHECKING:
    from wizard.core.documents import Document

EXTERNAL_ID = "sts:externalid"
ASSUME_ROLE = "sts:assumerole"
STATEMENT_KEYS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"}
)
CHECKS = ("trust.principal", "trust.action", "trust.external-id", "trust.nothing-else")


def checks(
    trust_policy: Document,
    genesys_account: str,
    org_id: str,
    *,
    confirmed: bool,
    fix: Reason,
) -> list[Check]:
    """Only Genesys's account, only sts:AssumeRole, only with this external ID, nothing else.

    `confirmed` is false when the organization ID is no more than what the role's tag says;
    `fix` is the hint of what is wrong.
    """
    expected = org_id
    if org_id == UNKNOWN_ORG:
        named = external_ids(trust_policy)
        expected = named[0] if len(named) == 1 else UNKNOWN_ORG
    wrong = problems(trust_policy, genesys_account, expected)
    warnings: dict[str, tuple[Reason, Reason]] = {}
    if not confirmed:
        code = "trust-org-unknown" if org_id == UNKNOWN_ORG else "trust-org-unconfirmed"
        warnings["trust.external-id"] = reason(code, external_id=expected), reason("give-org-id")
    found: list[Check] = []
    for check_id in CHECKS:
        if check_id in wrong:
            found.append(Check(check_id, "fail", wrong[check_id], fix))
        elif check_id in warnings:
            found.append(Check(check_id, "warn", *warnings[check_id]))
        else:
            found.append(passed(check_id, account=genesys_account, external_id=expected))
    return [*found, passed("trust.reading")]


def problems(trust_policy: Document, genesys_account: str, org_id: str) -> dict[str, Reason]:
    """What is wrong with a trust policy, by check; empty when IAM reads it as the desired one."""
    if trust_policy == desired_trust_policy(org_id, genesys_account):
        return {}
    genesys = docs.principal_name(genesys_account)
    statements = docs.statements(trust_policy)
    allowing = [statement for statement in statements if statement.get("Effect") == "Allow"]
    if not allowing:
        return dict.fromkeys(CHECKS[:3], reason("trust-nobody"))
    ours = max(allowing, key=lambda statement: _likeness(statement, genesys, org_id))
    found = {
        "trust.principal": _principal(ours, genesys, genesys_account),
        "trust.action": _action(ours),
        "trust.external-id": _external_id(ours, org_id),
        "trust.nothing-else": _nothing_else(trust_policy, statements, ours),
    }
    wrong = {check_id: problem for check_id, problem in found.items() if problem}
    return wrong or {"trust.nothing-else": reason("trust-form")}


def _likeness(statement: dict[str, Any], genesys: str, org_id: str) -> tuple[bool, bool, bool]:
    """How much a statement looks like the one that is meant to let Genesys in."""
    names = _names(statement)
    return genesys in names, names == {genesys}, _external_id(statement, org_id) is None


def _names(statement: dict[str, Any]) -> set[str]:
    """Whom a statement names: ARNs, `*`, and other principals as their kind and name."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return {str(name) for name in docs.as_list(principal)}
    return {
        docs.principal_name(str(name)) if kind == "AWS" else f"{kind} {name}"
        for kind, names in principal.items()
        for name in docs.as_list(names)
    }


def _described(statement: dict[str, Any]) -> Reason | list[str]:
    """The principals of a statement, for a sentence."""
    if "NotPrincipal" in statement:
        return reason("everybody-but")
    names = sorted(_names(statement))
    if "*" in names:
        return reason("anybody")
    return names or reason("nobody")


def _principal(ours: dict[str, Any], genesys: str, account: str) -> Reason | None:
    names = _names(ours)
    if names == {genesys} and "NotPrincipal" not in ours:
        return None
    if genesys in names:
        return reason("trust-others", account=account, others=sorted(names - {genesys}))
    deleted = any(name.startswith(("AROA", "AIDA")) for name in names)
    code = "trust-deleted-principal" if deleted else "trust-other-principal"
    return reason(code, account=account, principals=_described(ours))


def _action(ours: dict[str, Any]) -> Reason | None:
    if "NotAction" in ours:
        return reason("trust-not-action")
    actions = [str(action) for action in docs.as_list(ours.get("Action"))]
    others = [action for action in actions if action.lower() != ASSUME_ROLE]
    if len(others) == len(actions):
        return reason("trust-other-actions", actions=actions or reason("no-action"))
    return reason("trust-more-actions", actions=others) if others else None


def _external_id(ours: dict[str, Any], org_id: str) -> Reason | None:
    """What is wrong with the required external ID. Conditions are joined by AND: one suffices."""
    found = [
        (operator, sorted({str(value) for value in values}))
        for operator, key, values in docs.conditions(ours)
        if key.lower() == EXTERNAL_ID
    ]
    if ("StringEquals", [org_id]) in found:
        return None
    if not found:
        return reason("external-id-missing")
    operator, values = found[0]
    code = "external-id-other"
    if operator.endswith("IfExists"):
        code = "external-id-optional"
    elif operator != "StringEquals":
        code = "external-id-operator"
    elif len(values) > 1:
        code = "external-ids-several"
    elif [value.lower() for value in values] == [org_id.lower()]:
        code = "external-id-case"
    return reason(code, operator=operator, values=values or reason("nothing"), org_id=org_id)


def _nothing_else(
    trust_policy: Document, statements: list[dict[str, Any]], ours: dict[str, Any]
) -> Reason | None:
    found: list[Reason] = []
    for statement in statements:
        if statement.get("Effect") == "Deny":
            found.append(reason("trust-deny"))
        elif statement.get("Effect") == "Allow" and statement is not ours:
            found.append(reason("trust-another-statement", principals=_described(statement)))
    if further := _further_conditions(ours):
        found.append(reason("trust-further-conditions", conditions=further))
    if unknown := sorted(set(ours) - STATEMENT_KEYS):
        found.append(reason("trust-unknown-key", key=unknown[0]))
    version = trust_policy.tree.get("Version", "2008-10-17")
    if version not in {"2008-10-17", "2012-10-17"}:
        found.append(reason("trust-version", version=str(version)))
    return reason("trust-beside", findings=found) if found else None


def _further_conditions(ours: dict[str, Any]) -> list[Reason]:
    """All conditions but the one that the check of the external ID judges."""
    conditions = [(key, operator) for operator, key, _ in docs.conditions(ours)]
    on_id = [condition for condition in conditions if condition[0].lower() == EXTERNAL_ID]
    judged = ([condition for condition in on_id if condition[1] == "StringEquals"] or on_id)[:1]
    return [
        reason("condition", key=key, operator=operator)
        for key, operator in sorted(set(conditions) - set(judged))
    ]
