"""How one thing is asked: with questionary at a terminal, or in plain numbered lines."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from wizard.errors import Cancelled
from wizard.system import forget_typed_keys
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Choice = tuple[T, str]  # what it stands for, and its label

STYLE = {
    "qmark": "fg:ansicyan",
    "question": "bold",
    "answer": "fg:ansicyan",
    "pointer": "fg:ansicyan bold",
    "highlighted": "fg:ansicyan bold",
    "selected": "noreverse",
    "instruction": "",
}


@dataclass(frozen=True)
class Prompts:
    """Asks on `write`, so that standard output stays the result's alone, and reads from `read`.

    `plain` lines have no control sequence: for dumb terminals and screen readers. Every
    method raises Cancelled at the end of input, and KeyboardInterrupt.
    """

    read: TextIO
    write: TextIO
    plain: bool

    def text(self, message: str, default: str = "") -> str:
        """A line of text; Enter takes the default."""
        if self.plain:
            return self._line(f"{message}{f' [{default}]' if default else ''}: ") or default
        return str(self._ask("text", message, default=default))

    def yes(self, message: str, *, default: bool) -> bool:
        """Yes or no; Enter takes the default."""
        if self.plain:
            answers = {"": default, "y": True, "yes": True, "n": False, "no": False}
            return self._line_until(
                lambda line: answers.get(line.strip().lower()),
                f"{message} [{'Y/n' if default else 'y/N'}]: ",
                "Answer y or n.",
            )
        # Without auto_enter "y" and Enter are one answer, not two.
        return bool(self._ask("confirm", message, default=default, auto_enter=False))

    def choose(self, message: str, choices: Sequence[Choice[T]]) -> T:
        """One of the choices; Enter takes the first."""
        if self.plain:
            self._list(message, choices)
            numbers = self._line_until(
                lambda line: _numbers([line.strip() or "1"], len(choices)),
                "Number [1]: ",
                f"Enter a number from 1 to {len(choices)}.",
            )
            return choices[numbers[0]][0]
        number: int = self._select("select", message, choices, "(use arrow keys)")
        return choices[number][0]

    def choose_many(self, message: str, choices: Sequence[Choice[T]]) -> list[T]:
        """Any of the choices, none of them chosen at first."""
        if self.plain:
            self._list(message, choices)
            numbers = self._line_until(
                lambda line: _numbers(line.replace(",", " ").split(), len(choices)),
                "Numbers, separated by spaces [none]: ",
                f"Enter numbers from 1 to {len(choices)}.",
            )
        else:
            numbers = self._select(
                "checkbox", message, choices, ("(space to select, Enter to finish)")
            )
        return [choices[number][0] for number in numbers]

    def forget_early_keys(self) -> None:
        """Drop what was typed before the question could be seen."""
        if not self.plain:
            from prompt_toolkit.input.typeahead import clear_typeahead

            clear_typeahead(self._terminal["input"])
        forget_typed_keys(self.read)

    def _list(self, message: str, choices: Sequence[Choice[Any]]) -> None:
        rows = (f"  {number}. {visible(label)}\n" for number, (_, label) in enumerate(choices, 1))
        self.write.write("".join((f"{message}\n", *rows)))

    def _line_until(self, read: Callable[[str], T | None], prompt: str, help_: str) -> T:
        """The first line that can be read; after any other one, what would be right."""
        while (answer := read(self._line(prompt))) is None:
            self.write.write(f"{help_}\n")
        return answer

    def _line(self, prompt: str) -> str:
        self.write.write(prompt)
        self.write.flush()
        try:
            line = self.read.readline()
        except KeyboardInterrupt:
            self.write.write("\n")  # what is said next begins on a line of its own
            raise
        if not line:
            self.write.write("\n")
            raise _end_of_input()
        return line.rstrip("\r\n")

    def _select(
        self, kind: str, message: str, choices: Sequence[Choice[Any]], instruction: str
    ) -> Any:
        import questionary

        rows = [
            questionary.Choice(visible(label), value=number)
            for number, (_, label) in enumerate(choices)
        ]
        return self._ask(kind, message, choices=rows, instruction=instruction)

    def _ask(self, kind: str, message: str, **options: Any) -> Any:
        import questionary

        question = getattr(questionary, kind)
        style = questionary.Style(list(STYLE.items()))
        try:
            # Never ask(): it swallows Ctrl-C and answers None.
            return question(message, style=style, **self._terminal, **options).unsafe_ask()
        except EOFError:
            raise _end_of_input() from None

    @cached_property
    def _terminal(self) -> dict[str, Any]:
        """prompt_toolkit's input and output."""
        from prompt_toolkit.input import create_input
        from prompt_toolkit.output.color_depth import ColorDepth
        from prompt_toolkit.output.vt100 import Vt100_Output

        depth = ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None
        output = Vt100_Output.from_pty(self.write, os.environ.get("TERM"), depth)
        # No cursor position requests: a terminal that does not answer them gets a warning.
        output.enable_cpr = False
        return {"input": create_input(self.read), "output": output}


def _numbers(words: Sequence[str], count: int) -> list[int] | None:
    """The places that the numbers stand for, each once; None if one is not from 1 to `count`."""
    if all(word.isascii() and word.isdigit() and 1 <= int(word) <= count for word in words):
        return [int(word) - 1 for word in dict.fromkeys(words)]
    return None


def _end_of_input() -> Cancelled:
    return Cancelled(
        "Input ended before the last question. Nothing was changed.",
        "Run the command again, or use --non-interactive and set the values with options.",
        code="end-of-input",
    )
