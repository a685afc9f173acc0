"""The program in a pseudo-terminal, with a model of the screen that a person sees."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pexpect
import pyte

if TYPE_CHECKING:
    from program import Program

ENTER, DOWN, SPACE, CTRL_C, CTRL_D, CTRL_U = "\r", "\x1b[B", " ", "\x03", "\x04", "\x15"
PATIENCE = 25.0


@dataclass
class Terminal:
    """Types at the program and reads its screen. `raw` is everything that was written."""

    child: Any
    columns: int
    raw: str = ""
    screen: Any = field(init=False)

    def __post_init__(self) -> None:
        self.screen = pyte.HistoryScreen(self.columns, 60, history=2000)
        self._stream = pyte.Stream(self.screen)

    def see(self, text: str, times: int = 1) -> str:
        """Wait until the text stands on the screen (so many times); return the screen."""
        deadline, reading = time.monotonic() + PATIENCE, True
        while self.text().count(text) < times:
            if not reading or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")
            reading = self._read()
        return self.text()

    def type(self, *keys: str) -> None:
        """Press keys, a moment apart."""
        for key in keys:
            time.sleep(0.06)
            self.child.send(key)

    def answer(self, question: str, *keys: str) -> str:
        """Wait for a question, press keys and Enter; return the screen with the question."""
        screen = self.see(question)
        self.type(*keys, ENTER)
        return screen

    def end(self) -> int:
        """Wait for the program to end; return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read() and time.monotonic() < deadline:
            pass
        self.child.close()
        if self.child.exitstatus is None:
            return -int(self.child.signalstatus or 0)
        return int(self.child.exitstatus)

    def text(self) -> str:
        """The whole screen with what has scrolled off its top."""
        above = [
            "".join(row[x].data for x in range(self.columns)) for row in self.screen.history.top
        ]
        return "\n".join(row.rstrip() for row in [*above, *self.screen.display]).rstrip()

    def _read(self) -> bool:
        try:
            text = self.child.read_nonblocking(65536, timeout=0.3)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self._stream.feed(text)
        return True


def start(
    program: Program, *arguments: str, columns: int = 80, shell: str = "", **environment: str
) -> Terminal:
    """Start the program in a pseudo-terminal; `shell` wraps it, with `"$@"` for the program."""
    command = [str(program.path), *arguments]
    if shell:
        command = ["/bin/sh", "-c", shell, "sh", *command]
    child = pexpect.spawn(
        command[0],
        command[1:],
        env=program.environment(**{"TERM": "xterm-256color", **environment}),
        dimensions=(60, columns),
        encoding="utf-8",
        cwd=str(program.home),
        timeout=PATIENCE,
    )
    child.delaybeforesend = None
    return Terminal(child, columns)
