"""A policy document from the user's own file: read, checked, refused where it is too wide."""

from __future__ import annotations

import gzip
import json
import re
import stat
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.core import documents as docs
from wizard.validators import Invalid, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1_000_000
# Reading bots, and talking to them: in lower case, as IAM compares actions.
BOT_READER_ACTIONS = re.compile(
    r"lex:((describe|list|get|search).+|recognize(text|utterance)|startconversation|"
    r"(put|get|delete)session)"
)
ODD_RESOURCE = re.compile(r"[<>]|^arn:aws:lex:[^:]*:[^:]*:(bot|bot-channel|intent|slottype):")
STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*")
_SID = re.compile(r"[A-Za-z0-9]*")  # IAM User Guide, "IAM JSON policy elements: Sid"


def read(path: str) -> docs.Document:
    """Read a policy document from a file. Raises Invalid with what is wrong with the file."""
    name = shown(path)
    data = b""
    try:
        mode = Path(path).stat().st_mode
        # A pipe that the shell has opened has a writer; any other may wait for one for ever.
        piped = re.fullmatch(r"/dev/(stdin|fd/[0-9]+)", path)
        usable = stat.S_ISREG(mode) or (piped and stat.S_ISFIFO(mode))
        if usable:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise Invalid(f"{name} can't be read: {why}") from None
    if stat.S_ISDIR(mode):
        raise Invalid(f"{name} is a folder; give the JSON file of the policy")
    if not usable:
        raise Invalid(f"{name} is not a regular file")
    if len(data) > MAX_BYTES:
        raise Invalid(f"{name} is too large for an IAM policy (more than 1,000,000 bytes)")
    try:
        return docs.parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid(f"{name} is not UTF-8 text (byte {error.start})") from None
    except docs.NotADocument as error:
        raise Invalid(f"{name} {error}") from None


@cache
def lex_operations() -> frozenset[str]:
    """The operations that the AWS SDK's models of Lex V2 know, in lower case."""
    # Read as the files that they are: botocore's own loader takes 0.1 s to import.
    data = resources.files("botocore") / "data"
    operations: set[str] = set()
    for service in ("lexv2-models", "lexv2-runtime"):
        newest = max((data / service).iterdir(), key=lambda version: version.name)
        file = next(file for file in newest.iterdir() if file.name.startswith("service-2.json"))
        content = file.read_bytes()
        model = json.loads(gzip.decompress(content) if file.name.endswith(".gz") else content)
        operations |= {name.lower() for name in model["operations"]}
    return frozenset(operations)


def odd_resources(document: docs.Document) -> list[str]:
    """The resources that no Lex V2 bot has as its ARN: of Lex V1, or with a gap to be filled."""
    resources = (
        str(resource)
        for statement in docs.statements(document)
        for resource in docs.as_list(statement.get("Resource"))
    )
    return [resource for resource in resources if ODD_RESOURCE.search(resource)]


def is_acceptable(document: docs.Document) -> bool:
    """Whether a file with this document would be taken without --allow-any-policy."""
    try:
        check(document, any_policy=False)
    except Invalid:
        return False
    return True


def check(document: docs.Document, *, any_policy: bool) -> None:
    """Raise Invalid unless this is an identity policy that only reads bots and talks to them.

    With `any_policy` only the form is checked, and IAM's limit.
    """
    if not isinstance(document.tree, dict):
        raise Invalid("the document can't be read")
    if isinstance(document.tree.get("PolicyVersion"), dict):
        raise Invalid(
            "the file is the full output of `aws iam get-policy-version`; to get only the "
            "policy document, add --query PolicyVersion.Document to that command"
        )
    for problem in _malformed(document):
        raise Invalid(f"the file isn't a valid IAM policy: {problem}")
    if document.size() > docs.MANAGED_POLICY_LIMIT:
        raise Invalid(
            f"the policy has {document.size()} characters without white space; IAM takes at most "
            f"{docs.MANAGED_POLICY_LIMIT}"
        )
    for problem in () if any_policy else _too_wide(document):
        raise Invalid(
            f"the policy grants more than reading and running bots: {problem}. To use it "
            "anyway, add --allow-any-policy"
        )


def _malformed(document: docs.Document) -> Iterator[str]:
    tree = document.tree
    if extra := set(tree) - {"Version", "Id", "Statement"}:
        yield f"unexpected key {shown(min(extra))}; only Version, Id, and Statement are allowed"
    if tree.get("Version") not in ("2012-10-17", "2008-10-17"):
        yield 'its "Version" must be "2012-10-17"'
    if not _is_text(tree.get("Id", "")):
        yield 'its "Id" must be a string'
    sids = [statement["Sid"] for statement in docs.statements(document) if statement.get("Sid")]
    if twice := next((sid for sid in sids if sids.count(sid) > 1), None):
        yield f'the "Sid" {shown(str(twice))} is used in two statements'
    statements = docs.as_list(tree.get("Statement"))
    if not statements:
        yield 'it has no "Statement"'
    for number, statement in enumerate(statements, 1):
        for problem in _malformed_statement(statement):
            yield f"in statement {number} {problem}"


def _malformed_statement(statement: Any) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield "the statement isn't an object"
        return
    if {"Principal", "NotPrincipal"} & set(statement):
        yield (
            "a principal is specified, which is valid only in trust policies and "
            "resource-based policies"
        )
    if extra := set(statement) - STATEMENT_KEYS - {"Principal", "NotPrincipal"}:
        yield f"the key {shown(min(extra))} isn't valid"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield 'the "Effect" must be "Allow" or "Deny"'
    if not _is_text(statement.get("Sid", ""), _SID):
        yield 'the "Sid" must contain only A-Z, a-z, and 0-9'
    for this, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (this in statement) == (other in statement):
            yield f'exactly one of "{this}" and "{other}" is required'
        for value in docs.as_list(statement.get(this, statement.get(other))) or [None]:
            if not isinstance(value, str) or not value:
                yield f'every "{this}" must be a string'
            elif this == "Resource" and value != "*" and not value.startswith("arn:"):
                yield f"the resource {shown(value)} is neither * nor an ARN"
            elif this == "Action" and value != "*" and ":" not in value:
                yield f"the action {shown(value)} has no service prefix, as in lex:ListBots"
    keys = [(operator, key.lower()) for operator, key, _ in docs.conditions(statement)]
    if len(set(keys)) < len(keys):
        yield "a condition key appears twice with different capitalization"
    if not _is_condition(statement.get("Condition", {})):
        yield 'the "Condition" must map each operator to keys with string values'


def _is_text(value: Any, pattern: re.Pattern[str] = _TEXT) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_condition(condition: Any) -> bool:
    return isinstance(condition, dict) and all(
        isinstance(keys, dict)
        and all(
            isinstance(value, str | bool | int | float)
            for values in keys.values()
            for value in docs.as_list(values) or [None]
        )
        for keys in condition.values()
    )


def _too_wide(document: docs.Document) -> Iterator[str]:
    for statement in docs.statements(document):
        for key in ("NotAction", "NotResource"):
            if key in statement:
                yield f"{key} allows everything but what it names"
        if statement["Effect"] == "Deny":
            continue
        for action in docs.as_list(statement.get("Action")):
            lower = action.lower()
            if "*" in action or "?" in action:
                yield f"{shown(action)} has a wildcard; name each IAM action"
            elif (
                not BOT_READER_ACTIONS.fullmatch(lower)
                or lower.removeprefix("lex:") not in lex_operations()
            ):
                yield f"{shown(action)} isn't a Lex V2 read or conversation action"
