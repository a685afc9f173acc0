"""The screens of `service-roles`: the table, one role, the end of a deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.core.service_roles import ACTIONS, FOR
from wizard.ui.reports import say
from wizard.ui.screen import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.core.service_roles import Deletion, RolePolicy, ServiceRole, Usage
    from wizard.ui.screen import Screen

__all__ = ["deletion", "description", "say", "table"]


def table(
    screen: Screen,
    *,
    roles: Sequence[tuple[ServiceRole, tuple[str, ...] | None]],
    usage: Usage | None,
) -> None:
    """Every role with what it is for, when it was last used, and by which bots."""
    screen.heading("Service-linked roles of Lex V2")
    if not roles:
        screen.line("There are none in this account.")
    for role, bots in roles:
        screen.lines(_role(role, bots))
    for region, why in (usage.unread if usage else {}).items():
        screen.warning(f"The bots in {region} could not be read: {why}")


def _role(role: ServiceRole, bots: tuple[str, ...] | None) -> list[Line]:
    created = f", made {role.created:%Y-%m-%d}" if role.created else ""
    used = role.last_use
    last = f"last used {used.when:%Y-%m-%d}" if used else "no use recorded"
    lines = [
        Line(role.name, sign="!" if bots == () else "✓" if bots else "?"),
        Line(f"for {FOR[role.service]}{created}, {last}", indent=4, dim=True),
    ]
    if role.description:
        lines.append(Line(role.description, indent=4, dim=True))
    return [*lines, *(Line(words, indent=4) for words in _used_by(bots))]


def _used_by(bots: tuple[str, ...] | None) -> list[str]:
    if bots is None:
        return ["used by: unknown"]
    return [f"used by {arn}" for arn in bots] or ["unused: no bot in any region uses it"]


def description(
    screen: Screen,
    *,
    role: ServiceRole,
    used_by: tuple[str, ...] | None,
    policies: Sequence[RolePolicy],
) -> None:
    """One role with everything that is known of it."""
    screen.heading(role.name)
    screen.lines(_role(role, used_by)[1:])
    screen.line(role.arn, "ARN")
    screen.line(role.service, "Service")
    screen.line()
    screen.line("Lex documents that it may:")
    screen.lines(Line(action, sign="·") for action in ACTIONS[role.service])
    screen.line()
    screen.line("Trust policy:")
    screen.block(role.trust_policy.text())
    for policy in policies:
        screen.line()
        screen.line(f"Policy {policy.name}:")
        screen.block(policy.document.text() if policy.document else "it could not be read")


def deletion(screen: Screen, *, role: ServiceRole, state: Deletion) -> None:
    """How the deletion ended."""
    words = {
        "deleted": f"Deleted: {role.name}.",
        "started": f"AWS is deleting {role.name}.",
        "failed": f"AWS did not delete {role.name}: {state.reason}",
    }
    screen.line(words[state.status])
    screen.lines(Line(f"still in use: {each}", indent=2) for each in state.resources)
    if state.hint:
        screen.line(state.hint)
