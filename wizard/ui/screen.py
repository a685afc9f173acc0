"""What a person sees on standard error: calm lines, few colours, no markup from outside."""

from __future__ import annotations

import os
import re
import textwrap
import time
from contextlib import ExitStack, contextmanager
from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TextIO

from wizard.errors import Cancelled
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from wizard.errors import WizardError

LABEL = 15  # width of the column of labels
WIDEST = 100
INDENT = 6  # of what is too long for its column
BAR_AFTER = 1.0  # seconds of work before a progress bar is worth its place
STYLES = {"+": "green", "~": "yellow", "-": "red", "!": "yellow", "✓": "green", "✗": "red"}
# For encodings that do not have our signs; what comes from outside is escaped there.
IN_ASCII = str.maketrans({"✓": "+", "✗": "x", "→": "->", "…": "...", "·": "-"})
KEEP = "\0"  # a space at which no row ends; `visible` leaves none in a text


@dataclass(frozen=True)
class Line:
    """One logical line: an optional sign and label in columns, and a text."""

    text: str
    label: str = ""
    sign: str = " "
    dim: bool = False
    indent: int = 0


def is_plain(stream: TextIO) -> bool:
    """Whether to write plain lines: no terminal, a dumb one, or one that is read aloud."""
    return (
        not stream.isatty()
        or os.environ.get("TERM", "") in {"dumb", "unknown"}
        or bool(os.environ.get("ACCESSIBLE"))
    )


