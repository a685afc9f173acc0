"""What the user decided, checked once and frozen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from wizard.errors import InvalidInput
from wizard.validators import GENESYS_ACCOUNT, BotRef, Invalid, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    """The customer managed policy is the user's own document; `tree` is its parsed JSON."""

    tree: Any
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
    boundary_by_variable: bool = False  # a variable never replaces an existing boundary
    genesys_account_id: str | None = None
    fedramp: bool = False
    adopt: bool = False
    replace_org: str | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput where answers contradict each other."""
        if self.fedramp and self.genesys_account_id in {None, GENESYS_ACCOUNT}:
            raise InvalidInput(
                (
                    "--fedramp requires --genesys-account-id. The FedRAMP region uses a "
                    "different AWS account."
                ),
                "Ask your Genesys representative for this account ID.",
                code="fedramp-account-missing",
            )
        if self.genesys_account_id not in {None, GENESYS_ACCOUNT} and not self.fedramp:
            raise InvalidInput(
                f"--genesys-account-id {self.genesys_account_id} is not Genesys Cloud's production "
                f"account ({GENESYS_ACCOUNT}).",
                "A role that trusts another account can be used by the owner of that account. "
                "If your organization is in Genesys's FedRAMP region, add --fedramp; "
                "otherwise leave --genesys-account-id out.",
                code="genesys-account-not-production",
            )
        if self.org_id and self.replace_org == self.org_id:
            raise InvalidInput(
                "--replace-org names the same organization as --org-id.",
                "Set --replace-org to the ID of the organization that uses the role now.",
                code="replace-org-same",
            )


def from_options(options: Mapping[str, Any], read_policy: Callable[..., Any]) -> Settings:
    """The settings that the options of a command amount to, by their names in Python.

    `read_policy(path, any_policy=…)` gives the parsed JSON of a policy file, or raises Invalid.
    Raises InvalidInput where options exclude or need each other.
    """
    if options.get("non_interactive"):
        _demand_what_would_be_asked(options)
    try:
        tags(options.get("tags", ()))
    except Invalid as error:
        raise _unusable(f"Invalid value for '--tag': {error}.") from None
    names = {field.name for field in fields(Settings)}
    return Settings(
        **{name: value for name, value in options.items() if name in names and value is not None},
        policy=_policy_choice(options, read_policy),
        no_least_privilege=options.get("least_privilege") is False,
    )


def _demand_what_would_be_asked(options: Mapping[str, Any]) -> None:
    needed = {
        "--org-id": not options["org_id"],
        "--genesys-account-id": options.get("fedramp") and not options["genesys_account_id"],
        "--bot or --bot-tag": options.get("least_privilege")
        and not (options["bots"] or options["bot_tag"]),
    }
    missing = [option for option, is_missing in needed.items() if is_missing]
    if len(missing) > 1:  # one alone is refused by its own rule, in its own words
        raise InvalidInput(
            f"Options are missing: {', '.join(missing)}.",
            "Add them, or run the command in a terminal without --non-interactive.",
            code="missing-option",
        )


def _policy_choice(
    options: Mapping[str, Any], read_policy: Callable[..., Any]
) -> PolicyChoice | None:
    path, any_policy = options.get("policy_file"), bool(options.get("allow_any_policy"))
    least, bots, bot_tag = map(options.get, ("least_privilege", "bots", "bot_tag"))
    sources = {
        "--policy-file": path is not None,
        "--default-policy": options.get("default_policy"),
        "--least-privilege": least,
    }
    given = [option for option, is_given in sources.items() if is_given]
    if len(given) > 1:
        raise _unusable(f"{' and '.join(given)} can't be used together.")
    # `verify`, which has --allow-policy, takes bots to look at with any policy.
    if not least and (bots or bot_tag) and "allow_policies" not in options:
        raise _unusable(f"{'--bot' if bots else '--bot-tag'} requires --least-privilege.")
    if least and bool(bots) == bool(bot_tag):
        raise _unusable(
            "--least-privilege needs either --bot (repeatable) or --bot-tag: "
            "which bots may Genesys Cloud use?"
        )
    if any_policy and path is None:
        raise _unusable("--allow-any-policy requires --policy-file.")
    if path is not None:
        try:
            return FromFile(read_policy(path, any_policy=any_policy), path, any_policy)
        except Invalid as error:
            raise _unusable(f"Invalid value for '--policy-file': {error}.") from None
    if least:
        return TaggedBots(*bot_tag) if bot_tag else ChosenBots(tuple(bots or ()))
    return FromTemplate() if options.get("default_policy") else None


def _unusable(message: str) -> InvalidInput:
    return InvalidInput(message, code="usage")
