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
V1_ENDED = (
    "If the bot is a Lex V1 bot: Lex V1 ended on 2025-09-15; it has to be made anew in Lex V2."
)
ASK = "`genesys-lex-wizard permissions verify` prints the policy to ask for."
ACTIONS_SHOWN = 2
BUSY = {
    "Creating": "still being created",
    "Importing": "still being imported",
    "Updating": "still being updated",
    "Versioning": "still making a version",
    "Building": "still being built",
    "Processing": "still being processed",
}
# The sentences by status; "" stands for any other.
BOT_STATUS = {
    "Failed": "Lex could not make it (status Failed){because} Mend that in the Lex V2 console, or "
    "delete the bot and create it again.",
    "Deleting": "it is being deleted. Choose another bot.",
    "": "its status is {status}, not Available. Open it in the Lex V2 console, build its "
    "languages, and look at what the console says.",
    **dict.fromkeys(BUSY, "it is {busy} (status {status}). Wait until it is Available."),
}
ALIAS_STATUS = {
    "Creating": BOT_STATUS["Creating"],
    "Deleting": "it is being deleted. Choose or create another alias.",
    "Failed": "Lex could not make it (status Failed). Delete it and create it again.",
    "": "its status is {status}, not Available. Open it in the Lex V2 console.",
}
LOCALE_STATUS = {
    "Failed": "the build of {locale} failed in version {version}{because} Mend that in DRAFT and "
    f"build it. {NEW_VERSION}",
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
    return f"{text} Not for Genesys (least privilege): {others} more." if others else text


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
    "not-shown": "Genesys Architect will not show this {what} because {why}",
    "not-known": "Whether Genesys Architect will show this {what} is not known: {why}",
    "bot-status": _by_status(BOT_STATUS),
    "alias-status": _by_status(ALIAS_STATUS),
    "locale-status": _by_status(LOCALE_STATUS),
    "denied": _few_actions(
        "its resource-based policy denies the role {actions}. Take that statement out (Lex V2 "
        "console: the {what} > Resource-based policy), or ask whoever put it there."
    ),
    "only-test-alias": "it has no alias but TestBotAlias, which is for manual testing only. In "
    "the Lex V2 console create a version (Bot versions > Create version), then an alias for it "
    "(Aliases > Create alias).",
    "alias-not-ready": "its alias {alias} is not ready: {whys: Also, }",
    "no-alias-ready": "none of its aliases ({aliases}) is ready. Mend one of them: each says what "
    "it lacks.",
    "test-alias": "Genesys Architect should not use this alias because TestBotAlias is for manual "
    "testing: it is limited in rate and points to DRAFT. Use an alias of your own.",
    "alias-without-version": f"it points to no version of the bot. {NEW_VERSION}",
    "alias-on-draft": f"it points to DRAFT, the working copy. {NEW_VERSION}",
    "alias-without-locale": "it has no language. Add one to the bot and build it, create a "
    "version, point the alias to it, and enable the language in the alias.",
    "no-version": "the alias points to no version of the bot.",
    "locale-not-in-version": "version {version}, to which the alias points, does not have "
    f"{{locale}}. Build {{locale}} in DRAFT, if it is there. {NEW_VERSION}",
    "locale-not-enabled": "{locale} is not enabled in the alias. Enable it in the Lex V2 console "
    "(Aliases > {alias} > Languages > {locale} > Enable in alias).",
    # What only needs care
    "bot-network": "This is a network of bots (BotNetwork); Genesys does not say whether "
    "Architect can use one. If it does not, use the bots of the network by themselves.",
    "perhaps-denied": _few_actions(
        "The {what}'s resource-based policy denies {actions} under conditions, which may meet the "
        "role. Read it in the Lex V2 console (Resource-based policy)."
    ),
    "just-changed": "The {what} was changed less than ten minutes ago: wait, changes can take a "
    "few minutes to appear in Architect.",
    "locale-just-changed": "The language {locale} was changed less than ten minutes ago: wait, "
    "changes can take a few minutes to appear in Architect.",
    "only-fallback": "{locale} has no intent but the fallback, so every caller ends there. Add "
    "intents, build, and make a new version.",
    "hook-not-allowed": "Lex may not call the Lambda function {function} for this alias, or it "
    "does not exist: conversations that need it will fail. Allow it: `aws lambda add-permission "
    "--function-name {quoted} --action lambda:InvokeFunction --principal lexv2.amazonaws.com "
    "--source-arn {alias_arn} --statement-id lex-{alias_id}`.",
    "tag-on-bot-only": "The bot has the tag {tag}, its alias {alias} has not: Genesys Cloud can "
    "read the bot but not talk to that alias. Tag the alias too, if Genesys is to use it.",
    "tag-on-alias-only": "The alias {alias} has the tag {tag}, its bot has not: Genesys Cloud "
    "can't open the bot. The tag must be on both; tag the bot too.",
    # The checks of regions and bots
    "no-region": "No region is given, so the bots were not looked at.",
    "add-a-region": "Add --region REGION (it may be repeated) or --all-regions.",
    "region-unread": "The bots in {region} could not be read: {why}",
    "leave-out": "Leave the region out if it has no bots for Genesys.",
    "one-of": _one_of,
    "limited-to-others": "The role is limited to other bots than the {count} in {where}.",
    "in-every-region": "--all-regions looks for them in every region.",
    "bots-ready": _bots_ready,
    "each-bot-says": "Each bot says what it lacks.",
    "no-bots": "There is no Lex V2 bot in {where}.",
    "bots-elsewhere": "Bots may be in another region (--all-regions looks in every one) or in "
    f"another account. {V1_ENDED}",
    "about-bot": "{name} ({bot_id}, {region}): {reasons: }",
    "look-again": "Then look again: `genesys-lex-wizard verify --region {region} --bot {bot}`.",
    "ask-for-permissions": ASK,
    "no-trace": "There is no trace of the bot {bot_id}.",
    "no-trace-in": "There is no trace of the bot {bot_id} in {where}.",
    "check-id": "Check the ID (Lex V2 console: the bot > Settings) and the region; --all-regions "
    f"looks in every one. {V1_ENDED}",
    "no-such-alias": "There is no {alias}; {bot} has {there}.",
    "give-one-of-these": "Give one of these with --bot BOT:ALIAS.",
    "ready-but": "It is ready, but:",
    "shown": "Genesys Architect will show this {what}.",
    "out-of-scope": "The role is limited to others (least privilege), so Genesys Cloud may not "
    "use it. Run setup with --least-privilege and every --bot that Genesys may use, this one too.",
    "details-skipped": lambda facts: (
        f"Some details of {_count(facts)} were not looked at, since AWS gave no answer to "
        f"{', '.join(facts['actions'])}."
    ),
    "details-not-needed": f"They are not needed to tell whether a bot is ready. {ASK}",
    # What a least-privilege policy reaches
    "named": _named,
    "named-with-aliases": lambda facts: f"{_named(facts)}, all its aliases",
    "scope-exists": "The role is limited to {bot}, and it exists.",
    "scope-missing": "The role is limited to {bot}, which does not exist (any more).",
    "another-id": "If it was made anew it has another ID: run setup with --least-privilege and "
    "every --bot that Genesys may use now. If it is yet to come, nothing needs doing.",
    "scope-unknown": "Whether {bot}, to which the role is limited, exists could not be looked at.",
    "ask-for-describe": f"Ask for lex:DescribeBot and lex:DescribeBotAlias; {ASK}",
    "may-use-tag": "Genesys Cloud may open bots, and talk to aliases, that carry the tag {tag}.",
    "may-use-bots": "Genesys Cloud may open and talk to these only: {bots:; }.",
    "others-listed": "Other bots are still listed by name; opening them or talking to them fails.",
    "tag-on-both": "The tag must be on both: on the bot and on each alias that Genesys uses.",
    "new-id": "A bot or alias that is deleted and made anew has another ID and must be named anew.",
    "bot-not-found": "No trace of {bot} was found. The policy will name it all the same: it may "
    "come later. Check the ID and the region if it should be there.",
    "bot-unread": "Whether {bot} exists could not be looked at: these credentials may not read it.",
    "tagged-bots": lambda facts: (
        f"{_count(facts)} {'has' if facts['count'] == 1 else 'have'} the tag "
        f"{visible(facts['tag'])}, and so has an alias of each."
    ),
    "tags-unread": "Which bots carry the tag {tag} could not be looked at.",
    "ask-for-tags": "Ask for lex:ListTagsForResource.",
    "no-tagged-bot": "The role is limited to bots with the tag {tag}, and no bot has it on both "
    "itself and an alias.",
    "tag-both": "The tag must be on both. For each: `aws lexv2-models tag-resource --resource-arn "
    "ARN --tags KEY=VALUE`.",
}
