"""What a value of an option must look like: one validator each, for flag, variable and prompt.

Each takes the text as given and returns the value, or raises `Invalid` with what is wrong
and what is right. The limits are IAM's (its API reference and botocore's model).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.core.state import OUR_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable

GENESYS_ACCOUNT = "765628985471"  # Genesys Cloud, production (Genesys's page, step 7)

ORG_ID_PLACE = (
    "Genesys Cloud Admin > Account Settings > Organization Settings > Advanced > Organization ID"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")
_ROLE_PATH = re.compile(r"/|/[\x21-\x7e]+/")
_POLICY_PATH = re.compile(r"/|/([A-Za-z0-9.,+@=_-]+/)+")
_DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]*")
_POLICY_ARN = re.compile(
    r"arn:aws:iam::(aws|[0-9]{12}):policy(/|/[\x21-\x7e]+/)[A-Za-z0-9_+=,.@-]{1,128}"
)
_BOT = re.compile(r"(?P<bot>[0-9A-Za-z]{10})(:(?P<alias>[0-9A-Za-z]{10}))?")
_BOT_ARN = re.compile(
    r"arn:aws:lex:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
    r"(bot/(?P<bot>[0-9A-Za-z]{10})|"
    r"bot-alias/(?P<bot_of_alias>[0-9A-Za-z]{10})/(?P<alias>[0-9A-Za-z]{10}))"
)
MAX_PATH = 512
MAX_ROLE_NAME = 64
MAX_POLICY_NAME = 128
MAX_DESCRIPTION = 1000
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256
MAX_TAGS = 50
MAX_SHOWN = 60


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
        where = f"arn:aws:lex:{self.region}:{self.account_id}"
        if self.alias_id is None:
            return f"{where}:bot/{self.bot_id}"
        return f"{where}:bot-alias/{self.bot_id}/{self.alias_id}"


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


def org_id(text: str) -> str:
    """A Genesys Cloud organization ID: a UUID; returned in lower case, as Genesys sends it."""
    value = text.strip(" \t")
    if not value:
        raise Invalid(f"it is empty. It stands in {ORG_ID_PLACE}")
    if not _UUID.fullmatch(value):
        raise Invalid(
            f"{shown(text)} is not an organization ID. It is a UUID such as "
            "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809: 32 digits 0-9 or letters a-f and four "
            f"hyphens. It stands in {ORG_ID_PLACE}"
        )
    return value.lower()


def role_name(text: str) -> str:
    """An IAM role name."""
    return _name(text, MAX_ROLE_NAME)


def policy_name(text: str) -> str:
    """An IAM policy name."""
    return _name(text, MAX_POLICY_NAME)


def _name(text: str, limit: int) -> str:
    rule = f"1 to {limit} of the characters A-Z a-z 0-9 + = , . @ _ -"
    if len(text) > limit:
        raise Invalid(f"it has {len(text)} characters; a name has {rule}")
    if text.startswith("arn:"):
        raise Invalid(f"{shown(text)} is an ARN; the name is the part behind the last slash")
    if not _NAME.fullmatch(text):
        raise Invalid(f"{shown(text)} is not a name of IAM's kind; it has {rule}")
    return text


def role_path(text: str) -> str:
    """An IAM role path, `/` or `/…/`."""
    return _path(text, _ROLE_PATH, "printable ASCII characters without spaces")


def policy_path(text: str) -> str:
    """An IAM policy path, `/` or `/…/`, of fewer characters than a role's."""
    return _path(text, _POLICY_PATH, "A-Z a-z 0-9 . , + @ = _ - between single slashes")


def _path(text: str, pattern: re.Pattern[str], characters: str) -> str:
    if len(text) > MAX_PATH:
        raise Invalid(f"it has {len(text)} characters; a path has at most {MAX_PATH}")
    if not pattern.fullmatch(text):
        raise Invalid(
            f"{shown(text)} is not a path; it is / alone, or begins and ends with / "
            f"and holds {characters}"
        )
    if text.lower().startswith("/aws-service-role/") or text.lower().startswith("/aws-reserved/"):
        raise Invalid(f"{shown(text)} belongs to AWS; choose another path")
    return text


def description(text: str) -> str:
    """A description of a role or policy: up to 1000 Latin-1 characters."""
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(f"it has {len(text)} characters; IAM takes at most {MAX_DESCRIPTION}")
    if odd := next((each for each in text if not _DESCRIPTION.fullmatch(each)), None):
        raise Invalid(
            f"it holds {shown(odd)}; IAM takes tabs, line breaks and the printable characters "
            "of Latin-1 (U+0020-7E, U+00A1-FF)"
        )
    return text


