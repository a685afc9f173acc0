"""The ways to ask one thing: with questionary on a terminal, or in plain numbered lines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol, TextIO, TypeVar

from wizard.errors import Cancelled
from wizard.validators import Invalid, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Choice = tuple[T, str]


class Prompts(Protocol):
    """How to ask. Every method raises Cancelled at the end of input, and KeyboardInterrupt."""

    def text(self, message: str, default: str = "") -> str:
        """A line of text; Enter takes the default."""

    def yes(self, message: str, *, default: bool) -> bool:
        """Yes or no; Enter takes the default."""

    def choose(self, message: str, choices: Sequence[Choice[T]]) -> T:
        """One of the choices; Enter takes the first."""

    def choose_many(self, message: str, choices: Sequence[Choice[T]]) -> list[T]:
        """Any of the choices, none of them chosen at first."""

    def forget_early_keys(self) -> None:
        """Drop what was typed before the question could be seen."""


def ask(
    prompts: Prompts,
    message: str,
    validator: Callable[[str], T],
    explain: Callable[[str], None],
    default: str = "",
) -> T:
    """Ask until the answer passes the validator; `explain` shows what was wrong with it."""
    while True:
        answer = prompts.text(message, default)
        try:
            return validator(answer)
        except Invalid as error:
            explain(f"{error}.")
            default = answer if answer.isprintable() else default


class PlainPrompts:
    """Numbered plain lines without any control sequence, for dumb terminals and screen readers."""

    def __init__(self, read: TextIO, write: TextIO) -> None:
        self._read = read
        self._write = write

    def text(self, message: str, default: str = "") -> str:
        """See Prompts."""
        return self._line(f"{message}{f' [{default}]' if default else ''}: ") or default

    def yes(self, message: str, *, default: bool) -> bool:
        """See Prompts."""
        while True:
            answer = self._line(f"{message} [{'Y/n' if default else 'y/N'}]: ").strip().lower()
            if answer in {"", "y", "yes", "n", "no"}:
                return default if not answer else answer[0] == "y"
            self._say("Please answer y or n.")

    def choose(self, message: str, choices: Sequence[Choice[T]]) -> T:
        """See Prompts."""
        self._list(message, choices)
        while True:
            answer = self._line("Number [1]: ").strip() or "1"
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
                return choices[int(answer) - 1][0]
            self._say(f"Please type a number from 1 to {len(choices)}.")

    def choose_many(self, message: str, choices: Sequence[Choice[T]]) -> list[T]:
        """See Prompts."""
        self._list(message, choices)
        while True:
            words = self._line("Numbers, separated by spaces [none]: ").replace(",", " ").split()
            if all(w.isascii() and w.isdigit() and 1 <= int(w) <= len(choices) for w in words):
                return [choices[int(word) - 1][0] for word in dict.fromkeys(words)]
            self._say(f"Please type numbers from 1 to {len(choices)}.")

    def forget_early_keys(self) -> None:
        """See Prompts."""
        _flush(self._read)

    def _list(self, message: str, choices: Sequence[Choice[Any]]) -> None:
        self._say(message)
        for number, (_, label) in enumerate(choices, 1):
            self._say(f"  {number}. {visible(label)}")

    def _say(self, text: str) -> None:
        self._write.write(text + "\n")

    def _line(self, text: str) -> str:
        self._write.write(text)
        self._write.flush()
        try:
            line = self._read.readline()
        except KeyboardInterrupt:
            self._write.write("\n")  # what is said next begins on a line of its own
            raise
        if not line:
            self._write.write("\n")
            raise _end_of_input()
        return line.rstrip("\r\n")


class FancyPrompts:
    """questionary on standard error, so that standard output stays the result's alone."""

    def __init__(self, write: TextIO, read: Any = None, output: Any = None) -> None:
        """`read` and `output` are prompt_toolkit's, for tests."""
        self._write = write
        self._input = read
        self._output = output

    def text(self, message: str, default: str = "") -> str:
        """See Prompts."""
        import questionary

        return str(self._ask(questionary.text, message, default=default))

    def yes(self, message: str, *, default: bool) -> bool:
        """See Prompts."""
        import questionary

        # Without auto_enter "y" and Enter are one answer, not two.
        return bool(self._ask(questionary.confirm, message, default=default, auto_enter=False))

    def choose(self, message: str, choices: Sequence[Choice[T]]) -> T:
        """See Prompts."""
        import questionary

        number: int = self._ask(
            questionary.select,
            message,
            choices=self._choices(choices),
            instruction="(arrow keys, Enter)",
        )
        return choices[number][0]

    def choose_many(self, message: str, choices: Sequence[Choice[T]]) -> list[T]:
        """See Prompts."""
        import questionary

        numbers: list[int] = self._ask(
            questionary.checkbox,
            message,
            choices=self._choices(choices),
            instruction="(space marks, Enter ends)",
        )
        return [choices[number][0] for number in numbers]

    def forget_early_keys(self) -> None:
        """See Prompts."""
        from prompt_toolkit.input.typeahead import clear_typeahead

        if self._input is None:
            clear_typeahead(self._streams()["input"])
            _flush(sys.stdin)

    def _choices(self, choices: Sequence[Choice[Any]]) -> list[Any]:
        import questionary

        return [
            questionary.Choice(visible(label), value=number)
            for number, (_, label) in enumerate(choices)
        ]

    def _ask(self, kind: Callable[..., Any], message: str, **options: Any) -> Any:
        import questionary

        style = questionary.Style(
            [
                ("qmark", "fg:ansicyan"),
                ("question", "bold"),
                ("answer", "fg:ansicyan"),
                ("pointer", "fg:ansicyan bold"),
                ("highlighted", "fg:ansicyan bold"),
                ("selected", "noreverse"),
                ("instruction", ""),
            ]
        )
        try:
            # Never ask(): it swallows Ctrl-C and answers None.
            return kind(message, style=style, **self._streams(), **options).unsafe_ask()
        except EOFError:
            raise _end_of_input() from None

    def _streams(self) -> dict[str, Any]:
        if self._output is None:
            from prompt_toolkit.data_structures import Size
            from prompt_toolkit.input import create_input
            from prompt_toolkit.output.color_depth import ColorDepth
            from prompt_toolkit.output.vt100 import Vt100_Output

            def size() -> Size:
                try:
                    columns, rows = os.get_terminal_size(self._write.fileno())
                except OSError:  # the terminal was closed: the end of input ends the prompt
                    columns, rows = 0, 0
                return Size(rows=rows or 24, columns=columns or 80)

            # No cursor position requests: a terminal that does not answer them gets a warning.
            term = os.environ.get("TERM")
            self._output = Vt100_Output(
                self._write,
                size,
                term=term,
                default_color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
                enable_cpr=False,
            )
            self._input_made = create_input(sys.stdin)
        return {"input": self._input or self._input_made, "output": self._output}


def _flush(stream: TextIO) -> None:
    """Drop what the terminal has buffered."""
    import termios

    try:
        termios.tcflush(stream.fileno(), termios.TCIFLUSH)
    except (OSError, ValueError, termios.error):
        return  # not a terminal: a test's pipe


def _end_of_input() -> Cancelled:
    return Cancelled(
        "The input ended before the questions did; nothing was changed.",
        "Run it again, or give the answers as options with --non-interactive.",
        code="end-of-input",
    )
