"""Words for changes, states and events."""

from __future__ import annotations

import difflib
import string
from typing import TYPE_CHECKING, Any

from wizard import apply as a
from wizard.core import plan as p
from wizard.core.documents import as_list, statements
from wizard.core.state import LEX_READ_ONLY, LEX_RUN_BOTS_ONLY, Reason
from wizard.errors import assert_never
from wizard.ui.screen import Line
from wizard.ui.words_checks import CHECK_SENTENCES
from wizard.validators import GENESYS_ACCOUNT, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wizard.core.documents import Document
    from wizard.core.plan import Change, Plan
    from wizard.core.state import State


# One sentence for each code of a Reason: a text with `{names}` of its facts, or a function of
# the facts where a text is not enough. `{names:; }` joins the items of a list by "; ".
SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {**CHECK_SENTENCES}


def sentence(reason: Reason | str) -> str:
    """The sentence of a reason; every value from outside in it is shown literally."""
    if isinstance(reason, str):
        return reason
    words = SENTENCES[reason.code]
    if callable(words):
        return words(reason.facts)
    return _Formatter().vformat(words, (), reason.facts)


class _Formatter(string.Formatter):
    """Shows reasons as sentences, lists joined, and everything else without control characters."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The text of one value; the format is what joins the items of a list."""
        if isinstance(value, Reason):
            return sentence(value)
        if isinstance(value, list | tuple | frozenset):
            return (format_spec or ", ").join(self.format_field(item, "") for item in value)
        return visible(str(value))


def name_of(arn: str) -> str:
    """The part of an ARN that people call its name."""
    return arn.rsplit("/", 1)[-1]


def owner_of(policy_arn: str) -> str:
    """Who manages a policy."""
    return "AWS managed" if policy_arn.startswith("arn:aws:iam::aws:") else "customer managed"


def title(change: Change) -> tuple[str, str, str]:
    """Sign, verb and object of a change, for one line of a plan."""
    name = name_of(change.target)
    match change:
        case p.CreateRole():
            return "+", "create role", name
        case p.CreatePolicy():
            return "+", "create policy", name
        case p.AttachPolicy(_, arn):
            return "+", "attach", f"{name_of(arn)} ({owner_of(arn)})"
        case p.UpdateTrustPolicy():
            return "~", "change trust", f"the trust policy of {name}"
        case p.UpdateRoleDescription(_, description):
            return "~", "describe", f"{name} as: {description}"
        case p.PutPermissionsBoundary(_, arn):
            return "~", "set boundary", f"{arn} on {name}"
        case p.DeletePermissionsBoundary():
            return "-", "drop boundary", f"of {name}"
        case p.TagRole(_, tags) | p.TagPolicy(_, tags):
            return "~", "tag", f"{name}: " + ", ".join(f"{key}={_short(tags[key])}" for key in tags)
        case p.UntagRole(_, keys) | p.UntagPolicy(_, keys):
            return "-", "untag", f"{name}: {', '.join(keys)}"
        case p.UpdatePolicy():
            return "~", "change policy", f"the document of {name}, as a new version"
        case p.SetDefaultPolicyVersion(_, version_id, _):
            return "~", "go back", f"{name} to version {version_id}"
        case p.DeletePolicyVersion(_, version_id):
            return "-", "delete version", f"{version_id} of {name}"
        case p.DetachPolicy(_, arn):
            return "-", "detach", f"{name_of(arn)} ({owner_of(arn)}) from {name}"
        case p.DeleteInlinePolicy(_, inline):
            return "-", "delete inline", f"the inline policy {inline} of {name}"
        case p.RemoveFromInstanceProfile(_, profile):
            return "-", "take out", f"{name} of the instance profile {profile}"
        case p.DeleteRole():
            return "-", "delete role", name
        case p.DeletePolicy():
            return "-", "delete policy", name
        case _:
            assert_never(change)


def plan_lines(changes: Plan, before: State) -> Iterator[Line]:
    """The plan, one line per change, with what matters of it below."""
    for change in changes:
        sign, verb, what = title(change)
        yield Line(what, verb, sign)
        for detail in _details(change, before):
            yield Line(detail, " ", dim=True)


