"""What is, and what should be: one type for both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.validators import MANAGED_BY, OUR_TAGS, TAG_MANAGED_BY, TAG_STACK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wizard.core.documents import Document

LEX_READ_ONLY = "arn:aws:iam::aws:policy/AmazonLexReadOnly"
LEX_RUN_BOTS_ONLY = "arn:aws:iam::aws:policy/AmazonLexRunBotsOnly"
AWS_MANAGED = "arn:aws:iam::aws:policy/"
MANAGED_POLICIES = frozenset({LEX_READ_ONLY, LEX_RUN_BOTS_ONLY})

UNKNOWN_ACCOUNT = "<account-id>"  # stands in ARNs of an offline preview
UNKNOWN_ORG = "<org-id>"  # stands for the organization ID that nobody gave and no tag tells


@dataclass(frozen=True)
class Reason:
    """A fact that `ui.words` turns into a sentence: a code, and the values that belong to it."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def reason(code: str, **facts: Any) -> Reason:
    """A reason with these facts."""
    return Reason(code, facts)


@dataclass(frozen=True)
class PolicyVersion:
    """One version of a customer managed policy; `version_id` is IAM's `v1`, `v2`, …."""

    version_id: str
    created: datetime | None = None


@dataclass(frozen=True)
class Policy:
    """A customer managed policy.

    `version_id` is its default version, `old_versions` the others, `attached_to` the
    names of what it is attached to or bounds, as `role/NAME`, `policy_id` IAM's unique ID.
    These are circumstances, not what anybody wants: they do not count in comparisons.
    """

    account_id: str
    name: str
    path: str
    description: str
    document: Document
    tags: Mapping[str, str]
    version_id: str = field(default="v1", compare=False)
    old_versions: tuple[PolicyVersion, ...] = field(default=(), compare=False)
    attached_to: frozenset[str] = field(default=frozenset(), compare=False)
    policy_id: str = field(default="", compare=False)

    @property
    def arn(self) -> str:
        """Its ARN, known before the policy exists."""
        return f"arn:aws:iam::{self.account_id}:policy{self.path}{self.name}"


@dataclass(frozen=True)
class LastUse:
    """When and where AWS last recorded a use of a role (400 days back, hours late)."""

    when: datetime
    region: str


@dataclass(frozen=True)
class Role:
    """An IAM role with what hangs on it. `attachments` are the ARNs of managed policies.

    `role_id` is IAM's unique ID; `in_stack` the CloudFormation stack that has the role among
    its resources, where AWS was asked and said so.
    """

    account_id: str
    name: str
    path: str
    description: str
    trust_policy: Document
    tags: Mapping[str, str]
    permissions_boundary: str | None = None
    attachments: frozenset[str] = frozenset()
    inline_policies: frozenset[str] = frozenset()
    instance_profiles: frozenset[str] = frozenset()
    last_use: LastUse | None = field(default=None, compare=False)
    role_id: str = field(default="", compare=False)
    created: datetime | None = field(default=None, compare=False)
    in_stack: str | None = field(default=None, compare=False)

    @property
    def stack(self) -> str | None:
        """The CloudFormation stack that manages the role: as AWS says, else as a tag says."""
        tags = (TAG_STACK, "aws:cloudformation:stack-name")
        return self.in_stack or next((self.tags[tag] for tag in tags if tag in self.tags), None)

    @property
    def arn(self) -> str:
        """Its ARN, known before the role exists."""
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.name}"


@dataclass(frozen=True)
class State:
    """The role and the customer managed policies, by ARN, that belong to one setup."""

    role: Role | None
    policies: Mapping[str, Policy]


NOTHING = State(role=None, policies={})


def is_ours(tags: Mapping[str, str]) -> bool:
    """Whether these tags say that this program made the thing that carries them."""
    return tags.get(TAG_MANAGED_BY) == MANAGED_BY


def in_our_spelling(tags: Mapping[str, str]) -> dict[str, str]:
    """A role's tags with our own keys as we spell them: IAM ignores the case of a role's keys.

    Otherwise a role that carries `managedby` could be adopted again and again: IAM keeps the
    spelling that a key has.
    """
    ours = {key.lower(): key for key in OUR_TAGS}
    return {ours.get(key.lower(), key): value for key, value in tags.items()}
