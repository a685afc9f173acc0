"""The program: its commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from wizard import __version__
from wizard.cli.commands import COMMANDS
from wizard.errors import Bug, Cancelled, ExitCode, InvalidInput, WizardError, frames

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wizard.commands import Context, Outcome

# What a command needs is imported in its function: --help shall not wait for it.

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

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their use."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C is an error of ours, of which click says nothing."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Cancelled("Interrupted. Nothing was changed.", code="interrupted") from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and the options of `setup`, which may stand without it."""
        items = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            setup = self.commands["setup"]
            items += setup.shell_complete(click.Context(setup, ctx, "setup"), incomplete)
        return items


@click.group(
    cls=Program,
    help=(
        "Connect Genesys Cloud to your Amazon Lex V2 bots.\n\nCreates an IAM role that only "
        "your Genesys Cloud organization can assume, and prints its ARN. You review every "
        "change first. Without a command, runs `setup`."
    ),
    epilog=(
        "\b\nStart here:\n"
        "  genesys-lex-wizard --sandbox    Try it on a simulated AWS account.\n"
        "  genesys-lex-wizard              Answer one question and review the plan.\n\n"
        "Run a command with --help for its options and examples. README.md and docs/ in the "
        "project's folder explain the rest."
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="genesys-lex-wizard")
def program() -> None:
    """The options of the program itself."""


for command in COMMANDS:
    program.add_command(command)


def main() -> None:
    """Run the program and exit with its code; an error never shows a traceback."""
    from wizard.cli.streams import flush_all, prepare_streams

    prepare_streams()
    code = run(sys.argv[1:])
    if code in {ExitCode.CANCELLED, ExitCode.TERMINATED}:
        flush_all()
        os._exit(code)  # without waiting for a thread whose call was interrupted
    sys.exit(code)


def run(arguments: list[str], **context_options: Any) -> int:
    """Run a command line to its end and return the exit code.

    `context_options` replace parts of the command's `Context`, for tests.
    """
    from wizard.cli.shared import Started

    started = Started(context_options)
    failure: WizardError
    try:
        outcome = program.main(
            arguments, prog_name="genesys-lex-wizard", standalone_mode=False, obj=started
        )
        if outcome is None or isinstance(outcome, int):
            return outcome or 0
        with started.signals.deferred():  # it has ended: a late Ctrl-C does not unmake the result
            return deliver(outcome, arguments)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except (SystemExit, OSError) as error:
        if started.context is not None:
            failure = _bug(error, arguments)
        else:  # click could not write the help or the version
            return _not_written(error)
    except click.ClickException as error:
        failure = _usage_error(error)
    except WizardError as error:
        failure = error
    except (click.Abort, KeyboardInterrupt):
        failure = Cancelled("Interrupted. Nothing was changed.", code="interrupted")
    except Exception as error:  # noqa: BLE001 - the last resort: a bug, reported in one line
        failure = _bug(error, arguments)
    context = started.context or _unstarted(arguments)
    _error_object(context, failure, arguments)
    if isinstance(failure, Bug):
        sys.stderr.write(f"error: {failure.message} {failure.hint}\n")
    else:
        context.show(failure)
    if isinstance(failure, Cancelled) and failure.code == "interrupted":
        return int(started.signals.exit_code)
    return int(failure.exit_code)


def deliver(outcome: Outcome, arguments: list[str]) -> int:
    """Write the result to standard output; the exit code is the outcome's in any case.

    Only where the document is all there is to have, its loss is a failure.
    """
    from wizard.cli.streams import WRITE_ERRORS, silence_stdout, write_result
    from wizard.ui import objects
    from wizard.ui.screen import Screen

    sandbox = bool(outcome.result.get("sandbox"))
    try:
        if wants_json(arguments):
            write_result(objects.text(outcome.result) + "\n")
        elif outcome.draw is not None and sys.stdout is not None:
            outcome.draw(Screen(sys.stdout, sandbox=sandbox, essential=True))
            sys.stdout.flush()
        else:
            write_result(outcome.text)
    except BrokenPipeError:
        silence_stdout()  # whoever reads has read enough
    except WRITE_ERRORS as error:
        # The account's state is what counts; whoever reads standard error shall know it.
        silence_stdout()
        sys.stderr.write(f"error: The result could not be written to standard output: {error}.\n")
        if outcome.result["command"] in DOCUMENTS:
            return int(ExitCode.INVALID)
        result = outcome.text.strip() or outcome.result.get("status")
        sys.stderr.write(f"hint:  The result was: {result}\n")
    return int(outcome.exit_code)


def _not_written(error: BaseException) -> int:
    """A result that is nothing but text could not be written; click ends so without a reader."""
    from wizard.cli.streams import silence_stdout

    silence_stdout()
    if isinstance(error, SystemExit | BrokenPipeError):
        return 0
    sys.stderr.write(f"error: The text could not be written to standard output: {error}.\n")
    return int(ExitCode.INVALID)


def wants_json(arguments: list[str]) -> bool:
    """Whether the result is for a script: also known when the options can't be parsed."""
    output = os.environ.get("GENESYS_LEX_OUTPUT", "")
    for number, argument in enumerate(arguments):
        if argument == "--output":
            output = "".join(arguments[number + 1 : number + 2])
        elif argument.startswith("--output="):
            output = argument.removeprefix("--output=")
    return output == "json"


def _flag(arguments: list[str], option: str) -> bool:
    """Whether a flag is set, on a command line that may not be parsable."""
    variable = "GENESYS_LEX_" + option.removeprefix("--").replace("-", "_").upper()
    return option in arguments or os.environ.get(variable, "").lower() in ON


def _unstarted(arguments: list[str]) -> Context:
    """The context of a command line that could not be parsed."""
    from wizard.commands import Context
    from wizard.ui.screen import Screen

    context = Context(_command(arguments), Screen(sys.stderr))
    if "sandbox" in context.result:
        context.result["sandbox"] = _flag(arguments, "--sandbox")
    return context


def _command(arguments: list[str]) -> str:
    """The command that was meant, however the rest of the line was wrong."""
    first = next(iter(arguments), "setup")
    if first not in program.commands:
        return "setup"
    group = program.commands[first]
    if isinstance(group, click.Group) and set(arguments[1:2]) & set(group.commands):
        return f"{first} {arguments[1]}"
    return first


def _usage_error(error: click.ClickException) -> InvalidInput:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "genesys-lex-wizard"
    message = " ".join(error.format_message().split())
    return InvalidInput(message, f"See `{path} --help`.", code=getattr(error, "code", "usage"))


def _bug(error: BaseException, arguments: list[str]) -> Bug:
    """One line, and where the log with the traceback is."""
    import tempfile

    report = "".join(f"{line}\n" for line in frames(error))
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
        sys.stderr.write(report + "\n")
    writes = _command(arguments) in {"setup", "remove"}
    state = " `genesys-lex-wizard verify` shows the state of the role." if writes else ""
    return Bug(
        f"This is a bug in genesys-lex-wizard ({type(error).__name__}).",
        f"{where}. Report this bug.{state}",
        code="bug",
    )


def _error_object(context: Context, failure: WizardError, arguments: list[str]) -> None:
    """The one object on standard output that scripts get on failure, too."""
    if not wants_json(arguments):
        return
    from wizard.cli.streams import WRITE_ERRORS, silence_stdout, write_result
    from wizard.ui import objects

    result = {**context.result, **objects.failure(context.command, failure)}
    try:
        write_result(objects.text(result) + "\n")
    except WRITE_ERRORS:
        silence_stdout()
