"""The state that the settings ask for: what should be in the account. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.core import documents as docs
from wizard.core import policy_file
from wizard.core.state import MANAGED_POLICIES, NOTHING, Policy, Role, State, is_ours
from wizard.errors import InvalidInput, Refused, assert_never
from wizard.settings import (
    DEFAULT_POLICY_DESCRIPTION,
    DEFAULT_POLICY_NAME,
    DEFAULT_ROLE_DESCRIPTION,
    ChosenBots,
    FromFile,
    FromTemplate,
    Settings,
    TaggedBots,
)
from wizard.validators import (
    GENESYS_ACCOUNT,
    MANAGED_BY,
    TAG_ACCOUNT_ID,
    TAG_BOUNDARY,
    TAG_MANAGED_BY,
    TAG_ORG_ID,
    TAG_POLICY_SHA,
    TAG_POLICY_SOURCE,
    BotRef,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wizard.core.changes import Plan
    from wizard.core.documents import Document
    from wizard.core.state import Reason

ANY_ACCOUNT = "0" * 12
BOT_ALIAS = re.compile(
    r"arn:aws:lex:(?P<region>[a-z0-9-]+):[0-9]{12}:"
    r"bot-alias/(?P<bot>[0-9A-Za-z]{10})/(?P<alias>[0-9A-Za-z]{10}|\*)"
)


@dataclass(frozen=True)
class PlannedSetup:
    """What is known of a setup: what is, what should be, and the plan from one to the other.

    `policy_arn` is that of the setup's customer managed policy.
    """

    before: State
    desired: State
    changes: Plan
    policy_arn: str
    warnings: tuple[Reason | str, ...] = ()


def desired(
    settings: Settings,
    account_id: str,
    actual: State = NOTHING,
    *,
    unknown: Document | None = None,
) -> State:
    """The state that the settings ask for, in this account.

    What the user did not speak of is taken from `actual` (an existing boundary, foreign
    tags, extra attachments, descriptions, paths) and from the memory in its role's tags;
    where nothing exists, from the defaults. Raises Refused where only the checksum of the
    policy's document is remembered, unless `unknown` is given to use as that document.
    """
    was = actual.role
    memory = was.tags if was and is_ours(was.tags) else {}
    try:
        source, document = _policy(settings, account_id, actual, memory)
    except Refused:
        if unknown is None:
            raise
        source, document = memory[TAG_POLICY_SOURCE], unknown
    checksum = {} if document is unknown else {TAG_POLICY_SHA: document.sha256}
    genesys_account = settings.genesys_account_id or GENESYS_ACCOUNT
    boundary = settings.permissions_boundary
    arn = policy_arn(settings, account_id, actual)
    old_policy = actual.policies.get(arn)
    name, path = _name_and_path(arn)
    on_both = {TAG_MANAGED_BY: MANAGED_BY, TAG_ORG_ID: settings.org_id}
    new_policy = Policy(
        account_id=account_id,
        name=name,
        path=path,
        description=_first(
            settings.policy_description,
            old_policy.description if old_policy else None,
            DEFAULT_POLICY_DESCRIPTION,
        ),
        document=document,
        tags=_merged(old_policy.tags if old_policy else {}, settings.tags, on_both),
    )
    kept = was.attachments - MANAGED_POLICIES - _replaced(arn, actual) if was else frozenset()
    managed = frozenset() if source == "least-privilege" else MANAGED_POLICIES
    role = Role(
        account_id=account_id,
        name=was.name if was else settings.role_name,
        path=_first(settings.role_path, was.path if was else None, "/"),
        description=_first(
            settings.role_description, was.description if was else None, DEFAULT_ROLE_DESCRIPTION
        ),
        trust_policy=trust_policy(settings.org_id, genesys_account),
        tags=_merged(
            was.tags if was else {},
            settings.tags,
            {
                **on_both,
                TAG_ACCOUNT_ID: genesys_account,
                TAG_POLICY_SOURCE: source,
                **checksum,
                **({TAG_BOUNDARY: boundary} if boundary and "," not in boundary else {}),
            },
        ),
        permissions_boundary=boundary or (was.permissions_boundary if was else None),
        attachments=kept | managed | {arn},
        inline_policies=was.inline_policies if was else frozenset(),
        instance_profiles=was.instance_profiles if was else frozenset(),
    )
    return State(role=role, policies={**actual.policies, arn: new_policy})


def located(settings: Settings, region: str | None, account_id: str | None) -> Settings:
    """The settings with a region for every chosen bot.

    Raises InvalidInput where none is known, or where the bots are too many for one policy, and
    Refused for a bot of another account.
    """
    if not isinstance(settings.policy, ChosenBots):
        return settings
    bots: list[BotRef] = []
    for bot in settings.policy.bots:
        if account_id and bot.account_id not in {None, account_id}:
            raise Refused(
                f"The bot {bot} belongs to the AWS account {bot.account_id}, but this is "
                f"{account_id}.",
                "Run this program in the account of the bot.",
                code="bot-in-another-account",
            )
        where = bot.region or region
        if where is None:
            raise InvalidInput(
                f"Region of bot {bot} not specified.",
                "Give --region, or the bot's ARN.",
                code="region-missing",
            )
        bots.append(replace(bot, region=where, account_id=account_id or bot.account_id))
    _for_bots(bots, account_id or ANY_ACCOUNT)  # its size is the same in every account
    return replace(settings, policy=ChosenBots(tuple(bots)))


def trust_policy(org_id: str, genesys_account: str) -> Document:
    """The trust policy as Genesys's own code writes it: its account, this external ID."""
    values: dict[str, str | list[str]] = {
        "external_id": org_id,
        "genesys_account_id": genesys_account,
    }
    return docs.fill(docs.template("trust-policy"), values)


