"""The program: its commands, and how each of its ends reaches the shell."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

from wizard import __version__
from wizard.errors import ExitCode, WizardError

if TYPE_CHECKING:
    from wizard.commands.run import Outcome

NO_COMMAND = {"-h", "--help", "--version"}


class Program(click.Group):
    """A group whose options without a command belong to `setup`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `setup` in front of options that stand alone."""
        if not args or (args[0].startswith("-") and args[0] not in NO_COMMAND):
            args = ["setup", *args]
        return super().parse_args(ctx, args)


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
    from wizard.cli import commands
    from wizard.cli.shared import SIGNALS

    commands.add_to(program)
    arguments = sys.argv[1:]
    try:
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
    except BrokenPipeError:
        code = _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last resort: a bug, told in one line
        code = _bug(error, arguments)
    _leave(code)


def deliver(outcome: Outcome | int, arguments: list[str]) -> int:
    """Write the result to standard output; the exit code is the outcome's in any case."""
    if isinstance(outcome, int):
        return outcome
    from wizard.report import objects
    from wizard.report.screen import Screen

    sandbox = bool(outcome.result.get("sandbox"))
    try:
        if wants_json(arguments):
            sys.stdout.write(objects.text(outcome.result) + "\n")
        elif outcome.draw is not None:
            outcome.draw(Screen(sys.stdout, sandbox=sandbox, essential=True))
        else:
            sys.stdout.write(outcome.text)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError) as error:
        # The account's state is what counts; whoever reads standard error shall know it.
        why = "it is closed" if sys.stdout is None else str(error)
        _silence_stdout()
        _say(f"error: The result could not be written to standard output: {why}.")
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


def _unusable(error: click.ClickException, arguments: list[str]) -> int:
    from wizard.errors import Unusable

    message = error.format_message()
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "genesys-lex-wizard"
    hint = f"See `{path} --help`."
    _error_object(arguments, Unusable(message, hint, code="usage"))
    _say_error(message, hint)
    return int(ExitCode.UNUSABLE)


def _interrupted(arguments: list[str]) -> int:
    from wizard.cli.shared import SIGNALS
    from wizard.errors import Cancelled

    message = "Stopped; nothing was changed."
    _error_object(arguments, Cancelled(message, code="interrupted"))
    _say_error(message, "")
    return int(SIGNALS.exit_code)


def _nobody_reads() -> int:
    _silence_stdout()
    return int(ExitCode.AWS)


def _bug(error: Exception, arguments: list[str]) -> int:
    """One line, and where the log with the traceback is."""
    import tempfile
    import traceback

    report = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="genesys-lex-wizard-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(report)
        where = f"The traceback is in {log.name}"
    except OSError:
        where = "The log could not be written; --debug shows the traceback"
    if "--debug" in arguments:
        _say(report)
    message = f"This is a bug in genesys-lex-wizard ({type(error).__name__})."
    hint = f"{where}; please report it. `genesys-lex-wizard verify` shows the state of the role."
    from wizard.errors import Unusable

    result = Unusable(message, hint, code="bug")
    _error_object(arguments, result, status="bug")
    _say(f"error: {message} {hint}")
    return int(ExitCode.BUG)


def _error_object(arguments: list[str], error: Any, status: str = "") -> None:
    """The one object on standard output that scripts get on failure, too."""
    if not wants_json(arguments):
        return
    from wizard.report import objects

    command = _command(arguments)
    result = {
        "command": command,
        **objects.EMPTY.get(command, {}),
        "status": status or error.status,
        "error": objects.error(error),
    }
    try:
        sys.stdout.write(objects.text(result) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        _silence_stdout()


def _command(arguments: list[str]) -> str:
    """The command that was meant, however the rest of the line was wrong."""
    first = next(iter(arguments), "setup")
    if first == "service-roles":
        return " ".join(arguments[:2])
    return first if first in program.commands else "setup"


def _say_error(message: str, hint: str) -> None:
    from wizard.values import visible

    _say(f"error: {visible(' '.join(message.split()))}")
    if hint:
        _say(f"hint:  {hint}")


def _say(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return  # nobody is left to be told


def _silence_stdout() -> None:
    """Keep Python from failing once more when it flushes standard output at the end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError:
        return


def _leave(code: int) -> None:
    """Exit, without waiting for a thread whose call was interrupted."""
    if code in {ExitCode.CANCELLED, ExitCode.TERMINATED}:
        _flush(sys.stdout)
        _flush(sys.stderr)
        os._exit(code)
    sys.exit(code)


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except (OSError, ValueError, AttributeError):
        return  # nobody reads it
