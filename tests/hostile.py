"""Settings to export, some with values that mean something to a shell, to HCL or to YAML."""

from __future__ import annotations

import pytest

from wizard.core.desired import desired
from wizard.core.documents import Document
from wizard.core.state import UNKNOWN_ACCOUNT, State
from wizard.settings import ChosenBots, FromFile, Settings, TaggedBots
from wizard.validators import BotRef

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
OTHER_ORG = "ffffffff-5e6f-7081-92a3-b4c5d6e7f809"
ACCOUNT = "123456789012"
BOT = BotRef("A1B2C3D4E5", "F6G7H8I9J0", "eu-central-1", ACCOUNT)

EVERYTHING = (
    'it\'s "$(touch executed)" `touch executed` ${x} $${y} $$${z} %{y} %%{y} #{z} * ? \\ \\u0041 ! '
    "<role_name> <x?>"
)
DOCUMENT = Document(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Odd",
                "Effect": "Allow",
                "Action": ["lex:ListBots", "lex:DescribeBot"],
                "Resource": ["*", "arn:aws:lex:*:*:bot/${aws:PrincipalTag/x}"],
                "Condition": {
                    "StringEquals": {
                        "aws:PrincipalTag/$(touch executed)": [
                            EVERYTHING,
                            "file:///etc/passwd",
                            "https://127.0.0.1:9/",
                            "-l",
                            "line\nline\r\n\tline",
                            "ünï \u2028 \x7f 漢字 😀 \ufeff",
                            "",
                            "yes",
                            "# no comment",
                            "key: value",
                            "<account-id",
                            "<lex_policy>",
                        ]
                    },
                    "Bool": {"aws:SecureTransport": True, "aws:ViaAWSService": "false"},
                    "NumericEquals": {"aws:MultiFactorAuthAge": "5"},
                },
            }
        ],
    }
)
HOSTILE = Settings(
    org_id=ORG,
    role_name="-=file,.@+_no",
    role_path="/$(touch,executed)/`touch,executed`/${x}/%{y}/#{z}/*/?/file:///it's\"\\/{}/",
    role_description=f"--{EVERYTHING}\nfile:///etc/passwd\n\thttps://127.0.0.1:9/ \xa1\xe9\xff",
    policy_name="-@file,yes",
    policy_path="/-/file.,+@=_/yes/",
    policy_description=f"file:///etc/passwd {EVERYTHING}\n\xe9",
    policy=FromFile(DOCUMENT.tree),
    tags=(
        ("file:///etc/passwd", "https://127.0.0.1:9/"),
        ("-l", "--output=json"),
        ("yes", ""),
        ("null", "0x10"),
        ("for", "012"),
        ("Größe 漢字", "1e3 = x"),
        ("with a space", "\xa0"),
    ),
    permissions_boundary="arn:aws:iam::210987654321:policy/${x}/$(touch,executed)/it's/\"\\/Bound",
)


PLAIN = Settings(org_id=ORG)
CHOSEN = Settings(org_id=ORG, policy=ChosenBots((BOT,)))
SETTINGS = {
    "plain": PLAIN,
    "bounded": Settings(
        org_id=ORG,
        permissions_boundary="arn:aws:iam::aws:policy/PowerUserAccess",
        tags=(("a", "b"),),
    ),
    "fedramp": Settings(org_id=ORG, fedramp=True, genesys_account_id="111122223333"),
    "chosen-bots": CHOSEN,
    "tagged-bots": Settings(org_id=ORG, policy=TaggedBots("For/Genesys", "yes: it's")),
    "no-descriptions": Settings(org_id=ORG, role_description="", policy_description=""),
    "hostile": HOSTILE,
}
any_settings = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


def state(settings: Settings, account_id: str = UNKNOWN_ACCOUNT) -> State:
    """What the settings ask for where nothing exists."""
    return desired(settings, account_id)
