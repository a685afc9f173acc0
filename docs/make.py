"""Writes what the pages show of the program: help, variables, output, pictures.

`make docs` runs it; a test fails when a page or a picture is stale.
"""

from __future__ import annotations

import io
import os
import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from aws_server import Server, trust
from inside import variables
from lex_fake import LONG_AGO, Alias, LexFake, Locale, Role, bot, bots_test_alias, recorded
from trail import assumed, called
from wizard.aws.sandbox import simulated_account
from wizard.cli.program import program
from wizard.commands import Context, RunOptions
from wizard.commands.activity import Watch, activity
from wizard.commands.service_roles import list_roles
from wizard.commands.setup import setup
from wizard.commands.verify import BotSelection, verify
from wizard.settings import DEFAULT_ROLE_NAME, Settings
from wizard.ui.screen import Screen
from wizard.validators import GENESYS_ACCOUNT

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PICTURE, DIAGRAM = ROOT / "docs" / "setup.svg", ROOT / "docs" / "trust.svg"
ORG_ID = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
REGION = "us-east-1"
WIDTH = 92  # columns of the outputs shown
BLOCK = re.compile(r"(<!-- (help|variables|output): ([a-z -]*) -->\n).*?(<!-- end -->)", re.DOTALL)
MAKE = {"help": "_help", "variables": "_variables", "output": "_output"}


def page(text: str) -> str:
    """A page with every generated block rewritten."""

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}{globals()[MAKE[match[2]]](match[3])}{match[4]}"

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
    context.terminal_width = WIDTH
    line = " ".join(["genesys-lex-wizard", *name.split(), "--help"])
    return f"```console\n$ {line}\n{command.get_help(context)}\n```\n"


def _variables(_: str) -> str:
    """Every option that has an environment variable, and those that have none on purpose."""
    options = {
        option.opts[0]: option.envvar
        for command in program.commands.values()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden and not option.multiple
    }
    rows = [f"| `{name}` | `{variable}` |" for name, variable in options.items() if variable]
    none = ", ".join(f"`{name}`" for name, variable in options.items() if not variable)
    table = "\n".join(["| option | environment variable |", "|---|---|", *rows])
    return f"{table}\n\nWithout a variable, on purpose: {none}.\n"


def _output(name: str) -> str:
    """A command run against simulated servers, as a terminal shows it."""
    with Server().running() as aws, _lex() as lex, variables(aws.environment()):
        aws.simulator = "allowed"
        stream = io.StringIO()
        settings = Settings(ORG_ID)
        line = f"genesys-lex-wizard verify --org-id {ORG_ID}"
        if name != "dry-run":
            setup(_context("setup"), settings)
        os.environ.update(lex.lex_environment(), AWS_DEFAULT_REGION=REGION)
        match name:
            case "dry-run":
                line = f"genesys-lex-wizard setup --dry-run --org-id {ORG_ID}"
                outcome = setup(_context("setup", dry_run=True), settings)
            case "healthy" | "broken":
                if name == "broken":
                    aws.client().update_assume_role_policy(
                        RoleName=settings.role_name, PolicyDocument=trust(GENESYS_ACCOUNT)
                    )
                del lex.bots[1:]
                outcome = verify(_context("verify"), settings, BotSelection())
            case "activity":
                lex.trail += map(recorded, _came_in(aws))
                line = f"genesys-lex-wizard activity --org-id {ORG_ID} --region {REGION}"
                watch = Watch(timedelta(hours=24), regions=(REGION,))
                outcome = activity(_context("activity"), settings, watch)
                outcome = replace(outcome, draw=_without_times(outcome.draw))
            case "bots":
                outcome = verify(_context("verify"), settings, BotSelection())
            case _:
                os.environ.update(lex.environment())
                line = "genesys-lex-wizard service-roles list"
                outcome = list_roles(_context("service-roles list"))
        console = Console(file=stream, width=WIDTH, color_system=None, force_terminal=True)
        if outcome.draw is not None:
            outcome.draw(Screen(stream, console=console))
    text = "\n".join(row.rstrip() for row in stream.getvalue().strip().splitlines())
    return f"```console\n$ {line}\n{text}\n```\n"


def _without_times(draw: Any) -> Any:
    """The report with one moment for every record, so that the page stays as it is."""
    words = draw.keywords
    moment = datetime(2026, 11, 27, 10, 15, 4, tzinfo=timezone.utc)
    verdict = words["verdict"]
    uses = tuple(replace(use, time=moment) for use in verdict.uses)
    # What is simulated is not AWS, and says so; a real run has no such warning.
    heading = re.sub(r"since .*", "since 2026-11-26 10:20 UTC", words["heading"])
    said = {"heading": heading, "warnings": words["warnings"][-1:]}
    return partial(draw, verdict=replace(verdict, uses=uses), **said)


def _came_in(aws: Server) -> list[dict[str, Any]]:
    """Genesys came in, and was denied one call."""
    said = "lex:DescribeBotLocale on resource: arn:aws:lex:us-east-1:123456789012:bot/A1B2C3D4E5"
    why = "because no identity-based policy allows the lex:DescribeBotLocale action"
    error = {
        "errorCode": "AccessDenied",
        "errorMessage": f"not authorized to perform: {said} {why}",
    }
    return [
        assumed(aws),
        called(aws, "ListBots", requestParameters={}),
        called(aws),
        called(aws, "DescribeBotLocale", **error),
    ]