@dataclass(eq=False)
class Screen:
    """Draws on one stream. `quiet` leaves only errors; `sandbox` marks every heading.

    A line is a row of parts, each a text and its style. Plain lines are not wrapped: a log
    or a screen reader does that. What can't be written because nobody reads any more is
    dropped, or, where it is `essential` as a result is, an OSError.
    """

    stream: TextIO
    _: KW_ONLY
    quiet: bool = False
    sandbox: bool = False
    essential: bool = False
    console: Console | None = None

    def __post_init__(self) -> None:
        self.plain = self.console is None and is_plain(self.stream)
        self._signs = {} if _has_our_signs(self.stream) else IN_ASCII

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console  # 60 ms: only for a terminal

        return self.console or Console(
            file=self.stream, highlight=False, markup=False, emoji=False, soft_wrap=True
        )

    def heading(self, text: str) -> None:
        """The title of a screen; says SANDBOX in the sandbox."""
        self._write()
        if self.sandbox:
            self._write(("SANDBOX ", "bold magenta"), (f"· {text}", "bold"))
        else:
            self._write((text, "bold"))

    def line(self, text: str = "", label: str = "", sign: str = " ") -> None:
        """One line, its text wrapped under its own beginning."""
        self._line(Line(text, label, sign), LABEL, "dim")

    def lines(self, lines: Iterable[Line], label_width: int = LABEL) -> None:
        """Several lines with signs and labels."""
        for line in lines:
            self._line(line, label_width, "bold")

    def _line(self, line: Line, label_width: int, label_style: str) -> None:
        sign = f"{line.sign} " if line.sign.strip() or line.label else ""
        label = f"{visible(line.label):<{label_width}} " if line.label else ""
        mark = ("  " + " " * line.indent + sign, STYLES.get(line.sign, ""))
        self._wrapped(mark, (label, label_style), text=line.text, style="dim" if line.dim else "")

    def block(self, text: str) -> None:
        """Text as it stands, indented, its lines unwrapped: a document, a diff, a command."""
        for row in text.splitlines():
            self._write(("    ", ""), (row, STYLES.get(row[:1], "")))

    def command(self, text: str) -> None:
        """A command to copy: broken before options where it is too long for the width."""
        if not self.plain:
            text = "\n".join(_command_rows(text, min(self._console.width, WIDEST) - 6))
        self.block(text)

    def warning(self, sentence: str) -> None:
        """A warning; the run goes on."""
        self._wrapped(("warning: ", "bold yellow"), text=sentence)

    def error(self, error: WizardError) -> None:
        """What happened and what to do; shown even when quiet."""
        quiet, self.quiet = self.quiet, False
        if self.sandbox:
            self._write(("SANDBOX", "bold magenta"))
        # Who stopped it knows that; it is no error.
        head = ("", "") if isinstance(error, Cancelled) else ("error: ", "bold red")
        self._wrapped(head, text=error.message)
        if error.hint:
            self._wrapped(("hint:  ", "bold cyan"), text=error.hint)
        self.quiet = quiet

    @contextmanager
    def bar(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar that appears after a second of work; call it with (done, total).

        Plain lines get one sentence then, and no more.
        """
        began, update = time.monotonic(), None

        def advance(done: int, total: int) -> None:
            nonlocal update
            if self.quiet or time.monotonic() - began < BAR_AFTER:
                return
            update = update or self._start_bar(what, until_done)
            update(completed=done, total=total or None)

        with ExitStack() as until_done:
            yield advance

    def _start_bar(self, what: str, until_done: ExitStack) -> Callable[..., object]:
        if self.plain:
            self.line(f"{what} …")
            return lambda **_: None
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        bar = until_done.enter_context(Progress(*columns, console=self._console, transient=True))
        return partial(bar.update, bar.add_task(what, total=None))

    def raw(self, control: str) -> None:
        """A control sequence of our own (the clipboard's), where sequences have an effect."""
        if not self.plain and not self.quiet:
            self.stream.write(control)
            self.stream.flush()

    def _wrapped(self, *head: tuple[str, str], text: str, style: str = "") -> None:
        """A text behind its head. What is too long for its column gets rows of its own."""
        if self.plain:
            self._write(*head, (text, style))
            return
        width, column = min(self._console.width, WIDEST), sum(len(part) for part, _ in head)
        room, left = width - column, column if column < 2 * INDENT else INDENT
        for row in _rows(visible(text), room):
            if len(row) <= room:
                self._write(*head, (row, style))
            else:
                if any(part.strip() for part, _ in head):
                    self._write(*head)
                for part in _command_rows(row, width - left):
                    self._write((" " * left, ""), (part, style))
            head = ((" " * column, ""),)

    def _write(self, *parts: tuple[str, str]) -> None:
        if self.quiet:
            return
        shown = [(visible(text).translate(self._signs), style) for text, style in parts]
        try:
            if self.plain:
                self.stream.write("".join(text for text, _ in shown).rstrip() + "\n")
                self.stream.flush()
            else:
                from rich.text import Text

                line = Text.assemble(*shown)
                line.rstrip()
                self._console.print(line, soft_wrap=True)
        except (OSError, ValueError, SystemExit) as error:  # SystemExit: rich's broken pipe
            if self.essential:
                raise OSError(str(error)) from error
            self.quiet = True  # nobody reads any more; what is under way goes on


def _has_our_signs(stream: TextIO) -> bool:
    try:
        "".join(map(chr, IN_ASCII)).encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _rows(text: str, width: int, **more: Any) -> list[str]:
    """The rows of a text, which ends at spaces only, and never within a command in backticks.

    An ARN, an ID, a command stays whole: rich's own wrapping would break or crop it.
    """
    whole = re.sub(r"`[^`]+`", lambda match: match[0].replace(" ", KEEP), text)
    options = {"break_long_words": False, "break_on_hyphens": False, **more}
    rows = textwrap.wrap(whole, max(width, 20), **options) or [""]
    return [row.replace(KEEP, " ") for row in rows]


def _command_rows(text: str, width: int) -> list[str]:
    """A command in rows of at most `width`, as a shell reads them; backticks around it fall.

    It is broken before options only, so that every value stays with its option.
    """
    text = re.sub(r"^`([^`]+)`[.,;:]?$", r"\1", text)
    if "'" in text or '"' in text:
        return [text]
    rows = _rows(re.sub(r" (?!--?[a-z])", KEEP, text), width - 2, subsequent_indent="  ")
    return [*(f"{row} \\" for row in rows[:-1]), rows[-1]]