def policy_arn(settings: Settings, account_id: str, actual: State = NOTHING) -> str:
    """The ARN of the setup's customer managed policy.

    Its path can't be guessed by a later run, nor a name that was chosen once: where they are
    not given, they are those of the policy of ours that is attached to the role.
    """
    name, path = settings.policy_name, settings.policy_path
    attached = [
        policy
        for arn, policy in sorted(actual.policies.items())
        if actual.role and arn in actual.role.attachments
    ]
    if name is None:
        ours = [each for each in attached if is_ours(each.tags)]
        sha256 = actual.role.tags.get(TAG_POLICY_SHA) if actual.role else None
        ours = [each for each in ours if each.document.sha256 == sha256] or ours
        name = ours[0].name if len(ours) == 1 else DEFAULT_POLICY_NAME
    if path is None:
        path = next((each.path for each in attached if each.name == name), "/")
    return f"arn:aws:iam::{account_id}:policy{path}{name}"


def _replaced(arn: str, actual: State) -> frozenset[str]:
    """What this program attached under another name: it would go on allowing what it allows."""
    return frozenset(each for each, policy in actual.policies.items() if is_ours(policy.tags)) - {
        arn
    }


def remembered_source(actual: State) -> str | None:
    """Where the customer managed policy came from, as the role's tag tells."""
    role = actual.role
    return role.tags.get(TAG_POLICY_SOURCE) if role and is_ours(role.tags) else None


def _policy(
    settings: Settings, account_id: str, actual: State, memory: Mapping[str, str]
) -> tuple[str, Document]:
    """The word for where the policy comes from, and its document."""
    match settings.policy:
        case FromTemplate():
            return "template", docs.template("lex-policy")
        case FromFile(tree):
            return "file", docs.Document(tree)
        case ChosenBots(bots):
            return "least-privilege", _for_bots(bots, account_id)
        case TaggedBots(key, value):
            return "least-privilege", _for_tagged_bots(key, value, account_id)
        case None:
            return _remembered(settings, account_id, actual, memory)
        case _:
            assert_never(settings.policy)