def _context(command: str, **options: Any) -> Context:
    return Context(command, Screen(io.StringIO()), RunOptions(**options))


def _lex() -> LexFake:
    """An account with a bot that is ready, and three that are not."""
    own, test = Alias("ALIAS00001", "prod"), bots_test_alias()
    failed = {"1": {"en_US": Locale("Failed", failures=("The slot type City has no values.",))}}
    off = Alias("ALIAS00001", "prod", locales={"en_US": False})
    return LexFake(
        [
            bot("A1B2C3D4E5", "OrderFlowers", region=REGION),
            bot("B1B2C3D4E5", "Invoices", region=REGION, aliases=[test]),
            bot("C1B2C3D4E5", "Hotline", region=REGION, aliases=[test, own], versions=failed),
            bot("D1B2C3D4E5", "Parking", region=REGION, aliases=[test, off]),
        ],
        roles=[
            Role("AWSServiceRoleForLexV2Bots_A1B2C3", last_used=LONG_AGO),
            Role("AWSServiceRoleForLexV2Bots_Z9Y8X7"),
            Role("AWSServiceRoleForLexV2Channels_M5N6O7", "channels.lexv2.amazonaws.com"),
        ],
    )


def picture() -> str:
    """A setup in a simulated account, as a terminal shows it."""
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        width=84,
        record=True,
        highlight=False,
        legacy_windows=False,
    )
    screen = Screen(io.StringIO(), console=console)
    with simulated_account():
        setup(Context("setup", screen), Settings(ORG_ID))
    svg = console.export_svg(title=f"genesys-lex-wizard --org-id {ORG_ID}", unique_id="run")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


BOX = '<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" class="box"/>'
TEXT = '<text x="{x}" y="{y}" class="{style}">{text}</text>'
ARROW = '<path d="M{x1} {y1} L{x2} {y2}" class="arrow {style}" marker-end="url(#tip)"/>'
STYLE = """
text { font: 14px sans-serif; fill: #1f2328; }
.title { font-weight: bold; } .small { font-size: 12px; }
.box { fill: #f6f8fa; stroke: #59636e; } .arrow { stroke: #59636e; stroke-width: 1.5; fill: none; }
.denied { stroke: #cf222e; stroke-dasharray: 5 4; } #tip path { fill: #59636e; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .box { fill: #151b23; stroke: #9198a1; } .arrow { stroke: #9198a1; }
  .denied { stroke: #f85149; } #tip path { fill: #9198a1; }
}"""


def diagram() -> str:
    """Who is trusted with what: Genesys's account, the role, the bots; light and dark."""
    parts = [
        BOX.format(x=10, y=20, w=250, h=78),
        TEXT.format(x=24, y=46, style="title", text="Genesys Cloud"),
        TEXT.format(x=24, y=66, style="small", text=f"AWS account {GENESYS_ACCOUNT}"),
        TEXT.format(x=24, y=84, style="small", text="acting for your organization"),
        BOX.format(x=10, y=136, w=250, h=60),
        TEXT.format(x=24, y=162, style="title", text="Other Genesys customers"),
        TEXT.format(x=24, y=182, style="small", text="their organization ID is another one"),
        BOX.format(x=440, y=20, w=250, h=78),
        TEXT.format(x=454, y=46, style="title", text=DEFAULT_ROLE_NAME),
        TEXT.format(x=454, y=66, style="small", text="IAM role in your AWS account,"),
        TEXT.format(x=454, y=84, style="small", text="for this one organization ID"),
        BOX.format(x=440, y=136, w=250, h=60),
        TEXT.format(x=454, y=162, style="title", text="Your Lex V2 bots"),
        TEXT.format(x=454, y=182, style="small", text="view and run; never change"),
        ARROW.format(x1=260, y1=52, x2=432, y2=52, style=""),
        TEXT.format(x=276, y=42, style="small", text="external ID = your ID"),
        ARROW.format(x1=260, y1=160, x2=432, y2=90, style="denied"),
        TEXT.format(x=306, y=156, style="small", text="denied"),
        ARROW.format(x1=565, y1=98, x2=565, y2=128, style=""),
        TEXT.format(x=576, y=120, style="small", text="its policies"),
    ]
    tip = '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
    tip += 'orient="auto"><path d="M0 0 L10 5 L0 10 z"/></marker>'
    body = "\n".join(parts)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 210" role="img" '
        'aria-label="Genesys Cloud assumes one role, which may view and run your Lex V2 bots">\n'
        f"<style>{STYLE}</style><defs>{tip}</defs>\n{body}\n</svg>\n"
    )


def main() -> None:
    """Write the pages and both pictures."""
    for path in PAGES:
        path.write_text(page(path.read_text("utf-8")), "utf-8")
    PICTURE.write_text(picture(), "utf-8")
    DIAGRAM.write_text(diagram(), "utf-8")


if __name__ == "__main__":
    main()
