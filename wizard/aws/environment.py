"""What is wrong with the environment of the AWS SDK: its variables, and its two files."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
FILES = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?=[:/?#]|$)")
_ADDRESS = re.compile(
    r"(?i:https?)://(\[[0-9a-f:.]+\]|[\w.-]+)(:(?P<port>\d{1,5}))?(/[\x21-\x7e]*)?"
)
_PROXY = re.compile(
    r"((?i:https?)://)?([^\s/?#]*@)?(\[[0-9a-f:.]+\]|[\w.-]+)(:(?P<port>\d{1,5}))?/?"
)
LAST_PORT = 65535


def place(address: str) -> str:
    """Scheme and host of an address; "" where they can't be told from a password.

    Nothing else of an address from outside is ever shown: user names, passwords and tokens
    stand in many places of one, and not always where a parser looks for them.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        return ""
    host = _HOST.match(rest.rpartition("@")[2])
    return f"{scheme.lower()}://{host[1]}" if host else ""


def faults_of_addresses(environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """What is wrong with the addresses of endpoints and proxies, and what to do about it."""
    for name in sorted(name for name in environ if name.startswith("AWS_ENDPOINT_URL")):
        if not _is_address(_ADDRESS, environ[name]):
            yield (
                f"{name} isn't a valid endpoint URL.",
                f"Give it as https://HOST:PORT without spaces, or unset {name}.",
            )
    for name in PROXIES:
        value = environ.get(name, "")
        if value.lower().startswith("socks"):
            yield (
                f"{name} is set to a SOCKS proxy, which this tool doesn't support.",
                "Give an HTTP proxy, or add the AWS endpoints to NO_PROXY.",
            )
        elif value and not _is_address(_PROXY, value):
            hint = (
                "Use the format http://HOST:PORT. Encode special characters in the password as %XX."
            )
            yield f"{name} isn't a valid proxy URL.", hint


def _is_address(form: re.Pattern[str], text: str) -> bool:
    match = form.fullmatch(text)
    return match is not None and int(match["port"] or 0) <= LAST_PORT


def faults_of_bundles(environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """What is wrong with the file of certificates that a variable names."""
    for name in BUNDLES:
        path = environ.get(name)
        if path is not None and not _holds_a_certificate(path):
            yield (
                f"{name} isn't set to a readable certificate file: {visible(path)}.",
                f"Set {name} to the whole path of a PEM file (~ is not expanded), or unset it.",
            )


def _holds_a_certificate(path: str) -> bool:
    try:
        return b"BEGIN " in Path(path).read_bytes()
    except OSError:
        return False


def faults_of_files(environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """What is wrong with the SDK's files: their place, line and kind, never what stands there."""
    for name, default in FILES.items():
        path = Path(environ.get(name) or default).expanduser()
        try:
            if path.exists() and (why := _unparsable(path.read_bytes())):
                yield f"The file {visible(str(path))} can't be read: {why}.", "Correct the file."
        except OSError as error:
            why = (error.strerror or "no access").lower()
            yield f"The file {visible(str(path))} can't be read: {why}.", "Fix its permissions."


def _unparsable(content: bytes) -> str | None:
    """Why this is no file of the AWS SDK, with the line."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return f"it is not UTF-8 text (line {line})"
    if text.startswith("\ufeff"):
        return "it begins with a byte order mark; save it as UTF-8 without one"
    try:
        configparser.RawConfigParser(default_section="").read_string(text)
    except configparser.DuplicateSectionError as error:
        return f"duplicate section (line {error.lineno})"
    except configparser.DuplicateOptionError as error:
        return f"duplicate key in a section (line {error.lineno})"
    except configparser.MissingSectionHeaderError as error:
        return f"text found before the first [section] (line {error.lineno})"
    except configparser.ParsingError as error:
        return f"a line is neither a [section] nor KEY = VALUE (line {error.errors[0][0]})"
    return None
