"""The words beside an export: how to deploy it, what was written, what each statement is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.ui.screen import Screen


def deploy(screen: Screen, command: str, link: str | None) -> None:
    """How to deploy a CloudFormation template."""
    screen.line("To deploy it:")
    screen.command(command)
    if link:
        screen.line("To open it in the CloudFormation console, its parameters filled in:")
        screen.block(link)


def written(screen: Screen, files: Sequence[str]) -> None:
    """The files that were written."""
    for file in files:
        screen.line(file, "written", "✓")


def explanations(screen: Screen, sentences: Sequence[str]) -> None:
    """A sentence per statement of the operator's policy."""
    for sentence in sentences:
        screen.line(sentence)
