"""Writes what the README shows of the program: help texts, option tables, a picture of a run.

`make docs` runs it; a test fails when the README or the picture is stale.
"""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from aws_server import Server, trust
from inside import variables
from lex_fake import LONG_AGO, REGION, Alias, LexFake, Locale, Role, bot, bots_test_alias
from wizard.aws.sandbox import simulated_account
from wizard.cli import commands
from wizard.cli.program import program
from wizard.commands import Context, RunOptions
from wizard.commands.service_roles import list_roles
from wizard.commands.setup import setup
from wizard.commands.verify import BotSelection, verify
from wizard.settings import Settings
from wizard.ui.screen import Screen
from wizard.validators import GENESYS_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "set-up.svg"
ORG_ID = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
BLOCK = re.compile(r"(<!-- (help|options|output): ([a-z -]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def readme(text: str) -> str:
    """The README with every generated block made anew."""
    commands.add_to(program)

    def block(match: re.Match[str]) -> str:
        make = {"help": _help, "options": _options, "output": _output}[match[2]]
        return f"{match[1]}{make(match[3])}{match[4]}"

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


def _output(name: str) -> str:
    """A command run against simulated servers, as a terminal of 92 columns shows it."""
    with Server().running() as aws, _lex() as lex, variables(aws.environment()):
        stream = io.StringIO()
        settings = Settings(ORG_ID)
        setup(_context("setup"), settings)
        match name:
            case "verify":
                aws.client().update_assume_role_policy(
                    RoleName=settings.role_name, PolicyDocument=trust(GENESYS_ACCOUNT)
                )
                os.environ.update(lex.lex_environment(), AWS_DEFAULT_REGION=REGION)
                lex.bots.clear()
                line = f"genesys-lex-wizard verify --org-id {ORG_ID}"
                outcome = verify(_context("verify"), settings, BotSelection())
            case "bots":
                os.environ.update(lex.lex_environment())
                line = f"genesys-lex-wizard verify --org-id {ORG_ID} --region {REGION}"
                selection = BotSelection(regions=(REGION,))
                outcome = verify(_context("verify"), settings, selection)
            case _:
                os.environ.update(lex.environment())
                line = "genesys-lex-wizard service-roles list"
                outcome = list_roles(_context("service-roles list"))
        console = Console(file=stream, width=92, color_system=None, force_terminal=True)
        if outcome.draw is not None:
            outcome.draw(Screen(stream, console=console))
    text = stream.getvalue().strip()
    if name == "bots":  # the checks of the role stand in the README already
        text = "…\n\n" + text[text.index("Bots in") :]
    return f"```console\n$ {line}\n{text}\n```\n"


def _context(command: str) -> Context:
    return Context(command, Screen(io.StringIO()))


def _lex() -> LexFake:
    """An account with a bot that is ready, and three that are not."""
    own, test = Alias("ALIAS00001", "prod"), bots_test_alias()
    failed = {"1": {"en_US": Locale("Failed", failures=("The slot type City has no values.",))}}
    off = Alias("ALIAS00001", "prod", locales={"en_US": False})
    return LexFake(
        [
            bot("A1B2C3D4E5", "OrderFlowers"),
            bot("B1B2C3D4E5", "Invoices", aliases=[test]),
            bot("C1B2C3D4E5", "Hotline", aliases=[test, own], versions=failed),
            bot("D1B2C3D4E5", "Parking", aliases=[test, off]),
        ],
        roles=[
            Role("AWSServiceRoleForLexV2Bots_A1B2C3", last_used=LONG_AGO),
            Role("AWSServiceRoleForLexV2Bots_Z9Y8X7"),
            Role("AWSServiceRoleForLexV2Channels_M5N6O7", "channels.lexv2.amazonaws.com"),
        ],
    )


def picture() -> str:
    """A setup in the sandbox, as a terminal shows it."""
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        width=84,
        record=True,
        highlight=False,
        legacy_windows=False,
    )
    screen = Screen(io.StringIO(), sandbox=True, console=console)
    with simulated_account():
        setup(Context("setup", screen, RunOptions(sandbox=True)), Settings(ORG_ID))
    svg = console.export_svg(title="genesys-lex-wizard --sandbox", unique_id="run")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def main() -> None:
    """Write both."""
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
    PICTURE.write_text(picture(), "utf-8")


if __name__ == "__main__":
    main()
