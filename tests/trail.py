"""Records of CloudTrail about the role of the tests, in the shape that AWS documents."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from aws_server import ACCOUNT
from program import ORG, ROLE

if TYPE_CHECKING:
    from aws_server import Server

GENESYS = "765628985471"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
TOKEN = "FwoGZXIvYXdzEBYaD-a-session-token-that-must-not-show"


def role_id(aws: Server) -> str:
    return aws.client().get_role(RoleName=ROLE)["Role"]["RoleId"]


_numbers = iter(range(1, 10**6))


def record(source: str, name: str, ago: float, region: str, **more: Any) -> dict[str, Any]:
    when = datetime.now(timezone.utc) - timedelta(seconds=ago)
    return {
        "eventSource": source,
        "eventName": name,
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "awsRegion": region,
        "eventID": f"{next(_numbers):08}-2222-4222-8222-222222222222",
        "recipientAccountId": ACCOUNT,
        **more,
    }


def assumed(
    aws: Server,
    account: str = GENESYS,
    external_id: str | None = ORG,
    ago: float = 0,
    region: str = "us-east-1",
    **more: Any,
) -> dict[str, Any]:
    """Somebody assumed the role; the answer to the caller holds a session token."""
    session = "genesys-session"
    return record(
        "sts.amazonaws.com",
        "AssumeRole",
        ago,
        region,
        userIdentity={
            "type": "AWSAccount",
            "principalId": f"AROAX:{session}",
            "accountId": account,
        },
        requestParameters={
            "roleArn": ROLE_ARN,
            "roleSessionName": session,
            "externalId": external_id,
            "durationSeconds": 3600,
        },
        responseElements={
            "credentials": {"accessKeyId": "ASIAEXAMPLEKEYID0001", "sessionToken": TOKEN},
            "assumedRoleUser": {"assumedRoleId": f"{role_id(aws)}:{session}", "arn": "arn:x"},
        },
        resources=[{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": ROLE_ARN}],
        **more,
    )


def called(
    aws: Server,
    name: str = "DescribeBotAlias",
    ago: float = 0,
    region: str = "us-east-1",
    **more: Any,
) -> dict[str, Any]:
    """The role called Lex V2."""
    mine = role_id(aws)
    issuer = {"type": "Role", "principalId": mine, "arn": ROLE_ARN, "accountId": ACCOUNT}
    return record(
        "lex.amazonaws.com",
        name,
        ago,
        region,
        userIdentity={
            "type": "AssumedRole",
            "principalId": f"{mine}:genesys-session",
            "sessionContext": {"sessionIssuer": issuer},
        },
        **{"requestParameters": {"botId": "A1B2C3D4E5", "botAliasId": "ALIAS00001"}, **more},
    )


def denied(aws: Server, **more: Any) -> dict[str, Any]:
    said = "User: arn:x is not authorized to perform: lex:DescribeBotLocale on resource: arn:y"
    error = {"errorCode": "AccessDenied", "errorMessage": said, "requestParameters": None}
    return called(aws, "DescribeBotLocale", **{**error, **more})
