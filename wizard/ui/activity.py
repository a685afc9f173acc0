"""What `activity` shows: who came in, what was denied, what was used, and what can't be seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wizard.ui.screen import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.core.activity import RegionRead, Use
    from wizard.core.state import LastUse
    from wizard.ui.screen import Screen
    from wizard.verify.activity import Verdict

UNSEEN = (
    "Refused attempts to assume the role aren't recorded in this account, conversations aren't in "
    "the event history, and records arrive minutes late."
)
VERDICTS = {
    "proven": ("✓", "Genesys Cloud assumed the role."),
    "denied": ("✗", "AWS denied one or more Genesys Cloud calls."),
    "not-seen": ("?", "Genesys Cloud hasn't been seen in this window."),
    "wrong-caller": ("✗", "Someone else assumed this role. See above."),
}
CHECK_MEANWHILE = (
    "Check that the Amazon Lex V2 integration in Genesys Cloud is active and has this role ARN."
)
WHAT_TO_CHANGE = (
    "→ Allow the call where AWS denied it: in the customer managed policy "
    "(--policy-file), the --least-privilege bots, the permissions boundary, or a service "
    "control policy."
)
# By kind, the loudest first: the sign, and the sentence of a use.
SENTENCES = {
    "assumed-by-other": ("✗", "ANOTHER AWS account assumed the role: {account_id}."),
    "assumed-for-other-org": (
        "✗",
        "Genesys Cloud assumed the role for ANOTHER organization: external ID {external_id}.",
    ),
    "assumed": ("✓", "Genesys Cloud assumed the role for your organization."),
    "call-denied": ("✗", "AWS denied {event_name}. AWS says: {error_message}"),
    "call-failed": ("!", "{event_name} failed ({error_code}): {error_message}"),
    "call": ("✓", "{event_name} on bot {bot_id} succeeded."),
}


def use_json(use: Use) -> dict[str, Any]:
    """A use for scripts; the time in ISO 8601."""
    return {**asdict(use), "time": use.time.isoformat()}


def region_json(read: RegionRead) -> dict[str, Any]:
    """A region for scripts; `hint` says why it was not read, and what to do."""
    return {key: getattr(read, key) for key in ("region", "status", "events", "hint")}


def warnings(verdict: Verdict, endpoint: str | None, *, confirmed: bool) -> Iterator[str]:
    """What limits the verdict, as sentences; the last one is always there."""
    if endpoint:
        yield (
            f"The endpoint is {endpoint}, not AWS. An empty result doesn't prove that the role "
            "wasn't used."
        )
    if not confirmed:
        yield "The organization ID is taken from the tag, not confirmed. Use --org-id."
    for read in verdict.regions:
        if not read.is_read:
            yield f"{read.region} was not read: {read.hint}"
        if read.status == "cut":
            yield f"{read.region} has more records than were read. Use a shorter --since."
        if read.broken:
            yield f"{read.broken} records in {read.region} can't be read and were skipped."
    yield UNSEEN


def use_line(same: Sequence[Use]) -> Line:
    """Uses that read alike, in one line: what, where, when last, and how often."""
    sign, sentence = SENTENCES[same[-1].kind]
    facts = {key: value or "none" for key, value in asdict(same[-1]).items()}
    count = f"{len(same)} times, last " if len(same) > 1 else ""
    when = f"{same[-1].region}, {count}{same[-1].time:%Y-%m-%d %H:%M:%S} UTC"
    return Line(f"{sentence.format(**facts)} ({when})", sign=sign)


def report(
    screen: Screen,
    *,
    heading: str,
    role_arn: str,
    commands: Mapping[str, str],
    verdict: Verdict,
    unseen: Sequence[str],
    last_use: LastUse | None,
    warnings: Sequence[str],
) -> None:
    """The loudest first, then what was used, the verdict, and what can't be seen.

    `commands` are what to run next, by the verdict.
    """
    screen.heading(heading)
    screen.line(role_arn, "Role ARN")
    alike: dict[tuple[str | None, ...], list[Use]] = {}
    for kind in SENTENCES:
        for use in verdict.of(kind) if kind != "call" else ():
            who = (use.account_id, use.external_id, use.error_code, use.error_message)
            alike.setdefault((kind, use.event_name, use.region, *who), []).append(use)
    screen.lines((use_line(same) for same in alike.values()), label_width=0)
    if verdict.of("call-denied"):
        screen.line(WHAT_TO_CHANGE)
    calls = verdict.of("call", "call-denied", "call-failed")
    if calls:
        screen.heading("Calls that were recorded")
        rows = Counter((use.event_name, use.region, use.bot_id or "-") for use in calls)
        for (name, region, bot), count in sorted(rows.items()):
            screen.line(f"{count:>5} x  {name:<24} {region:<15} {bot}")
        names = ", ".join(unseen) or "nothing"
        screen.line(f"Allowed, but not seen in this window (may be needed later): {names}.")
    screen.line()
    if last_use and not verdict.uses:
        when = f"{last_use.when:%Y-%m-%d %H:%M} UTC in {last_use.region}"
        screen.line(f"AWS last recorded a use of the role on {when}.")
    sign, text = VERDICTS[verdict.status]
    screen.line(text, sign=sign)
    if verdict.status == "not-seen":
        screen.line(f"→ {CHECK_MEANWHILE} Then verify the role:")
    if verdict.status == "wrong-caller":
        screen.line("→ Tell your security team, and repair the trust policy:")
    if verdict.status in commands:
        screen.command(commands[verdict.status])
    for warning in warnings[:-1]:
        screen.warning(warning)
    screen.line(warnings[-1])
