"""`export` and `permissions` as a user starts them, and what becomes of their files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from arrange import carry_out
from aws_server import ACCOUNT, Server
from cfn import resolved
from lex_fake import REGION, LexFake, bot
from program import ORG, ROLE, Ended, Program
from wizard.core.changes import plan
from wizard.core.state import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("cloudformation", "terraform", "cli", "policies")
LIMITED = ("--least-privilege", "--bot", "BOT0000000", "--region", REGION, "--account-id", ACCOUNT)
BEGINS = {"cloudformation": "#", "terraform": "#", "cli": "#!/bin/sh\n", "policies": "{"}


@pytest.fixture
def offline(tmp_path: Path) -> Program:
    """The program without credentials; whatever it would ask of AWS would fail."""
    return Program(Path(sys.executable).parent / "genesys-lex-wizard", tmp_path)


def export(program: Program, *arguments: str, **more: str) -> Ended:
    return program("export", *arguments, "--org-id", ORG, **more)


@pytest.mark.parametrize("form", FORMATS)
def test_the_document_alone_goes_to_standard_output(offline: Program, form: str) -> None:
    """The same one every time; and as one object on demand."""
    dead = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "nobody"}
    first, again = (export(offline, form, PYTHONHASHSEED=seed, **dead) for seed in ("1", "2"))
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert first.out.startswith(BEGINS[form])
    assert ORG in first.out
    told = export(offline, form, "--output", "json", "-q")
    assert (told.code, told.err) == (0, "")
    assert told.json["document"] == first.out
    assert {"command": "export", "format": form, "status": "exported"}.items() <= told.json.items()
    assert list(offline.home.iterdir()) == []


def test_no_export_calls_aws(aws: Server, program: Program) -> None:
    for form in FORMATS:
        assert export(program, form, *LIMITED).code == 0
    assert program("permissions", "--account-id", ACCOUNT).code == 0
    assert aws.calls == []


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_overwritten_without_force(offline: Program, form: str) -> None:
    out = offline.home / "out"
    written = export(offline, form, "--out", "out")
    assert (written.code, written.out) == (0, "")
    assert "written" in written.err
    files = sorted(out.iterdir()) if form == "policies" else [out]
    assert (os.access(out, os.X_OK), len(files)) == {
        "cli": (True, 1),
        "policies": (True, 3),
    }.get(form, (False, 1))
    whole = {each: each.read_text() for each in files}
    if form != "policies":
        assert whole[out].startswith(export(offline, form).out[:40])
    files[0].write_text("mine")
    refused = export(offline, form, "--out", "out", "--output", "json")
    assert (refused.code, refused.json["status"]) == (2, "invalid")
    assert "--force" in refused.json["error"]["hint"]
    assert files[0].read_text() == "mine"
    assert export(offline, form, "--out", "out", "--force").code == 0
    assert {each: each.read_text() for each in files} == whole


def test_cloudformation_comes_with_the_ways_to_deploy_it(offline: Program) -> None:
    url = "https://bucket.s3.amazonaws.com/template.yaml"
    ended = export(
        offline, "cloudformation", "--out", "t.yaml", "--template-url", url, "--region", REGION
    )
    assert (ended.code, ended.out) == (0, "")
    assert "aws cloudformation deploy --template-file t.yaml" in ended.err
    assert "CAPABILITY_NAMED_IAM" in ended.err
    assert f"https://console.aws.amazon.com/cloudformation/home?region={REGION}" in ended.err
    assert f"param_GenesysOrgId={ORG}" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cloudformation",), "--org-id"),
        (("terraform", "--org-id", ORG, "--format", "json"), "--format"),
        (("terraform", "--org-id", ORG, "--template-url", "https://x/y"), "--template-url"),
        (("pulumi", "--org-id", ORG), "pulumi"),
        (("cli", "--org-id", ORG, "--out", "no/such/folder"), "can't be written"),
        (("permissions",), "--account-id"),
    ],
)
def test_what_can_not_be_exported_is_told_with_the_option(
    offline: Program, arguments: tuple[str, ...], words: str
) -> None:
    command = arguments if arguments[0] == "permissions" else ("export", *arguments)
    ended = offline(*command, "--output", "json")
    assert (ended.code, ended.json["status"]) == (2, "invalid")
    assert words in ended.err
    assert ended.err.count("error:") == 1
    assert list(offline.home.iterdir()) == []


def test_the_operators_policy_is_printed_bare_and_explained_beside(offline: Program) -> None:
    ended = offline("permissions", "--account-id", ACCOUNT)
    document = json.loads(ended.out)
    assert ended.code == 0
    for each in document["Statement"]:
        assert f"{each['Sid']}: " in ended.err
    told = offline("permissions", "verify", "--account-id", ACCOUNT, "--output", "json", "-q")
    assert told.err == ""
    assert len(told.json["document"]["Statement"]) == len(told.json["explanations"])
    assert len(told.json["explanations"]) < len(document["Statement"])


@pytest.fixture
def lex() -> Iterator[dict[str, str]]:
    with LexFake([bot("BOT0000000", "Flowers")]) as fake:
        yield fake.lex_environment()


@pytest.mark.parametrize("options", [(), LIMITED], ids=["template", "least privilege"])
def test_verify_passes_on_what_the_template_makes_and_the_stack_stays_its_owner(
    aws: Server, program: Program, lex: dict[str, str], options: tuple[str, ...]
) -> None:
    template = export(program, "cloudformation", "--format", "json", *options)
    state = resolved(json.loads(template.out))
    assert state.role is not None
    assert state.role.tags["CloudFormationStack"]
    carry_out(aws, plan(state, NOTHING))
    aws.forget()
    asked = ("--org-id", ORG, "--region", REGION, *options, *JSON)
    verified = program("verify", *asked, **lex)
    wrong = [each for each in verified.json["checks"] if each["status"] in {"fail", "warn"}]
    assert (verified.code, verified.json["status"], wrong) == (0, "ok", [])
    for ended in (program.setup("--output", "json"), program("remove", "--yes", *JSON)):
        assert (ended.code, ended.json["error"]["code"]) == (3, "managed-by-stack")
    assert [each for each in aws.writes() if not each.startswith("POST /policy")] == []


JSON = ("--output", "json")


def test_verify_passes_on_what_the_script_makes_and_setup_has_nothing_to_do(
    aws: Server, program: Program, lex: dict[str, str]
) -> None:
    """The exported script, run by a shell and the real AWS CLI."""
    assert export(program, "cli", *LIMITED, "--tag", "team=voice", "--out", "make.sh").code == 0
    folder = Path(sys.executable).parent
    made = subprocess.run(
        ["./make.sh"],
        cwd=program.home,
        env={**program.environment(), "PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    arn = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
    assert (made.returncode, made.stdout, made.stderr) == (0, f"{arn}\n", "")
    verified = program("verify", "--org-id", ORG, "--region", REGION, *LIMITED, *JSON, **lex)
    wrong = [each for each in verified.json["checks"] if each["status"] in {"fail", "warn"}]
    assert (verified.code, wrong) == (0, [])
    aws.forget()
    again: dict[str, Any] = program.setup(*JSON).json
    assert (again["status"], again["role_arn"]) == ("unchanged", arn)
    assert aws.writes() == []


def test_a_planted_link_is_never_written_through(offline: Program) -> None:
    target, link = offline.home / "target", offline.home / "link"
    target.write_text("mine")
    target.chmod(0o600)
    link.symlink_to(target)
    assert export(offline, "cli", "--out", "link").code == 2
    assert export(offline, "cli", "--out", "link", "--force").code == 0
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("mine", 0o600)
    assert not link.is_symlink()
    assert link.read_text().startswith("#!")


@pytest.mark.parametrize("form", BEGINS)
def test_a_full_disk_leaves_the_old_file_and_no_new_one(offline: Program, form: str) -> None:
    limited = offline.shell(
        f'ulimit -f 0; trap "" XFSZ; "$0" export {form} --org-id {ORG} --out new'
    )
    assert (limited.code, "can't be written" in limited.err) == (2, True)
    left = [path for path in offline.home.rglob("*") if path.is_file()]
    assert left == []


def test_out_takes_a_hyphen_for_standard_output_and_no_folder_or_pipe(offline: Program) -> None:
    assert export(offline, "cli", "--out", "-") == export(offline, "cli")
    os.mkfifo(offline.home / "pipe")
    (offline.home / "folder").mkdir()
    for name in ("pipe", "folder"):
        refused = export(offline, "cli", "--out", name, "--force")
        assert (refused.code, "is " in refused.err) == (2, True)


def test_a_pipe_that_only_looks_like_a_shells_is_refused(offline: Program) -> None:
    os.mkfifo(offline.home / "pipe")
    path = f"/dev/fd/../../..{offline.home}/pipe"
    assert export(offline, "policies", "--policy-file", path).code == 2
