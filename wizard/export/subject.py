"""What every export is about: one role, and the one customer managed policy made for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.core.state import UNKNOWN_ACCOUNT, is_ours
from wizard.errors import InvalidInput
from wizard.validators import TAG_ACCOUNT_ID, TAG_ORG_ID, TAG_POLICY_SHA, TAG_POLICY_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.core.state import Policy, Role, State

MADE_BY = "Connects one Genesys Cloud organization with Amazon Lex V2; from genesys-lex-wizard."
AWS_MANAGED = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class Subject:
    """The two things of a set-up, and the answers behind them."""

    role: Role
    policy: Policy

    @property
    def org_id(self) -> str:
        """The Genesys Cloud organization ID, which is the external ID."""
        return _remembered(self.role, TAG_ORG_ID)

    @property
    def genesys_account_id(self) -> str:
        """The AWS account that may assume the role."""
        return _remembered(self.role, TAG_ACCOUNT_ID)

    @property
    def account_id(self) -> str | None:
        """The AWS account that it is for; None if that was not said."""
        account_id = self.role.account_id
        return None if account_id == UNKNOWN_ACCOUNT else account_id

    @property
    def source(self) -> str:
        """Where the policy document comes from: `template`, `file` or `least-privilege`."""
        return _remembered(self.role, TAG_POLICY_SOURCE)

    @property
    def attachments(self) -> list[str]:
        """The ARNs of the attached policies, the customer managed one last."""
        return sorted(self.role.attachments, key=lambda arn: (arn == self.policy.arn, arn))


def subject(state: State) -> Subject:
    """What a desired state is about, whatever else the role already has attached."""
    if state.role is None:
        raise ValueError("a set-up without a role")
    sha256 = _remembered(state.role, TAG_POLICY_SHA)
    policy = max(
        state.policies.values(),
        key=lambda policy: (policy.document.sha256 == sha256, is_ours(policy.tags)),
    )
    return Subject(state.role, policy)


def exportable(state: State) -> Subject:
    """The subject of a state that is to become a file.

    Raises InvalidInput when the policy document names the account and no account was given: the
    document's checksum, a tag of the role, could not be known.
    """
    it = subject(state)
    if it.account_id is None and UNKNOWN_ACCOUNT in it.policy.document.text():
        raise InvalidInput(
            "The policy for the chosen bots names the AWS account that they belong to, "
            "and no account was given.",
            "Give --account-id with the 12 digits of the account.",
            code="account-id-missing",
        )
    return it


def _remembered(role: Role, tag: str) -> str:
    """The value of one of our tags, which an older tag may spell in another case."""
    return next(value for key, value in role.tags.items() if key.lower() == tag.lower())


def mapped(tree: Any, leaf: Callable[[str], Any]) -> Any:
    """The same JSON tree with every string value replaced by what `leaf` makes of it."""
    match tree:
        case dict():
            return {key: mapped(value, leaf) for key, value in tree.items()}
        case list():
            return [mapped(item, leaf) for item in tree]
        case str():
            return leaf(tree)
        case _:
            return tree


def commented(lines: list[str]) -> str:
    """The lines as comments of YAML, HCL and shell alike, which all begin with a `#`."""
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)
