"""What a person sees on standard error: calm lines, few colours, no markup from outside."""

from __future__ import annotations

import os
import re
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console
    from rich.progress import Progress

    from wizard.errors import WizardError

LABEL = 15  # width of the column of labels
WIDEST = 100
PLAIN_WIDTH = 100_000  # plain lines are not wrapped: a log or a screen reader does that


@dataclass(frozen=True)
class Line:
    """One logical line: an optional sign and label in columns, a text, a style for the sign."""

    text: str
    label: str = ""
    sign: str = " "
    style: str = ""
    dim: bool = False
    indent: int = 0


STYLES = {"+": "green", "~": "yellow", "-": "red", "!": "yellow", "✓": "green", "✗": "red"}
# For encodings that do not have our signs; what comes from outside is escaped there.
IN_ASCII = str.maketrans({"✓": "+", "✗": "x", "→": "->", "…": "...", "·": "-"})
OUTDENT = " " * 6  # before what is too long for its column
BAR_AFTER = 1.0  # seconds of work before a progress bar is worth its place


def is_plain(stream: TextIO) -> bool:
    """Whether to write plain lines: no terminal, a dumb one, or one that is read aloud."""
    return (
        not stream.isatty()
        or os.environ.get("TERM", "") in {"dumb", "unknown"}
        or bool(os.environ.get("ACCESSIBLE"))
    )


class Screen:
    """Draws on one stream. `quiet` leaves only errors; `sandbox` marks every heading.

    What can't be written because nobody reads any more is dropped, or, where it is
    `essential` as a result is, an OSError.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        sandbox: bool = False,
        essential: bool = False,
        console: Console | None = None,
    ) -> None:
        self.plain = console is None and is_plain(stream)
        self._stream = stream
        self._signs = {} if _has_our_signs(stream) else IN_ASCII
        self._quiet = quiet
        self._sandbox = sandbox
        self._essential = essential
        self._console_made = console

    @property
    def _console(self) -> Console:
        if self._console_made is None:
            from rich.console import Console  # 60 ms: only for a terminal

            self._console_made = Console(
                file=self._stream, highlight=False, markup=False, emoji=False, soft_wrap=True
            )
        return self._console_made

    @property
    def width(self) -> int:
        """Columns to fill at most."""
        return PLAIN_WIDTH if self.plain else min(self._console.width, WIDEST)

    def heading(self, text: str) -> None:
        """The title of a screen; says SANDBOX in the sandbox."""
        self._write([("", "")])
        if self._sandbox:
            self._write([("SANDBOX ", "bold magenta"), (f"· {text}", "bold")])
        else:
            self._write([(text, "bold")])

    def line(self, text: str = "", label: str = "", sign: str = " ") -> None:
        """One line, its text wrapped under its own beginning."""
        self._draw(Line(text, label, sign), LABEL, "dim")

    def lines(self, lines: Iterable[Line], label_width: int = LABEL) -> None:
        """Several lines with signs and labels."""
        for line in lines:
            self._draw(line, label_width, "bold")

    def _draw(self, line: Line, label_width: int, label_style: str) -> None:
        indent = " " * line.indent
        label = visible(line.label)
        mark = f"  {indent}{line.sign} " if line.sign.strip() or label else f"  {indent}"
        pad = f"{label:<{label_width}} " if label else ""
        style = "dim" if line.dim else line.style
        room = self.width - len(mark) - len(pad)
        sign_style = STYLES.get(line.sign, "")
        for row, outdented in _laid_out(visible(line.text), room, self.width - len(OUTDENT)):
            if outdented:
                if mark.strip() or pad.strip():
                    self._write([(mark, sign_style), (pad, label_style)])
                self._write([(OUTDENT, ""), (row, style)])
            else:
                self._write([(mark, sign_style), (pad, label_style), (row, style)])
            mark, pad = " " * len(mark), " " * len(pad)

    def block(self, text: str) -> None:
        """Text as it stands, indented, its lines unwrapped: a document, a diff, a command."""
        for row in text.splitlines():
            self._write([("    ", ""), (visible(row), _diff_style(row))])

    def verbatim(self, text: str) -> None:
        """A line that was laid out elsewhere."""
        self._write([("  ", ""), (visible(text), "")])

    def command(self, text: str) -> None:
        """A command to copy: broken before options where it is too long for the width."""
        self.block("\n".join(_command_rows(text, self.width - 6)))

    def warning(self, sentence: str) -> None:
        """A warning; the run goes on."""
        self._wrapped("warning: ", sentence, "yellow")

    def error(self, error: WizardError) -> None:
        """What happened and what to do; shown even when quiet."""
        quiet, self._quiet = self._quiet, False
        if self._sandbox:
            self._write([("SANDBOX", "bold magenta")])
        self._wrapped("error: ", error.message, "red")
        if error.hint:
            self._wrapped("hint:  ", error.hint, "cyan")
        self._quiet = quiet

    @contextmanager
    def bar(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar that appears after a second of work; call it with (done, total).

        Plain lines get one sentence then, and no more.
        """
        began, bar, said = time.monotonic(), None, False

        def advance(done: int, total: int) -> None:
            nonlocal bar, said
            if self._quiet or time.monotonic() - began < BAR_AFTER:
                return
            if self.plain:
                if not said:
                    self.line(f"{what} …")
                said = True
                return
            if bar is None:
                bar = _progress(self._console)
                bar.start()
                bar.add_task(what, total=total or None)
            bar.update(bar.task_ids[0], completed=done, total=total or None)

        try:
            yield advance
        finally:
            if bar is not None:
                bar.stop()

    def raw(self, control: str) -> None:
        """A control sequence of our own (the clipboard's), where sequences have an effect."""
        if not self.plain and not self._quiet:
            self._stream.write(control)
            self._stream.flush()

    def _wrapped(self, word: str, text: str, style: str) -> None:
        room = self.width - len(word)
        for row, _ in _laid_out(visible(text), room, room):
            self._write([(word, f"bold {style}"), (row, "")])
            word = " " * len(word)

    def _write(self, parts: list[tuple[str, str]]) -> None:
        if self._quiet:
            return
        parts = [(text.translate(self._signs), style) for text, style in parts]
        try:
            self._write_out(parts)
        except (OSError, ValueError, SystemExit) as error:  # SystemExit: rich's broken pipe
            if self._essential:
                raise OSError(str(error)) from error
            self._quiet = True  # nobody reads any more; what is under way goes on

    def _write_out(self, parts: list[tuple[str, str]]) -> None:
        if self.plain:
            self._stream.write("".join(text for text, _ in parts).rstrip() + "\n")
            self._stream.flush()
            return
        from rich.text import Text

        line = Text()
        for text, style in parts:
            line.append(text, style or None)
        line.rstrip()
        self._console.print(line, soft_wrap=True)


