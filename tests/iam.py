"""A small IAM: whether a policy document allows an action, as the IAM User Guide says."""

from __future__ import annotations

import re

from wizard.core.documents import as_list


def allows(document, action, resource, context=None):
    """Whether a statement allows this; documents of these tests deny nothing."""
    assert all(statement["Effect"] == "Allow" for statement in document.tree["Statement"])
    return any(
        action in as_list(statement["Action"])
        and any(re.fullmatch(_regex(arn), resource) for arn in as_list(statement["Resource"]))
        and _holds(statement.get("Condition", {}), context or {})
        for statement in document.tree["Statement"]
    )


def _regex(pattern):
    parts = re.split(r"(\$\{[^}]*\}|\*|\?)", pattern)
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(part) or re.escape(_replaced(part)) for part in parts)


def _replaced(part):
    """Policy variables: these three stand for their own character."""
    if not part.startswith("${"):
        return part
    return {"${*}": "*", "${?}": "?", "${$}": "$"}[part]


def _holds(conditions, context):
    for operator, keys in conditions.items():
        assert operator in {"ArnEquals", "StringEquals"}
        for key, values in keys.items():
            if key not in context:
                return False
            patterns = [_regex(value) for value in as_list(values)]
            if operator == "StringEquals":  # where a wildcard is a character like any other
                patterns = [re.escape(_plain(value)) for value in as_list(values)]
            if not any(re.fullmatch(pattern, context[key]) for pattern in patterns):
                return False
    return True


def _plain(value):
    return "".join(_replaced(part) for part in re.split(r"(\$\{[^}]*\})", value))
