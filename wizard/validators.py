"""What a value of an option must look like: one validator each, for flag, variable and prompt.

Each takes the text as given and returns the value, or raises `Invalid` with what is wrong
and what is right. The limits are IAM's (its API reference and botocore's model).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GENESYS_ACCOUNT = "765628985471"  # Genesys Cloud, production (Genesys's page, step 7)

# The tags in which this program remembers what it made; no user may set them.
MANAGED_BY = "genesys-lex-wizard"
TAG_MANAGED_BY = "ManagedBy"
TAG_ORG_ID = "GenesysOrgId"
TAG_ACCOUNT_ID = "GenesysAccountId"
TAG_POLICY_SOURCE = "PolicySource"
TAG_POLICY_SHA = "PolicySha256"
TAG_BOUNDARY = "PermissionsBoundary"
TAG_STACK = "CloudFormationStack"  # written by the exported template
OUR_TAGS = (
    TAG_MANAGED_BY,
    TAG_ORG_ID,
    TAG_ACCOUNT_ID,
    TAG_POLICY_SOURCE,
    TAG_POLICY_SHA,
    TAG_BOUNDARY,
    TAG_STACK,
)

ORG_ID_PLACE = "Admin > Account Settings > Organization Settings > Advanced > Organization ID"
AROUND_AN_ID = " \t\r\n\xa0\u200b\ufeff\"'`{}<>\u201c\u201d\u2018\u2019"  # pasted with an ID
MAX_TAGS = 50
MOST_DAYS = 90  # of CloudTrail's event history
MAX_SHOWN = 60
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BOT = re.compile(
    r"(arn:aws:lex:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):bot(-alias)?/)?"
    r"(?P<bot>[0-9A-Za-z]{10})([:/](?P<alias>[0-9A-Za-z]{10}))?"
)


class Invalid(ValueError):
    """A value is not usable; the text says what was wrong and what is right."""


@dataclass(frozen=True)
class BotRef:
    """A Lex V2 bot, or one alias of it, as the user named it.

    `region` and `account_id` are None where only the ID was given.
    """

    bot_id: str
    alias_id: str | None = None
    region: str | None = None
    account_id: str | None = None

    def __str__(self) -> str:
        return self.bot_id if self.alias_id is None else f"{self.bot_id}:{self.alias_id}"

    @property
    def arn(self) -> str:
        """Its ARN; region and account must be known."""
        name = "bot" if self.alias_id is None else "bot-alias"
        resource = str(self).replace(":", "/")
        return f"arn:aws:lex:{self.region}:{self.account_id}:{name}/{resource}"


def shown(text: str) -> str:
    """A value quoted for a message: cut to a readable length, every odd character escaped."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return '"' + visible(cut) + '"'


def visible(text: str) -> str:
    r"""The text with control, formatting and unprintable characters as `\x1b` escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def _text(pattern: str, sentence: str, *more: tuple[str, str]) -> Callable[[str], str]:
    """A validator: all of a text matches each pattern, or the sentence beside it is raised."""

    def validate(text: str) -> str:
        for form, wrong in ((pattern, sentence), *more):
            if not re.fullmatch(form, text, re.DOTALL):
                raise Invalid(wrong.format(text=shown(text), length=len(text)))
        return text

    return validate


def _name(limit: int) -> Callable[[str], str]:
    rule = f"1 to {limit} of the characters A-Z a-z 0-9 + = , . @ _ -"
    return _text(
        rf".{{0,{limit}}}",
        f"it has {{length}} characters; a name has {rule}",
        (r"(?!arn:).*", "{text} is an ARN. Enter only the name (the part after the last slash)"),
        (r"[A-Za-z0-9_+=,.@-]+", f"{{text}} is not a name of IAM's kind; it has {rule}"),
    )


def _path(pattern: str, characters: str) -> Callable[[str], str]:
    rule = "use /, or start and end with / and use only"
    not_of_aws = r"(?i)(?!/aws-(service-role|reserved)/).*"
    return _text(
        r".{0,512}",
        "it has {length} characters; a path has at most 512",
        (pattern, f"{{text}} is not a path; {rule} {characters}"),
        (not_of_aws, "{text} belongs to AWS; choose another path"),
    )


role_name = _name(64)
policy_name = _name(128)
role_path = _path(r"/|/[\x21-\x7e]+/", "printable ASCII characters without spaces")
policy_path = _path(
    r"/|/([A-Za-z0-9.,+@=_-]+/)+", "A-Z a-z 0-9 . , + @ = _ - between single slashes"
)
policy_arn = _text(  # of a managed policy in the partition aws
    r"arn:aws:iam::(aws|[0-9]{12}):policy(/|/[\x21-\x7e]+/)[A-Za-z0-9_+=,.@-]{1,128}",
    "{text} is not the ARN of a managed policy, such as "
    "arn:aws:iam::123456789012:policy/Boundary or arn:aws:iam::aws:policy/PowerUserAccess",
)
account_id = _text(
    r"[0-9]{12}", "{text} is not an AWS account ID; it has 12 digits, without hyphens"
)
region = _text(  # whether it exists is left to AWS
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    "{text} isn't an AWS Region. Example: us-east-1",
)
organizational_unit = _text(  # or the root of the organization
    r"(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})",
    "{text} isn't the ID of an organizational unit, such as ou-ab12-11111111",
)
template_url = _text(  # the CloudFormation console takes no other
    r"https://[A-Za-z0-9.-]+(:[0-9]+)?/[\x21-\x7e]*",
    "{text} is not an https:// address of a template in Amazon S3",
)
_seconds = _text(r"[0-9]{1,4}(\.[0-9]{1,3})?", "{text} is not a number of seconds")


def retry_seconds(text: str) -> float:
    """A number of seconds, 0 or more, to cap every retry budget with."""
    return float(_seconds(text))


def duration(text: str) -> timedelta:
    """How long ago, or for how long: `90m`, `24h` or `7d`, at most 90 days."""
    match = re.fullmatch(r"([0-9]{1,6})([mhd])", text)
    if not match or not int(match[1]):
        raise Invalid(f"{shown(text)} isn't a duration. Use a number and m, h, or d, as in 24h")
    units = {"m": "minutes", "h": "hours", "d": "days"}
    span = timedelta(**{units[match[2]]: int(match[1])})
    if span > timedelta(days=MOST_DAYS):
        raise Invalid(f"{shown(text)} is too long: AWS keeps {MOST_DAYS} days")
    return span


def org_id(text: str) -> str:
    """A Genesys Cloud organization ID: a UUID; returned in lower case, as Genesys sends it."""
    value = text.strip(AROUND_AN_ID)
    if not value:
        raise Invalid(f"it is empty. Find it in Genesys Cloud under {ORG_ID_PLACE}")
    if not UUID.fullmatch(value):
        raise Invalid(
            f"{shown(text)} isn't an organization ID. It must be a UUID, for example "
            "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809. Find it in Genesys Cloud under "
            f"{ORG_ID_PLACE}"
        )
    return value.lower()


def profile(text: str) -> str:
    """The name of a profile of the AWS SDK's configuration files."""
    if not text or not text.isprintable():
        raise Invalid(f"{shown(text)} is not the name of a profile")
    return text