def _has_our_signs(stream: TextIO) -> bool:
    try:
        "".join(map(chr, IN_ASCII)).encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _laid_out(text: str, room: int, widest: int) -> Iterator[tuple[str, bool]]:
    """The rows of a text, wrapped at spaces alone; True: too long for `room`, up to `widest`.

    An ARN or an ID stays whole. So does a command in backticks, or it is broken as a shell
    reads it: it can be copied.
    """
    whole = re.sub(r"`[^`]+`", lambda match: match[0].replace(" ", "\0"), text)
    wrapped = textwrap.wrap(whole, max(room, 20), break_long_words=False, break_on_hyphens=False)
    for each in wrapped or [""]:
        row = each.replace("\0", " ")
        if len(row) <= room:
            yield row, False
        elif command := re.fullmatch(r"`([^`]+)`[.,;:]?", row):
            yield from ((part, True) for part in _command_rows(command[1], widest))
        else:
            yield row, True


def _command_rows(text: str, width: int) -> list[str]:
    """A command in rows of at most `width` where its options allow it, joined by backslashes."""
    rows = [""]
    for word in _words_of_command(text):
        if rows[-1] and len(rows[-1]) + len(word) + 3 > width:
            rows.append(f"  {word}")
        else:
            rows[-1] = f"{rows[-1]} {word}" if rows[-1] else word
    return [*(f"{row} \\" for row in rows[:-1]), rows[-1]]


def _diff_style(row: str) -> str:
    if row.startswith("+"):
        return "green"
    if row.startswith("-"):
        return "red"
    return ""


def _words_of_command(text: str) -> list[str]:
    """A command line cut before its options only, so that every value stays with its option."""
    return re.split(r" (?=--?[a-z])", text) if "'" not in text and '"' not in text else [text]


def _progress(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True)
