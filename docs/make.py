"""Writes what the README shows of the program: help texts, option tables, a picture of a run.

`make docs` runs it; a test fails when the README or the picture is stale.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from wizard.cli import commands
from wizard.cli.program import program
from wizard.commands.run import How, Stage
from wizard.commands.setup import setup
from wizard.report.screen import Screen
from wizard.sandbox import simulated_account
from wizard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "set-up.svg"
ORG_ID = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
BLOCK = re.compile(r"(<!-- (help|options): ([a-z -]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def readme(text: str) -> str:
    """The README with every generated block made anew."""
    commands.add_to(program)

    def block(match: re.Match[str]) -> str:
        made = _help(match[3]) if match[2] == "help" else _options(match[3])
        return f"{match[1]}{made}{match[4]}"

    return BLOCK.sub(block, text)


def _command(name: str) -> tuple[click.Context, Any]:
    context = click.Context(program, None, "genesys-lex-wizard", **program.context_settings)
    command: Any = program
    for word in name.split():
        command = command.commands[word]
        context = click.Context(command, context, word)
    return context, command


def _help(name: str) -> str:
    context, command = _command(name)
    context.terminal_width = 88
    line = " ".join(["genesys-lex-wizard", *name.split(), "--help"])
    return f"```console\n$ {line}\n{command.get_help(context)}\n```\n"


def _options(name: str) -> str:
    _, command = _command(name)
    return "\n".join(["| option | variable | meaning |", "|---|---|---|", *_rows(command), ""])


def _rows(command: Any) -> Iterator[str]:
    for option in command.params:
        if not isinstance(option, click.Option) or option.hidden:
            continue
        names = ", ".join([*option.opts, *option.secondary_opts])
        metavar = option.make_metavar(click.Context(command)).replace("|", "\\|")
        value = "" if option.is_flag else f" {metavar}"
        variable = f"`{option.envvar}`" if option.envvar else ""
        meaning = (option.help or "").replace("|", "\\|").replace("  [default", " [default")
        yield f"| `{names}{value}` | {variable} | {meaning} |"


def picture() -> str:
    """A set-up in the sandbox, as a terminal shows it."""
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        width=84,
        record=True,
        highlight=False,
        legacy_windows=False,
    )
    stage = Stage(Screen(io.StringIO(), sandbox=True, console=console))
    with simulated_account():
        setup(
            Settings(ORG_ID), frozenset(), How(sandbox=True), stage, make_desk=lambda _: _nobody()
        )
    svg = console.export_svg(title="genesys-lex-wizard --sandbox", unique_id="run")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def _nobody() -> Any:
    raise AssertionError("a run that asks nothing needs no desk")


def main() -> None:
    """Write both."""
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
    PICTURE.write_text(picture(), "utf-8")


if __name__ == "__main__":
    main()
