"""How large the program is: lines and files of Python, share of import lines, templates."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORTS = (ast.Import, ast.ImportFrom)


def import_lines(source: str) -> int:
    """Lines of a module that import something."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, IMPORTS))
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in found)


def line(what: str, number: float, bound: float) -> None:
    """One number beside its bound."""
    print(f"  {what:<40} {number:8.1f}   (at most {bound})")


def main() -> None:
    """Count and print."""
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


if __name__ == "__main__":
    main()
