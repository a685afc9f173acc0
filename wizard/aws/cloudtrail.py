"""Reads CloudTrail's event history: what happened to a role, without a trail and for free.

Sources: the CloudTrail user guide on LookupEvents (50 records a page, newest first, 90 days,
two requests a second in each region) and the IAM user guide on AssumeRole's records.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.aws.environment import place
from wizard.aws.session import NOT_ENABLED, Attempt, answer_of
from wizard.core.activity import RegionRead, Use
from wizard.errors import AccessDenied, AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.aws.session import Session
    from wizard.core.state import Role

PAGE, MOST_PAGES = 50, 10
PAUSE = 0.5  # seconds between the requests in one region
STS, LEX = "sts.amazonaws.com", "lex.amazonaws.com"


def read_activity(
    session: Session,
    regions: Sequence[str],
    role: Role,
    window: tuple[datetime, datetime],
    *,
    quick: bool = False,
) -> Iterator[tuple[RegionRead, list[Use]]]:
    """What was recorded of the role between two moments, region by region, side by side.

    `quick`: one request in each region, for the latest calls of Lex. The requests begin at once,
    and the iterator waits for them. Raises CredentialsFailed where nothing can be read.
    """
    read = partial(_read, session, role=role, window=window, quick=quick)
    return session.executor.map(read, regions)


def foreign_endpoint(session: Session, region: str) -> str | None:
    """Scheme and host of CloudTrail's endpoint where it is not AWS's, and may know nothing."""
    url = str(session.client("cloudtrail", region).meta.endpoint_url)
    is_aws = re.fullmatch(r"https://[a-z0-9.-]+\.(amazonaws\.com|api\.aws)/?", url)
    return None if is_aws else place(url) or "another one"


def _read(
    session: Session, region: str, *, role: Role, window: tuple[datetime, datetime], quick: bool
) -> tuple[RegionRead, list[Use]]:
    history = _History(session, region, role, window)
    try:
        failed = answer_of(history.read, quick=quick)
    except AwsError:
        raise
    except Exception:  # noqa: BLE001 - whatever botocore makes of a page that is no answer
        return RegionRead(region, "unavailable", hint="The answer can't be read."), []
    if failed is None:
        status = "cut" if history.is_cut and not quick else "read"
        read = RegionRead(region, status, history.events, history.broken)
        return read, list(history.uses.values())
    status = "denied" if isinstance(failed, AccessDenied) else "unavailable"
    status = "not-enabled" if failed.code in NOT_ENABLED else status
    return RegionRead(region, status, hint=f"{failed.message} {failed.hint}".strip()), []


class _History:
    """One region's records about the role, each once, between two moments."""

    def __init__(
        self, session: Session, region: str, role: Role, window: tuple[datetime, datetime]
    ) -> None:
        self._session, self._region, self._role, self._window = session, region, role, window
        self.uses: dict[str, Use] = {}
        self.events = self.broken = self._requests = 0
        self.is_cut = False

    def read(self, *, quick: bool) -> None:
        """Read what there is about the role. Raises AwsError."""
        if quick:
            self.lookup("EventSource", LEX, most_pages=1, once=True)
            return
        self.lookup("EventSource", LEX)
        self.lookup("ResourceName", self._role.arn)
        # Whether CloudTrail files AssumeRole by the role's ARN is not documented.
        if not any(use.account_id for use in self.uses.values()):
            self.lookup("EventName", "AssumeRole")

    def lookup(
        self,
        attribute: str,
        value: str,
        *,
        most_pages: int = MOST_PAGES,
        once: bool = False,
    ) -> None:
        """Read the pages about one attribute; a token needs unchanged parameters."""
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
            **dict(zip(("StartTime", "EndTime"), self._window, strict=True)),
            "MaxResults": PAGE,
        }
        for _ in range(most_pages):
            if self._requests:
                self._session.retry.stop.wait(PAUSE)
            self._requests += 1
            answer = self._ask(asked, once=once)
            for event in answer.get("Events") or ():
                self._take(event)
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]
        self.is_cut = True

    def _ask(self, asked: dict[str, Any], *, once: bool) -> dict[str, Any]:
        named, region = ("cloudtrail", "LookupEvents", asked), self._region
        if once:
            return self._session.call_once(*named, region=region)
        return self._session.call(*named, region=region, attempt=Attempt(advises=True))

    def _take(self, event: dict[str, Any]) -> None:
        self.events += 1
        try:
            use = _use(json.loads(event["CloudTrailEvent"]), self._role)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.broken += 1
        else:
            if use is not None:
                self.uses.setdefault(use.event_id, use)


def _use(record: dict[str, Any], role: Role) -> Use | None:
    """What a record says of the role; None if it is about something else.

    Matched by the role's ARN and IAM's unique ID: a role made again has another one, and names
    of sessions are the caller's choice. Raises what a record of another shape gives rise to.
    """
    source, name, identity = record["eventSource"], record["eventName"], record["userIdentity"]
    asked, answered = record.get("requestParameters") or {}, record.get("responseElements") or {}
    facts: dict[str, Any]
    if (source, name) == (STS, "AssumeRole"):
        made = (answered.get("assumedRoleUser") or {}).get("assumedRoleId", role.role_id)
        about, role_id = asked.get("roleArn"), made.partition(":")[0]
        session = asked.get("roleSessionName")
        facts = {"account_id": identity.get("accountId"), "external_id": asked.get("externalId")}
    else:
        issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
        about, role_id = issuer.get("arn"), issuer.get("principalId")
        session = str(identity.get("principalId", "")).partition(":")[2] or None
        facts = {"bot_id": asked.get("botId"), "bot_alias_id": asked.get("botAliasId")}
    refused = source == STS and record.get("errorCode")
    if source not in {STS, LEX} or (about, role_id) != (role.arn, role.role_id) or refused:
        return None
    facts |= {
        "session_name": session,
        "error_code": record.get("errorCode"),
        "error_message": record.get("errorMessage"),
    }
    time = datetime.fromisoformat(record["eventTime"].replace("Z", "+00:00"))
    return Use(
        "",
        time,
        str(record["awsRegion"]),
        str(record["eventID"]),
        str(name),
        **{key: value if isinstance(value, str) else None for key, value in facts.items()},
    )