def _remembered(
    settings: Settings, account_id: str, actual: State, memory: Mapping[str, str]
) -> tuple[str, Document]:
    source = memory.get(TAG_POLICY_SOURCE, "")
    if source == "least-privilege" and settings.no_least_privilege:
        source = "template"
    if source not in {"file", "least-privilege"}:
        return "template", docs.template("lex-policy")
    policy = actual.policies.get(policy_arn(settings, account_id, actual))
    option = "--policy-file" if source == "file" else "--least-privilege with --bot or --bot-tag"
    what = "doesn't exist anymore"
    if policy is not None:
        document, what = policy.document, "was changed"
        if document.sha256 == memory.get(TAG_POLICY_SHA):
            # Whoever may write the policy and the tags can make a checksum that fits.
            known = policy_file.is_acceptable(document) if source == "file" else False
            if known or (source != "file" and chosen_bots(document, account_id)):
                return source, document
            what = f"doesn't match a policy that {option} creates"
    raise Refused(
        (
            f"The customer managed policy {what}. It was created with {option}, and this tool "
            "stores only its checksum."
        ),
        f"Use {option} again to restore it, or --default-policy for the built-in policy.",
        code="policy-document-unknown",
    )


def _for_bots(bots: Iterable[BotRef], account_id: str) -> Document:
    """Reads on the chosen bots; alias reads and conversation on the chosen aliases."""
    chosen = sorted(bots, key=str)
    bot_arns = {f"arn:aws:lex:{bot.region}:{account_id}:bot/{bot.bot_id}" for bot in chosen}
    alias_arns = {
        f"arn:aws:lex:{bot.region}:{account_id}:bot-alias/{bot.bot_id}/{bot.alias_id or '*'}"
        for bot in chosen
    }
    values: dict[str, str | list[str]] = {
        "bot_arns": sorted(bot_arns),
        "alias_arns": sorted(alias_arns),
    }
    document = docs.fill(docs.template("lex-policy-bots"), values)
    if document.size() > docs.MANAGED_POLICY_LIMIT:
        raise InvalidInput(
            (
                f"A policy for these {len(chosen)} bots and aliases has {document.size()} "
                f"characters; IAM allows at most {docs.MANAGED_POLICY_LIMIT}."
            ),
            "Tag the bots and their aliases and give --bot-tag KEY=VALUE instead of --bot.",
            code="policy-too-long",
        )
    return document


def chosen_bots(document: Document, account_id: str) -> ChosenBots | TaggedBots | None:
    """The choice of bots that a least-privilege document was generated from; None for any other."""
    bots: set[BotRef] = set()
    for statement in docs.statements(document):
        for _, key, values in docs.conditions(statement):
            name = re.fullmatch(r"(?i:aws:resourcetag)/(.+)", key)
            if name and len(values) == 1 and isinstance(values[0], str):
                tag = TaggedBots(name[1], values[0])
                return tag if document == _for_tagged_bots(tag.key, tag.value, account_id) else None
        for arn in docs.as_list(statement.get("Resource")):
            if found := BOT_ALIAS.fullmatch(str(arn)):
                alias = None if found["alias"] == "*" else found["alias"]
                bots.add(BotRef(found["bot"], alias, found["region"], account_id))
    ordered = tuple(sorted(bots, key=lambda bot: (bot.region or "", str(bot))))
    try:
        return ChosenBots(ordered) if bots and document == _for_bots(bots, account_id) else None
    except InvalidInput:  # too long: it can't have been made
        return None


def _for_tagged_bots(key: str, value: str, account_id: str) -> Document:
    values: dict[str, str | list[str]] = {
        "account_id": account_id,
        "bot_tag_key": key,
        "bot_tag_value": value,
    }
    return docs.fill(docs.template("lex-policy-tagged-bots"), values)


def _name_and_path(arn: str) -> tuple[str, str]:
    before, _, name = arn.rpartition("/")
    return name, before.partition(":policy")[2] + "/"


def _merged(
    existing: Mapping[str, str], given: Iterable[tuple[str, str]], ours: Mapping[str, str]
) -> dict[str, str]:
    """Existing tags, overwritten by the given ones; IAM ignores the case of keys."""
    spelling = {key.lower(): key for key in existing}
    return {
        **existing,
        **{spelling.get(key.lower(), key): value for key, value in given},
        **{spelling.get(key.lower(), key): value for key, value in ours.items()},
    }


def _first(*values: str | None) -> str:
    return next(value for value in values if value is not None)
