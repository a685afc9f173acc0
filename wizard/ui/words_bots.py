"""The sentences of the reasons about bots; `ui.words` merges them with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wizard.validators import BotRef

    Facts = Mapping[str, Any]

NEW_VERSION = (
    "In the Lex V2 console create a version (Bot versions > Create version) and point the alias "
    "to it (Aliases > the alias > Associate version with alias)."
)
V1_ENDED = "Lex V1 reached end of support on September 15, 2025. Re-create Lex V1 bots in Lex V2."
ASK = "The `permissions` command prints the policy to request."
ACTIONS_SHOWN = 2
BUSY = {
    "Creating": "still being created",
    "Importing": "still being imported",
    "Updating": "still being updated",
    "Versioning": "still creating a version",
    "Building": "still being built",
    "Processing": "still being processed",
}
# The sentences by status; "" stands for any other.
BOT_STATUS = {
    "Failed": "Lex couldn't create it (status Failed){because} Fix it in the Lex V2 console, or "
    "delete the bot and create it again.",
    "Deleting": "it is being deleted. Choose another bot.",
    "": "its status is {status}, not Available. Open it in the Lex V2 console, build its "
    "languages, and read the messages there.",
    **dict.fromkeys(BUSY, "it is {busy} (status {status}). Wait until it is Available."),
}
ALIAS_STATUS = {
    "Creating": BOT_STATUS["Creating"],
    "Deleting": "it is being deleted. Choose or create another alias.",
    "Failed": "Lex couldn't create it (status Failed). Delete it and create it again.",
    "": "its status is {status}, not Available. Open it in the Lex V2 console.",
}
LOCALE_STATUS = {
    "Failed": "the build of {locale} failed in version {version}{because} Fix it in the "
    f"draft version and build the bot. {NEW_VERSION}",
    "": "{locale} is not built in version {version} (status {status}). Build it in DRAFT. "
    f"{NEW_VERSION}",
    **dict.fromkeys(
        BUSY, "{locale} is {busy} in version {version} (status {status}). Wait for it."
    ),
}


def _by_status(sentences: Mapping[str, str]) -> Callable[[Facts], str]:
    def sentence(facts: Facts) -> str:
        status = facts["status"]
        shown = {name: visible(str(value)) for name, value in facts.items()}
        shown |= {"busy": BUSY.get(status, ""), "because": _because(facts.get("failures", ()))}
        return sentences.get(status, sentences[""]).format_map(shown)

    return sentence


def _because(failures: tuple[str, ...]) -> str:
    """What Lex gave as the reason, behind a colon; a full stop where it gave none."""
    text = " ".join(visible(failure).strip() for failure in failures).strip()
    if not text:
        return "."
    return f": {text}" if text.endswith((".", "!", "?")) else f": {text}."


def _few_actions(sentence: str) -> Callable[[Facts], str]:
    """The sentence with the first few IAM actions, and how many more there are."""

    def filled(facts: Facts) -> str:
        few, more = facts["actions"][:ACTIONS_SHOWN], len(facts["actions"]) - ACTIONS_SHOWN
        actions = ", ".join(few) + (f" and {more} more" if more > 0 else "")
        return sentence.format(what=facts["what"], actions=actions)

    return filled


def _one_of(facts: Facts) -> str:
    *others, last = facts["names"]
    return f"{', '.join(others)} or {last}" if others else str(last)


def _bots_ready(facts: Facts) -> str:
    text = f"Ready for Genesys Architect: {facts['ready']} of {_count(facts)}."
    others = facts["others"]
    return f"{text} Excluded by least privilege: {others} more." if others else text


def _count(facts: Facts) -> str:
    return "1 bot" if facts["count"] == 1 else f"{facts['count']} bots"


def _named(facts: Facts) -> str:
    """A bot or alias, with its region where that is known."""
    bot: BotRef = facts["bot"]
    where = f" in {bot.region}" if bot.region else ""
    alias = f"the alias {bot.alias_id} of " if bot.alias_id else ""
    return f"{alias}the bot {bot.bot_id}{where}"


BOT_SENTENCES: dict[str, str | Callable[[Facts], str]] = {
    # Why a bot, an alias or a language is not ready
    "not-shown": "This {what} won't appear in Architect because {why}",
    "not-known": "Can't tell whether this {what} will appear in Architect: {why}",
    "bot-status": _by_status(BOT_STATUS),
    "alias-status": _by_status(ALIAS_STATUS),
    "locale-status": _by_status(LOCALE_STATUS),
    "denied": _few_actions(
        "its resource-based policy denies the role {actions}. Remove that statement (Lex V2 "
        "console: the {what} > Resource-based policy), or ask its owner to."
    ),
    "only-test-alias": (
        "its only alias is TestBotAlias, which is for testing. In the Lex V2 console create a "
        "version (Bot versions > Create version), then an alias for it (Aliases > Create "
        "alias)."
    ),
    "alias-not-ready": "its alias {alias} isn't ready: {whys: Also, }",
    "no-alias-ready": (
        "none of its aliases ({aliases}) is ready. Fix any one of them; see the details below."
    ),
    "test-alias": (
        "Don't use TestBotAlias in Architect. It's for testing: its request rate is "
        "limited, and it points to DRAFT. Use another alias."
    ),
    "alias-without-version": f"it isn't associated with a version of the bot. {NEW_VERSION}",
    "alias-on-draft": f"it points to DRAFT, the working copy. {NEW_VERSION}",
    "alias-without-locale": "it has no language. Add one to the bot and build it, create a "
    "version, point the alias to it, and enable the language in the alias.",
    "no-version": "the alias isn't associated with a version of the bot.",
    "locale-not-in-version": "version {version}, to which the alias points, does not have "
    f"{{locale}}. Build {{locale}} in DRAFT, if it is there. {NEW_VERSION}",
    "locale-not-enabled": "{locale} is not enabled in the alias. Enable it in the Lex V2 console "
    "(Aliases > {alias} > Languages > {locale} > Enable in alias).",
    # What only needs care
    "bot-network": (
        "This is a network of bots (BotNetwork). Genesys doesn't document whether Architect "
        "can use one. If it can't, use the bots in the network directly."
    ),
    "perhaps-denied": _few_actions(
        "The {what}'s resource-based policy denies {actions} under conditions that might "
        "apply to the role. Review it in the Lex V2 console (Resource-based policy)."
    ),
    "just-changed": (
        "The {what} was changed less than ten minutes ago. Wait: changes can take a few "
        "minutes to appear in Architect."
    ),
    "locale-just-changed": (
        "The language {locale} was changed less than ten minutes ago. Wait: changes can take "
        "a few minutes to appear in Architect."
    ),
    "only-fallback": (
        "{locale} has only the fallback intent, so every conversation ends there. Add "
        "intents, build, and create a new version."
    ),
    "hook-not-allowed": (
        "Lex isn't allowed to call the Lambda function {function} for this alias, or the "
        "function doesn't exist. Conversations that need it fail. To allow it: `{command}`."
    ),
    "tag-on-bot-only": (
        "The bot has the tag {tag}, but its alias {alias} doesn't. Genesys Cloud can read the "
        "bot but can't use that alias. Tag the alias too if Genesys Cloud uses it."
    ),
    "tag-on-alias-only": (
        "The alias {alias} has the tag {tag}, but its bot doesn't, so Genesys Cloud can't "
        "open the bot. Tag the bot too."
    ),
    # The checks of regions and bots
    "no-region": "No Region is set, so the bots were not checked.",
    "add-a-region": "Add --region REGION (it may be repeated) or --all-regions.",
    "region-unread": "The bots in {region} could not be read: {why}",
    "leave-out": "Omit the Region if it has no bots for Genesys Cloud.",
    "one-of": _one_of,
    "limited-to-others": "The role is limited to bots other than the {count} in {where}.",
    "in-every-region": "To check every Region, add --all-regions.",
    "bots-ready": _bots_ready,
    "each-bot-says": "The details are listed under each bot.",
    "no-bots": "No Lex V2 bots in {where}.",
    "bots-elsewhere": (
        "To check every Region, add --all-regions. The bot might also be in another account. "
        f"{V1_ENDED}"
    ),
    "about-bot": "{name} ({bot_id}, {region}): {reasons: }",
    "look-again": "Then verify again: `genesys-lex-wizard verify --region {region} --bot {bot}`.",
    "ask-for-permissions": ASK,
    "no-trace": "Bot {bot_id} not found.",
    "no-trace-in": "Bot {bot_id} not found in {where}.",
    "check-id": (
        "Check the ID (Lex V2 console: the bot > Settings) and the Region. To check every "
        f"Region, add --all-regions. {V1_ENDED}"
    ),
    "no-such-alias": "{alias} doesn't exist. {bot} has {there}.",
    "give-one-of-these": "Use one of these with --bot BOT:ALIAS.",
    "ready-but": "It is ready, but:",
    "shown": "Genesys Architect can show this {what}.",
    "out-of-scope": (
        "The role is limited to other bots (least privilege), so Genesys Cloud can't use it. "
        "Run setup with --least-privilege and --bot for every bot that Genesys Cloud uses, "
        "including this one."
    ),
    "details-skipped": lambda facts: (
        f"Some details of {_count(facts)} were skipped because AWS didn't answer "
        f"{', '.join(facts['actions'])}."
    ),
    "details-not-needed": f"They aren't needed to tell whether a bot is ready. {ASK}",
    # What a least-privilege policy reaches
    "named": _named,
    "named-with-aliases": lambda facts: f"{_named(facts)}, all its aliases",
    "scope-exists": "The role is limited to {bot}, and it exists.",
    "scope-missing": "The role is limited to {bot}, which doesn't exist.",
    "another-id": (
        "If it was re-created, it has a new ID: run setup with --least-privilege and --bot "
        "for every bot that Genesys Cloud uses. If it will be created later, ignore this "
        "warning."
    ),
    "scope-unknown": "Couldn't check whether {bot}, which the role is limited to, exists.",
    "ask-for-describe": f"Ask for lex:DescribeBot and lex:DescribeBotAlias. {ASK}",
    "may-use-tag": (
        "Genesys Cloud can use bots and aliases that have the tag {tag} (the value is "
        "case-sensitive, the key isn't)."
    ),
    "may-use-bots": "Genesys Cloud can use only: {bots:; }.",
    "others-listed": (
        "Other bots are still listed by name, but Genesys Cloud can't open or use them."
    ),
    "tag-on-both": "The tag must be on the bot and on every alias that Genesys Cloud uses.",
    "new-id": (
        "If you delete and re-create a bot or alias, it gets a new ID. Run setup again with "
        "the new ID."
    ),
    "bot-not-found": (
        "{bot} not found. The policy names it anyway, in case you create it later. If it "
        "already exists, check the ID and the Region."
    ),
    "odd-resource": (
        "The policy file names {arn}, which isn't a Lex V2 bot or alias ARN (it is a Lex V1 "
        "ARN or contains a placeholder). IAM accepts it, but it allows nothing."
    ),
    "bot-unread": "Couldn't check whether {bot} exists: your credentials can't read it.",
    "tagged-bots": lambda facts: (
        f"{_count(facts)} {'has' if facts['count'] == 1 else 'have'} the tag "
        f"{visible(facts['tag'])} on both the bot and an alias."
    ),
    "tags-unread": "Couldn't check which bots have the tag {tag}.",
    "ask-for-tags": "Ask for lex:ListTagsForResource.",
    "no-tagged-bot": (
        "The role is limited to bots with the tag {tag}, but no bot has the tag on both "
        "the bot and an alias."
    ),
    "tag-both": "The tag must be on both. For each: `aws lexv2-models tag-resource --resource-arn "
    "ARN --tags KEY=VALUE`.",
}
