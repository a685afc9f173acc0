"""A small IAM: whether a policy document allows an action, as the IAM User Guide says."""

from __future__ import annotations

import re

from wizard.core.documents import as_list


def allows(document, action, resource, context=None):
    """Whether a statement allows this; documents of these tests deny nothing."""
    assert all(each["Effect"] == "Allow" for each in document.tree["Statement"])
    return any(
        action in as_list(each["Action"])
        and any(_matches(pattern, resource) for pattern in as_list(each["Resource"]))
        and _holds(each.get("Condition", {}), context or {})
        for each in document.tree["Statement"]
    )


def _matches(pattern, text):
    return re.fullmatch(_regex(pattern), text) is not None


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
            wanted = [_regex(each) for each in as_list(values)]
            if operator == "StringEquals":  # where a wildcard is a character like any other
                wanted = [re.escape(_plain(each)) for each in as_list(values)]
            if not any(re.fullmatch(each, context[key]) for each in wanted):
                return False
    return True


def _plain(value):
    return "".join(_replaced(part) for part in re.split(r"(\$\{[^}]*\})", value))
