"""Who may assume a role by its trust policy: a small evaluator, written from AWS's documentation.

IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal" and "IAM JSON
policy elements: Condition operators". Where the documentation leaves a question open, both
answers are possible: an outcome is a set of booleans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from itertools import chain, product

YES, NO, OPEN = frozenset({True}), frozenset({False}), frozenset({True, False})


@dataclass(frozen=True)
class Request:
    """A call to STS: by a principal of an account (or a service), with an external ID or none."""

    account: str | None
    external_id: str | None
    action: str = "sts:AssumeRole"
    service: str | None = None


def allowed(tree, request: Request) -> frozenset[bool]:
    """Whether the trust policy lets the request in: a Deny counts more than an Allow."""
    if not isinstance(tree, dict):
        return NO
    statements = [body for body in _list(tree.get("Statement")) if isinstance(body, dict)]
    denies = any_of(applies(body, request) for body in statements if body.get("Effect") == "Deny")
    allows = any_of(applies(body, request) for body in statements if body.get("Effect") == "Allow")
    return all_of([allows, opposite(denies)])


def applies(statement, request: Request) -> frozenset[bool]:
    """Whether a statement is about the request."""
    return all_of(
        [
            _principal(statement, request),
            _action(statement, request),
            _condition(statement.get("Condition", {}), request),
        ]
    )


def _principal(statement, request):
    if "NotPrincipal" in statement:
        return opposite(_named(statement["NotPrincipal"], request))
    return _named(statement.get("Principal"), request)


def _named(principal, request):
    if principal == "*":
        return YES
    if not isinstance(principal, dict):
        return NO
    for name in _list(principal.get("AWS")):
        account = re.fullmatch(r"(?:arn:aws:iam::)?(\d{12})(?::root)?", str(name))
        if name == "*" or (account and account[1] == request.account):
            return YES
        if request.account and str(name).startswith(f"arn:aws:iam::{request.account}:"):
            return OPEN  # one user or role of that account
    services = _list(principal.get("Service"))
    return YES if request.service and {request.service, "*"} & set(map(str, services)) else NO


def _action(statement, request):
    key = "NotAction" if "NotAction" in statement else "Action"
    hit = any(like(str(item).lower(), request.action.lower()) for item in _list(statement.get(key)))
    return truth(hit != (key == "NotAction"))


def _condition(condition, request):
    """All operators and keys must be met; keys that differ in case only: by AND, or merged."""
    if not isinstance(condition, dict):
        return OPEN
    outcomes = []
    for operator, keys in condition.items():
        if not isinstance(keys, dict):
            return OPEN
        merged: dict[str, list] = {}
        for key, values in keys.items():
            merged.setdefault(key.lower(), []).append(_list(values))
        for key, several in merged.items():
            joined = all_of(_met(operator, key, values, request) for values in several)
            together = _met(operator, key, list(chain(*several)), request)
            outcomes.append(joined | together)
    return all_of(outcomes)


def _met(operator, key, values, request):
    if key != "sts:externalid":
        return OPEN
    name, values = operator.lower(), list(map(str, values))
    quantifier, _, name = name.rpartition(":")
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    actual = request.external_id
    if name == "null":
        return truth((actual is None) == ("true" in map(str.lower, values)))
    negative = name.startswith("stringnot")
    if actual is None:
        return truth(optional or negative or quantifier == "forallvalues")
    tests = {
        "equals": lambda value: value == actual,
        "equalsignorecase": lambda value: value.lower() == actual.lower(),
        "like": lambda value: like(value, actual),
    }
    test = tests.get(name.replace("stringnot", "string").removeprefix("string"))
    return OPEN if test is None else truth(any(map(test, values)) != negative)


def like(pattern: str, text: str) -> bool:
    """Whether a text meets a pattern of `*` and `?`."""
    return re.match(translate(pattern.replace("[", "[[]")), text) is not None


def truth(value: bool) -> frozenset[bool]:
    return YES if value else NO


def opposite(outcome: frozenset[bool]) -> frozenset[bool]:
    return frozenset(not value for value in outcome)


def all_of(outcomes) -> frozenset[bool]:
    return frozenset(map(all, product(*outcomes)))


def any_of(outcomes) -> frozenset[bool]:
    return frozenset(map(any, product(*outcomes)))


def _list(value):
    return [] if value is None else value if isinstance(value, list) else [value]
