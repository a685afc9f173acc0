"""Policy documents as values: read strictly, filled from a template, equal as IAM is equal."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Tree: TypeAlias = Any  # a parsed JSON value

MANAGED_POLICY_LIMIT = 6144  # characters without white space (IAM quota, domain fact)
PLACEHOLDER = re.compile(r"<([a-z_]+)>")


class NotADocument(Exception):
    """A text is not a JSON object that could be a policy document; says why in a phrase."""


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document. Two are equal when IAM reads them alike.

    `tree` is the parsed JSON and is never changed in place. A `tree` that is not an object
    stands for what AWS gave back and we can't read; it equals nothing but its like.
    """

    tree: Tree

    @cached_property
    def canonical(self) -> str:
        """The one text that all documents of this meaning share."""
        return json.dumps(_canonical_document(self.tree), sort_keys=True, separators=(",", ":"))

    @cached_property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the canonical text."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def text(self) -> str:
        """The document as it is sent to AWS and shown to people: indented JSON.

        What is beyond Latin-1 is escaped: IAM's pattern for documents ends at U+00FF.
        """
        return _in_latin_1(json.dumps(self.tree, indent=2, ensure_ascii=False))

    def size(self) -> int:
        """Its length as IAM counts it: characters that are not white space."""
        compact = _in_latin_1(json.dumps(self.tree, separators=(",", ":"), ensure_ascii=False))
        return sum(not character.isspace() for character in compact)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.canonical == other.canonical

    def __hash__(self) -> int:
        return hash(self.canonical)


