"""The wheel, built and installed where nothing else is: that is what users get."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from program import ORG, Program

ROOT = Path(__file__).parent.parent


def run(*words: str | Path, **more: Any) -> str:
    """Run a program that ends well; its standard output."""
    ended = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, source, ignore=left_out, dirs_exist_ok=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source)
    return folder


def test_the_wheel_holds_the_templates_the_type_marker_and_no_tests(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "wizard/py.typed" in names
    assert "wizard/templates/trust-policy.json" in names
    for file in (ROOT / "templates").glob("*.*"):
        assert f"wizard/templates/{file.name}" in names
    assert not [name for name in names if name.startswith(("tests", "templates", "docs"))]


def test_the_source_distribution_can_be_built_from(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    for needed in ("pyproject.toml", "README.md", "LICENSE", "templates/trust-policy.json"):
        assert needed in names


def test_the_wheel_works_in_an_empty_environment_from_another_folder(
    dist: Path, tmp_path: Path
) -> None:
    (wheel,) = dist.glob("*.whl")
    where = tmp_path / "venv"
    venv.create(where, with_pip=True)
    pip = (where / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, wheel, env={**os.environ, "HOME": str(tmp_path)})
    program = Program(where / "bin" / "genesys-lex-wizard", tmp_path)
    assert program.process("--version").code == 0
    setup = ("setup", "--non-interactive", "--org-id", ORG)
    planned = program.process(*setup, "--dry-run", "--output", "json")
    assert (planned.code, planned.json["status"]) == (0, "planned")
    sandbox = program.process(*setup, "--sandbox")
    assert sandbox.code == 2
    assert "pip install '.[sandbox]'" in sandbox.err
    module = run(where / "bin" / "python", "-m", "wizard", "--version", cwd=tmp_path)
    assert module == program.process("--version").out