def _details(change: Change, before: State) -> Iterator[str]:
    match change:
        case p.CreateRole(role):
            yield role.arn
            yield from _trust(role.trust_policy)
            if role.permissions_boundary:
                yield f"with the permissions boundary {role.permissions_boundary}"
            yield from (f"tag {key}={_short(value)}" for key, value in role.tags.items())
        case p.CreatePolicy(policy):
            yield policy.arn
            yield from permissions(policy.document)
        case p.AttachPolicy(_, arn) if arn in _MANAGED:
            yield _MANAGED[arn]
        case p.UpdatePolicy(_, document):
            yield from permissions(document)
        case p.DeletePolicyVersion():
            full = before.policies.get(change.target)
            if full is not None and len(full.old_versions) + 1 >= p.VERSIONS_PER_POLICY:
                yield "the oldest one: IAM keeps five versions, and a new one is needed"
        case _:
            return


_MANAGED = {
    LEX_READ_ONLY: "lets Genesys Cloud look at every Lex bot of the account",
    LEX_RUN_BOTS_ONLY: "lets Genesys Cloud talk to every Lex bot of the account",
}
SHA256_LENGTH = 64


def _short(value: str) -> str:
    """A checksum means nothing to people; its beginning tells two apart."""
    return value if len(value) != SHA256_LENGTH else value[:12] + "…"


def _trust(trust_policy: Document) -> Iterator[str]:
    for statement in statements(trust_policy):
        principal = str(statement["Principal"]["AWS"])
        account = principal.split(":")[4]
        which = "production" if account == GENESYS_ACCOUNT else "as given by you"
        external_id = statement["Condition"]["StringEquals"]["sts:ExternalId"]
        yield (
            f"trusts Genesys Cloud (AWS account {account}, {which}), and only for the "
            f"organization {external_id} (external ID)"
        )


def permissions(document: Document) -> Iterator[str]:
    """What a policy document allows, in a line per statement."""
    for statement in statements(document):
        actions = [str(each) for each in as_list(statement.get("Action"))]
        resources = [str(each) for each in as_list(statement.get("Resource"))]
        count = "1 IAM action" if len(actions) == 1 else f"{len(actions)} IAM actions"
        only_lex = all(action.lower().startswith("lex:") for action in actions)
        everything = "every Lex bot of the account" if only_lex else "every resource"
        where = everything if resources == ["*"] else ", ".join(resources)
        effect = "allows" if statement.get("Effect") == "Allow" else "denies"
        names = ": " + ", ".join(actions) if len(actions) == 1 else ""
        condition = ""
        for operator, keys in (statement.get("Condition") or {}).items():
            condition += f", if {operator} " + ", ".join(f"{k} = {v}" for k, v in keys.items())
        yield f"{effect} {count}{names} on {where}{condition}"


def diff(changes: Plan, before: State) -> Iterator[tuple[str, str]]:
    """For every document that changes: what it is, and the difference line by line."""
    for change in changes:
        match change:
            case p.UpdateTrustPolicy(target, new) if before.role is not None:
                title, old = f"Trust policy of {name_of(target)}", before.role.trust_policy
            case p.UpdatePolicy(target, new) if target in before.policies:
                title, old = f"Policy {name_of(target)}", before.policies[target].document
            case _:
                continue
        rows = difflib.unified_diff(
            old.text().splitlines(), new.text().splitlines(), "now", "wanted", lineterm="", n=2
        )
        yield title, "\n".join(list(rows)[2:])  # the title says which side is which


def event_line(event: a.Event) -> Line | None:
    """A line for what happened while a plan was carried out; None for what needs none."""
    match event:
        case a.Started() | a.NotBegun():
            return None
        case a.Waiting(change, reason, seconds):
            _, verb, what = title(change)
            return Line(f"{what}: {reason}; trying again in {seconds:.1f} s", verb, "…", dim=True)
        case a.Done(change):
            _, verb, what = title(change)
            return Line(what, verb, "✓")
        case a.AlreadySo(change):
            _, verb, what = title(change)
            return Line(f"{what}: already so", verb, "✓")
        case a.Failed(change, error):
            _, verb, what = title(change)
            return Line(f"{what}: {error.message}", verb, "✗")
        case _:
            assert_never(event)
