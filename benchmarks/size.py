"""How large the program is: lines and files, and how far a value and an error travel in it."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.aws.session import Session
from wizard.cli import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
WIZARD = str(ROOT / "wizard")
ORG_ID = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
RUN = ["setup", "--sandbox", "--non-interactive", "--org-id", ORG_ID]
IMPORTS = (ast.Import, ast.ImportFrom)


def import_lines(source: str) -> int:
    """Lines of a module that import something."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, IMPORTS))
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in found)


def line(what: str, number: float, bound: float) -> None:
    """One number beside its bound."""
    print(f"  {what:<46} {number:8.1f}   (at most {bound})")


@contextlib.contextmanager
def traced(trace: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    """Every call in the product's own code is traced, in every thread."""

    def only_ours(frame: FrameType, event: str, argument: Any) -> Any:
        ours = frame.f_code.co_filename.startswith(WIZARD)
        return trace(frame, event, argument) if ours else None

    threading.settrace(only_ours)
    sys.settrace(only_ours)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)


def run(**context: Any) -> int:
    """A set-up in the simulated account, its output thrown away."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        return program.run(RUN, **context)


def files_of_the_org_id() -> list[str]:
    """The files whose functions are given the organization ID until CreateRole is called."""
    found: dict[str, None] = {}
    created: list[str] = []

    def trace(frame: FrameType, event: str, _: Any) -> None:
        values = [*frame.f_locals.values()]
        created.extend(value for value in values if value == "CreateRole")
        if event == "call" and not created and any(map(carries, values)):
            found[name_of(frame)] = None

    with traced(trace):
        code = run()
    if code or not created:
        raise SystemExit(f"The traced set-up ended with {code}.")
    return list(found)


def carries(value: Any) -> bool:
    """Whether a value is the organization ID, or options or settings that hold it."""
    if isinstance(value, str):
        return value == ORG_ID
    if isinstance(value, dict):
        return ORG_ID in [held for held in value.values() if isinstance(held, str)]
    return getattr(value, "org_id", None) == ORG_ID


def handlers_of_a_denial() -> list[str]:
    """Where a denied AttachRolePolicy is caught, between botocore and the screen."""
    found: dict[str, None] = {}

    def open_session(**options: Any) -> Session:
        session = Session(**options)
        events = session.client("iam").meta.events
        events.register("before-call.iam.AttachRolePolicy", lambda **_: denied())
        return session

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and frame.f_lineno in handlers(frame.f_code.co_filename):
            caught = sys.exc_info()[1]
            if "AttachRolePolicy" in str(caught):
                found[f"{name_of(frame)}:{frame.f_lineno}"] = None
        return trace

    with traced(trace):
        code = run(open_session=open_session)
    if code != 1:
        raise SystemExit(f"The traced failure ended with {code}.")
    return list(found)


def denied() -> tuple[Any, dict[str, Any]]:
    """AWS's answer to a caller that may not attach a policy, as botocore parses it."""
    from botocore.awsrequest import AWSResponse

    message = "User: arn:aws:iam::123456789012:user/a is not authorized to perform: "
    error = {"Code": "AccessDenied", "Message": message + "iam:AttachRolePolicy"}
    return AWSResponse("", 403, {}, None), {
        "Error": error,
        "ResponseMetadata": {"HTTPStatusCode": 403, "RequestId": "1"},
    }


@cache
def handlers(filename: str) -> frozenset[int]:
    """The first line of every `except` block of a file."""
    tree = ast.parse(Path(filename).read_text("utf-8"))
    blocks = (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    return frozenset(block.body[0].lineno for block in blocks)


def name_of(frame: FrameType) -> str:
    """The file of a frame, as seen from the package."""
    return str(Path(frame.f_code.co_filename).relative_to(WIZARD))


def main() -> None:
    """Count, trace and print."""
    sources = [path.read_text("utf-8") for path in (ROOT / "wizard").rglob("*.py")]
    lines = sum(len(source.splitlines()) for source in sources)
    imports = sum(map(import_lines, sources))
    files = [path for path in (ROOT / "templates").iterdir() if path.is_file()]
    templates = sum(len(path.read_text("utf-8").splitlines()) for path in files)
    tests = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / "tests").glob("*.py"))
    print("Size:")
    line("lines of Python in wizard/", lines, 7000)
    line("files of Python in wizard/", len(sources), 45)
    line("import lines, percent", 100 * imports / lines, 5)
    line("lines in templates/", templates, 450)
    line("lines of Python in tests/", tests, 10000)
    carriers, caught = files_of_the_org_id(), handlers_of_a_denial()
    line("files org_id passes up to CreateRole", len(carriers), 8)
    print(f"    {', '.join(carriers)}")
    line("places that catch a denied AttachRolePolicy", len(caught), 2)
    print(f"    {', '.join(caught)}")


if __name__ == "__main__":
    main()