def description(text: str) -> str:
    """A description of a role or policy: up to 1000 Latin-1 characters."""
    taken = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]").match
    words = "tabs, line breaks and the printable characters of Latin-1 (U+0020-7E, U+00A1-FF)"
    return _characters("it", text, 1000, taken, words)


def bot_tag(text: str) -> tuple[str, str]:
    """`KEY=VALUE` of a tag that bots and aliases carry, split at the first `=`."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Invalid(f"{shown(text)} isn't a valid tag. Use KEY=VALUE")
    words = "letters, digits, spaces and _ . : / = + - @"
    _characters("the key", key, 128, _in_tag, words)
    _characters("the value", value, 256, _in_tag, words)
    if key.lower().startswith("aws:"):
        raise Invalid(f"{shown(key)}: keys that begin with aws: belong to AWS")
    return key, value


def tag(text: str) -> tuple[str, str]:
    """`KEY=VALUE` of a tag for role and policy. Keys of AWS's and of this program are refused."""
    key, value = bot_tag(text)
    if reserved := next((ours for ours in OUR_TAGS if ours.lower() == key.lower()), None):
        raise Invalid(
            f"{shown(key)}: the tag {reserved} is reserved for this tool (IAM ignores case "
            "in tag keys); choose another key"
        )
    return key, value


def tags(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """All tags together: no key twice without regard to case, and room for our own."""
    result = tuple(pairs)
    seen: set[str] = set()
    for key, _ in result:
        if key.lower() in seen:
            raise Invalid(f"the key {shown(key)} is given twice (IAM ignores the case of keys)")
        seen.add(key.lower())
    if len(result) > MAX_TAGS - len(OUR_TAGS):
        raise Invalid(
            f"{len(result)} tags specified; IAM allows {MAX_TAGS} per role, and this tool "
            f"uses {len(OUR_TAGS)} of them"
        )
    return result


def _characters(
    what: str, text: str, limit: int, taken: Callable[[str], object], words: str
) -> str:
    if len(text) > limit:
        raise Invalid(f"{what} has {len(text)} characters; IAM takes at most {limit}")
    if odd := next((character for character in text if not taken(character)), None):
        raise Invalid(f"{what} contains {shown(odd)}; IAM allows only {words}")
    return text


def _in_tag(character: str) -> bool:
    # IAM's class is [\p{L}\p{Z}\p{N}_.:/=+\-@]. Its line and paragraph separators are left
    # out here: no tag needs them, and they break a line wherever they are shown.
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Zs" or character in "_.:/=+-@"


def bot(text: str) -> BotRef:
    """`BOT`, `BOT:ALIAS` (10-character IDs), or the ARN of a Lex V2 bot or bot alias."""
    if match := _BOT.fullmatch(text):
        ref = BotRef(match["bot"], match["alias"], match["region"], match["account"])
        if text == (ref.arn if ref.region else str(ref)):
            return ref
    raise Invalid(
        f"{shown(text)} isn't a valid Lex V2 bot. Use BOT_ID or BOT_ID:ALIAS_ID (10 "
        "letters and digits each), such as A1B2C3D4E5 or A1B2C3D4E5:F6G7H8I9J0, or the ARN"
    )