def parse(text: str) -> Document:
    """Read a policy document from JSON text, strictly.

    Raises NotADocument for anything but one JSON object: duplicate keys, NaN and nesting
    that no policy needs are refused, since a reviewer and IAM might read them differently.
    """
    try:
        tree = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constants)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotADocument(f"is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise NotADocument("is nested too deeply to be a policy") from None
    except ValueError as error:  # an integer of thousands of digits
        raise NotADocument(f"is not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise NotADocument("is JSON, but not an object: a policy begins with {")
    try:
        json.dumps(tree, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # 1e999, or the half of a pair such as \ud800: nothing could be sent
        raise NotADocument(
            "contains an out-of-range number or an incomplete Unicode character"
        ) from None
    return Document(tree)


def template(name: str) -> Document:
    """The template of that name, `templates/NAME.json`, its placeholders not yet filled."""
    # The anchor is a string because the package's folder is the top-level templates/.
    text = resources.files("wizard.templates").joinpath(f"{name}.json").read_text("utf-8")
    return parse(text)


def fill(document: Document, values: Mapping[str, str | list[str]]) -> Document:
    """Put values in the place of `<placeholders>`, on the parsed tree and never on text.

    A string that is nothing but a placeholder may become a list. Raises ValueError when
    placeholders and values do not match both ways.
    """
    used: set[str] = set()

    def value(match: re.Match[str]) -> Any:
        used.add(match[1])
        return values[match[1]]

    def walk(tree: Tree) -> Tree:
        if isinstance(tree, dict):
            return {walk(key): walk(item) for key, item in tree.items()}
        if isinstance(tree, list):
            return [walk(item) for item in tree]
        if not isinstance(tree, str):
            return tree
        whole = PLACEHOLDER.fullmatch(tree)
        return value(whole) if whole else PLACEHOLDER.sub(value, tree)

    try:
        filled = walk(document.tree)
    except KeyError as error:
        raise ValueError(f"the template has a placeholder without a value: {error}") from None
    if unused := set(values) - used:
        raise ValueError(f"the template has no placeholder for: {', '.join(sorted(unused))}")
    return Document(filled)


def statements(document: Document) -> list[dict[str, Tree]]:
    """The statements of a document; what is no object among them is left out."""
    if not isinstance(document.tree, dict):
        return []
    return [each for each in as_list(document.tree.get("Statement")) if isinstance(each, dict)]


def as_list(value: Tree) -> list[Tree]:
    """IAM lets a list of one stand as the one thing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def conditions(statement: Mapping[str, Tree]) -> Iterator[tuple[str, str, list[Tree]]]:
    """Operator, key and values of every condition of a statement."""
    condition = statement.get("Condition")
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            yield operator, key, as_list(values)


def matches(pattern: str, text: str) -> bool:
    """Whether the text meets an IAM pattern: `*` any characters, `?` one; case counts.

    The text may be a pattern, too: then the answer is whether the first covers all that it
    meets. Linear in the product of the lengths, whatever is in them.
    """
    pattern, text = map(_wildcards_in_order, (pattern, text))
    at, star, resume = 0, -1, 0  # `resume`: where the text goes on if the last `*` takes one more
    place = 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(pattern) and (
            pattern[at] == text[place] or (pattern[at] == "?" and text[place] != "*")
        ):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def _wildcards_in_order(pattern: str) -> str:
    """`**` and `*?` in one spelling: every `?` of a run of wildcards, then one `*`."""
    return re.sub(r"[*?]*\*[*?]*", lambda run: "?" * run[0].count("?") + "*", pattern)


def principal_name(name: str) -> str:
    """A principal of type AWS as its ARN: a bare account ID means the account's root."""
    return f"arn:aws:iam::{name}:root" if re.fullmatch(r"[0-9]{12}", name) else name


def _in_latin_1(text: str) -> str:
    return re.sub(r"[^\x00-\xff]", lambda match: json.dumps(match[0])[1:-1], text)


def _canonical_document(tree: Tree) -> Tree:
    if not isinstance(tree, dict):
        return {"unreadable": tree}
    rest = {key: value for key, value in tree.items() if key not in {"Version", "Id", "Statement"}}
    bodies = map(_canonical_statement, as_list(tree.get("Statement")))
    version = tree.get("Version", "2008-10-17")
    if version == "2008-10-17" and "${" not in json.dumps(tree):
        version = "2012-10-17"  # the two differ in policy variables alone
    return {"Version": version, "Statement": _as_set(bodies), **rest}


def _canonical_statement(statement: Tree) -> Tree:
    """A statement without what has no effect: its Sid, order, case of actions, lists of one."""
    if not isinstance(statement, dict):
        return statement
    items = {key: _canonical_item(key, item) for key, item in statement.items() if key != "Sid"}
    return {key: item for key, item in items.items() if (key, item) != ("Condition", {})}


def _canonical_item(key: str, item: Tree) -> Tree:
    match key:
        case "Action" | "NotAction":
            return _as_set(map(_lower, as_list(item)))
        case "Resource" | "NotResource":
            return _as_set(as_list(item))
        case "Principal" | "NotPrincipal" if isinstance(item, dict):
            return {
                kind: _as_set(_principal(kind, name) for name in as_list(names))
                for kind, names in item.items()
            }
        case "Condition" if isinstance(item, dict):
            return {
                operator: _condition_keys(keys) for operator, keys in item.items() if keys != {}
            }
    return item


def _principal(kind: str, name: Tree) -> Tree:
    return principal_name(name) if kind == "AWS" and isinstance(name, str) else name


def _condition_keys(keys: Tree) -> Tree:
    """Condition keys to sets of values; IAM reads true as "true" and 5 as "5"."""
    if not isinstance(keys, dict):
        return keys
    # What IAM makes of two keys that differ in case only is not documented: both stay.
    spelled = list(map(_lower_prefix, keys))
    return {
        key if spelled.count(lower) > 1 else lower: _as_set(map(_scalar, as_list(keys[key])))
        for key, lower in zip(keys, spelled, strict=True)
    }


def _lower_prefix(key: str) -> str:
    """A condition key as IAM compares it; the name of a tag, behind the slash, keeps its case."""
    prefix, slash, rest = key.partition("/")
    return prefix.lower() + slash + rest


def _lower(value: Tree) -> Tree:
    return value.lower() if isinstance(value, str) else value


def _scalar(value: Tree) -> Tree:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _as_set(values: Iterable[Tree]) -> list[Tree]:
    unique = {json.dumps(value, sort_keys=True): value for value in values}
    return [unique[key] for key in sorted(unique)]


def _unique_keys(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    result: dict[str, Tree] = {}
    for key, value in pairs:
        if key in result:
            raise NotADocument(f"has the key {key!r} twice in one object")
        result[key] = value
    return result


def _no_constants(name: str) -> None:
    raise NotADocument(f"is not valid JSON: {name} isn't a JSON value")
