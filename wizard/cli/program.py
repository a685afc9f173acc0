"""The program: its commands, and how each of its ends reaches the shell."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from wizard import __version__
from wizard.errors import ExitCode, WizardError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wizard.commands.context import Outcome

NO_COMMAND = {"-h", "--help", "--version"}
DOCUMENTS = {"export", "permissions"}  # commands whose result is nothing but a document
ON = {"1", "true", "t", "yes", "y", "on"}  # as click reads a flag's variable


class Program(click.Group):
    """A group whose options without a command belong to `setup`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `setup` in front of options that stand alone."""
        nothing = not args and not ctx.resilient_parsing  # a shell completes the first word
        if nothing or (args and args[0].startswith("-") and args[0] not in NO_COMMAND):
            args = ["setup", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and the options of `setup`, which may stand without it."""
        items = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            setup = self.commands["setup"]
            items += setup.shell_complete(click.Context(setup, ctx, "setup"), incomplete)
        return items


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="genesys-lex-wizard")
def program() -> None:
    """Connect Genesys Cloud with Amazon Lex V2, from the AWS side.

    Without a command it does `setup`: it asks for the Genesys Cloud organization ID, shows
    a plan, makes an IAM role that only this organization can use, and prints its ARN.
    """


def main() -> None:
    """Run the program and exit with its code; an error never shows a traceback."""
    from wizard.cli.shared import SIGNALS
    from wizard.cli.streams import prepare_streams

    prepare_streams()
    arguments = sys.argv[1:]
    try:
        from wizard.cli import commands

        commands.add_to(program)
        outcome = program.main(arguments, prog_name="genesys-lex-wizard", standalone_mode=False)
        code = 0
        if outcome is not None:
            with SIGNALS.deferred():  # it has ended: a late Ctrl-C does not unmake the result
                code = deliver(outcome, arguments)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        code = _unusable(error, arguments)
    except WizardError as error:
        _error_object(arguments, error)
        _say_error(error.message, error.hint)
        code = int(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = _interrupted(arguments)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug, told in one line
        code = _bug(error, arguments)
    _leave(code)


def deliver(outcome: Outcome | int, arguments: list[str]) -> int:
    """Write the result to standard output; the exit code is the outcome's in any case.

    Only where the document is all there is to have, its loss is a failure.
    """
    if isinstance(outcome, int):
        return outcome
    from wizard.cli.streams import WRITE_ERRORS, silence_stdout, write_result
    from wizard.ui import objects
    from wizard.ui.screen import Screen

    command, sandbox = outcome.result.get("command"), bool(outcome.result.get("sandbox"))
    try:
        if wants_json(arguments):
            write_result(objects.text(outcome.result) + "\n")
        elif outcome.draw is not None and sys.stdout is not None:
            outcome.draw(Screen(sys.stdout, sandbox=sandbox, essential=True))
            sys.stdout.flush()
        else:
            write_result(outcome.text)
    except WRITE_ERRORS as error:
        # The account's state is what counts; whoever reads standard error shall know it.
        silence_stdout()
        _say(f"error: The result could not be written to standard output: {error}.")
        if command in DOCUMENTS:
            return int(ExitCode.UNUSABLE)
        _say(f"hint:  The result was: {outcome.text.strip() or outcome.result.get('status')}")
    return int(outcome.exit_code)


def wants_json(arguments: list[str]) -> bool:
    """Whether the result is for a script: also known when the options can't be parsed."""
    wanted = os.environ.get("GENESYS_LEX_OUTPUT", "")
    for number, this in enumerate(arguments):
        if this == "--output":
            wanted = "".join(arguments[number + 1 : number + 2])
        elif this.startswith("--output="):
            wanted = this.removeprefix("--output=")
    return wanted == "json"


def _flag(arguments: list[str], option: str) -> bool:
    """Whether a flag is set, on a command line that may not be parsable."""
    variable = "GENESYS_LEX_" + option.removeprefix("--").replace("-", "_").upper()
    return option in arguments or os.environ.get(variable, "").lower() in ON


def _unusable(error: click.ClickException, arguments: list[str]) -> int:
    from wizard.errors import InvalidInput

    context = getattr(error, "ctx", None)
    message = error.format_message()
    path = context.command_path if context else "genesys-lex-wizard"
    hint = f"See `{path} --help`."
    code = getattr(error, "code", "usage")
    _error_object(arguments, InvalidInput(message, hint, code=code))
    _say_error(message, hint)
    return int(ExitCode.UNUSABLE)


def _interrupted(arguments: list[str]) -> int:
    from wizard.cli.shared import SIGNALS
    from wizard.errors import Cancelled

    message = "Stopped; nothing was changed."
    _error_object(arguments, Cancelled(message, code="interrupted"))
    _say_error(message, "")
    return int(SIGNALS.exit_code)


def _bug(error: Exception, arguments: list[str]) -> int:
    """One line, and where the log with the traceback is."""
    import tempfile
    import traceback

    report = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="genesys-lex-wizard-",
            suffix=".log",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as log:
            log.write(report)
        where = f"The traceback is in {log.name}"
    except OSError:
        where = "The log could not be written; --debug shows the traceback"
    if _flag(arguments, "--debug"):
        _say(report)
    message = f"This is a bug in genesys-lex-wizard ({type(error).__name__})."
    hint = f"{where}; please report it. `genesys-lex-wizard verify` shows the state of the role."
    from wizard.errors import InvalidInput

    result = InvalidInput(message, hint, code="bug")
    _error_object(arguments, result, status="bug")
    _say(f"error: {message} {hint}")
    return int(ExitCode.BUG)


def _error_object(arguments: list[str], error: Any, status: str = "") -> None:
    """The one object on standard output that scripts get on failure, too."""
    if not wants_json(arguments):
        return
    from wizard.cli.streams import WRITE_ERRORS, silence_stdout, write_result
    from wizard.ui import objects

    command = _command(arguments)
    result = {
        "command": command,
        **objects.EMPTY.get(command, {}),
        "status": status or error.status,
        "error": objects.error(error),
    }
    if "sandbox" in result:
        result["sandbox"] = _flag(arguments, "--sandbox")
    try:
        write_result(objects.text(result) + "\n")
    except WRITE_ERRORS:
        silence_stdout()


def _command(arguments: list[str]) -> str:
    """The command that was meant, however the rest of the line was wrong."""
    first = next(iter(arguments), "setup")
    if first not in program.commands:
        return "setup"
    group = program.commands[first]
    if isinstance(group, click.Group) and set(arguments[1:2]) & set(group.commands):
        return f"{first} {arguments[1]}"
    return first


def _say_error(message: str, hint: str) -> None:
    from wizard.validators import visible

    _say(f"error: {visible(' '.join(message.split()))}")
    if hint:
        _say(f"hint:  {hint}")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _leave(code: int) -> None:
    """Exit, without waiting for a thread whose call was interrupted."""
    from wizard.cli.streams import flush_all

    if code in {ExitCode.CANCELLED, ExitCode.TERMINATED}:
        flush_all()
        os._exit(code)
    sys.exit(code)
