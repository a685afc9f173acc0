"""The screens of `remove`: what will go, what stays, when the role was last used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.ui import words
from wizard.ui.screen import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.core.plan import Plan
    from wizard.core.removal import Kept
    from wizard.core.state import State
    from wizard.ui.screen import Screen


def plan(screen: Screen, *, changes: Plan, before: State, kept: Sequence[Kept]) -> None:
    """Everything that will go, and what stays with the reason."""
    screen.heading("Plan: everything below goes")
    screen.lines(words.plan_lines(changes, before))
    screen.lines(
        Line(f"{words.name_of(each.target)} stays: {each.reason}", "keep") for each in kept
    )
    if before.role is None:
        return
    use = before.role.last_use
    screen.line()
    if use is None:
        screen.line("No use of the role is recorded in the last 400 days (AWS lags by hours).")
    else:
        where = f" in {use.region}" if use.region else ""
        screen.line(f"The role was last used on {use.when:%Y-%m-%d %H:%M} UTC{where}.", sign="!")
    screen.line(
        "Genesys Cloud loses its access to the Lex V2 bots at once, and a role that is "
        "made anew has to be trusted anew."
    )


def removed(role_name: str) -> str:
    """The last word."""
    return f"Removed: {role_name} and what belonged to it."


def say(text: str) -> Callable[[Screen], None]:
    """A line on standard output."""
    return lambda screen: screen.line(text)
