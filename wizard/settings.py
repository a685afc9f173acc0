"""What the user decided, checked once and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wizard.errors import InvalidInput
from wizard.validators import GENESYS_ACCOUNT, BotRef

if TYPE_CHECKING:
    from wizard.core.documents import Document

DEFAULT_ROLE_NAME = "GenesysCloudLexV2Role"
DEFAULT_POLICY_NAME = "GenesysCloudLexV2Policy"
DEFAULT_ROLE_DESCRIPTION = (
    "Lets Genesys Cloud read this account's Amazon Lex V2 bots and talk to them."
)
DEFAULT_POLICY_DESCRIPTION = "What Genesys Cloud Architect needs to work with Amazon Lex V2 bots."


@dataclass(frozen=True)
class FromTemplate:
    """The customer managed policy is the template: every bot of the account."""


@dataclass(frozen=True)
class FromFile:
    """The customer managed policy is the user's own document."""

    document: Document
    path: str = ""
    any_policy: bool = False  # the user insisted on a document that allows more


@dataclass(frozen=True)
class ChosenBots:
    """Least privilege: these bots or aliases, each with its region."""

    bots: tuple[BotRef, ...]


@dataclass(frozen=True)
class TaggedBots:
    """Least privilege: the bots and aliases that carry this tag."""

    key: str
    value: str


PolicyChoice: TypeAlias = FromTemplate | FromFile | ChosenBots | TaggedBots


@dataclass(frozen=True)
class Settings:
    """The answers. None means that the user did not speak of it: what exists is kept.

    `org_id` is empty until it is answered, or where the role's tag shall tell it.
    """

    org_id: str = ""
    role_name: str = DEFAULT_ROLE_NAME
    role_path: str | None = None
    role_description: str | None = None
    policy_name: str | None = None
    policy_path: str | None = None
    policy_description: str | None = None
    policy: PolicyChoice | None = None
    no_least_privilege: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    permissions_boundary: str | None = None
    genesys_account_id: str | None = None
    fedramp: bool = False
    adopt: bool = False
    replace_org: str | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput where answers contradict each other."""
        if self.fedramp and self.genesys_account_id in {None, GENESYS_ACCOUNT}:
            raise InvalidInput(
                "--fedramp needs --genesys-account-id: the account of Genesys's FedRAMP region "
                "is another one than the production account, and this program does not guess it.",
                "Ask your Genesys representative for the account ID, as Genesys's own page says.",
                code="fedramp-account-missing",
            )
        if self.genesys_account_id not in {None, GENESYS_ACCOUNT} and not self.fedramp:
            raise InvalidInput(
                f"--genesys-account-id {self.genesys_account_id} is not Genesys Cloud's production "
                f"account ({GENESYS_ACCOUNT}).",
                "A role that trusts another account can be used by whoever owns that account. "
                "If your organization is in Genesys's FedRAMP region, add --fedramp; "
                "otherwise leave --genesys-account-id out.",
                code="genesys-account-not-production",
            )
        if self.org_id and self.replace_org == self.org_id:
            raise InvalidInput(
                "--replace-org names the same organization as --org-id.",
                "--replace-org takes the ID of the organization that the role serves now.",
                code="replace-org-same",
            )