def tag(text: str) -> tuple[str, str]:
    """`KEY=VALUE`, split at the first `=`. Keys of AWS's and of this program are refused."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Invalid(f"{shown(text)} is not KEY=VALUE, with a key before the first =")
    _tag_text("key", key, MAX_TAG_KEY)
    _tag_text("value", value, MAX_TAG_VALUE)
    if key.lower().startswith("aws:"):
        raise Invalid(f"{shown(key)}: keys that begin with aws: belong to AWS")

    if reserved := next((each for each in OUR_TAGS if each.lower() == key.lower()), None):
        raise Invalid(
            f"{shown(key)}: this program keeps its own memory in the tag {reserved} "
            "(IAM ignores the case of keys); choose another key"
        )
    return key, value


def tags(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """All tags together: no key twice without regard to case, and room for our own."""
    seen: dict[str, str] = {}
    result = tuple(pairs)
    for key, _ in result:
        if key.lower() in seen:
            raise Invalid(f"the key {shown(key)} is given twice (IAM ignores the case of keys)")
        seen[key.lower()] = key
    if len(result) > MAX_TAGS - len(OUR_TAGS):
        raise Invalid(
            f"{len(result)} tags are given; IAM takes {MAX_TAGS} on a role and this program "
            f"needs {len(OUR_TAGS)} of them"
        )
    return result


def _tag_text(what: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise Invalid(f"the {what} has {len(text)} characters; IAM takes at most {limit}")
    if odd := next((each for each in text if not _in_tag(each)), None):
        raise Invalid(
            f"the {what} holds {shown(odd)}; IAM takes letters, digits, spaces and _ . : / = + - @"
        )


def _in_tag(character: str) -> bool:
    # IAM's class is [\p{L}\p{Z}\p{N}_.:/=+\-@]. Its line and paragraph separators are left
    # out here: no tag needs them, and they break a line wherever they are shown.
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Zs" or character in "_.:/=+-@"


def policy_arn(text: str) -> str:
    """The ARN of a managed policy in the partition aws."""
    if not _POLICY_ARN.fullmatch(text):
        raise Invalid(
            f"{shown(text)} is not the ARN of a managed policy, such as "
            "arn:aws:iam::123456789012:policy/Boundary or arn:aws:iam::aws:policy/PowerUserAccess"
        )
    return text


def account_id(text: str) -> str:
    """An AWS account ID: 12 digits."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise Invalid(f"{shown(text)} is not an AWS account ID; it has 12 digits, without hyphens")
    return text


def region(text: str) -> str:
    """The name of an AWS region; whether it exists is left to AWS."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise Invalid(f"{shown(text)} is not a region; one is called like eu-central-1")
    return text


def profile(text: str) -> str:
    """The name of a profile of the AWS SDK's configuration files."""
    if not text or not text.isprintable():
        raise Invalid(f"{shown(text)} is not the name of a profile")
    return text


def bot(text: str) -> BotRef:
    """`BOT`, `BOT:ALIAS` (10-character IDs), or the ARN of a Lex V2 bot or bot alias."""
    if match := _BOT.fullmatch(text):
        return BotRef(match["bot"], match["alias"])
    if match := _BOT_ARN.fullmatch(text):
        bot_id = match["bot"] or match["bot_of_alias"]
        return BotRef(bot_id, match["alias"], match["region"], match["account"])
    raise Invalid(
        f"{shown(text)} is not a Lex V2 bot; give its ID of 10 letters and digits, BOT or "
        "BOT:ALIAS, such as A1B2C3D4E5 or A1B2C3D4E5:F6G7H8I9J0, or its ARN"
    )


def bot_tag(text: str) -> tuple[str, str]:
    """`KEY=VALUE` of a tag that bots and aliases carry."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Invalid(f"{shown(text)} is not KEY=VALUE, with a key before the first =")
    _tag_text("key", key, MAX_TAG_KEY)
    _tag_text("value", value, MAX_TAG_VALUE)
    if key.lower().startswith("aws:"):
        raise Invalid(f"{shown(key)}: keys that begin with aws: belong to AWS")
    return key, value


def template_url(text: str) -> str:
    """An https address, as the CloudFormation console takes templates from."""
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/[\x21-\x7e]*", text):
        raise Invalid(f"{shown(text)} is not an https:// address of a template in Amazon S3")
    return text


def retry_seconds(text: str) -> float:
    """A number of seconds, 0 or more, to cap every retry budget with."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        raise Invalid(f"{shown(text)} is not a number of seconds")
    return float(text)
