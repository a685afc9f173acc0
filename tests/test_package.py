"""The wheel, built and installed where nothing else is: that is what users get."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from program import ORG, Program

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.split(b"\0")
    names = [each.decode() for each in files if each] or [
        str(each.relative_to(ROOT)) for each in ROOT.rglob("*") if ".venv" not in each.parts
    ]
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
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
    pip = [str(where / "bin" / "python"), "-m", "pip", "install", "-q"]
    subprocess.run(
        [*pip, "--disable-pip-version-check", str(wheel)],
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    program = Program(where / "bin" / "genesys-lex-wizard", tmp_path)
    assert program("--version").code == 0
    planned = program.setup("--dry-run", "--output", "json")
    assert (planned.code, planned.json["status"]) == (0, "planned")
    sandbox = program("--sandbox", "--non-interactive", "--org-id", ORG)
    assert sandbox.code == 2
    assert "genesys-lex-wizard[sandbox]" in sandbox.err
    module = subprocess.run(
        [where / "bin" / "python", "-m", "wizard", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert module.stdout == program("--version").out
