import io
import os
import re
import shutil
import subprocess
from dataclasses import replace

import hcl2
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from hostile import ACCOUNT, CHOSEN, DOCUMENT, HOSTILE, ORG, PLAIN, SETTINGS, any_settings, state
from wizard.aws.observe import observe
from wizard.aws.session import Session
from wizard.core.documents import Document, parse
from wizard.core.state import UNKNOWN_ACCOUNT, Policy, Role, State
from wizard.errors import InvalidInput
from wizard.export import terraform
from wizard.settings import FromFile, Settings

PLUGINS = os.environ.get("TEST_TERRAFORM_PLUGINS")
# moto gives a document back without the URL escapes that Terraform takes off.
NO_PERCENT = replace(HOSTILE, policy=FromFile(parse(DOCUMENT.text().replace("%", "")).tree))
ESCAPE = re.compile(
    r'\$\$\{|%%\{|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|\\[nrt"\\]|\$\{var\.(\w+)\}|.', re.DOTALL
)
SHORT = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}


def parsed(settings, account_id=ACCOUNT):
    return hcl2.load(io.StringIO(terraform.as_hcl(state(settings, account_id))))


def named(blocks):
    """Blocks with one label, by that."""
    found = {}
    for ((label, body),) in map(dict.items, blocks):
        found[label.strip('"')] = {k: v for k, v in body.items() if k != "__is_block__"}
    return found


def resolved(file):
    """What Terraform makes of the file in our account, as a State."""
    variables = {name: text(each["default"]) for name, each in named(file["variable"]).items()}
    local = {k: v for each in file["locals"] for k, v in each.items() if k != "__is_block__"}
    resources = {}
    for block in file["resource"]:
        ((kind, inner),) = block.items()
        ((label, body),) = inner.items()
        resources[kind.strip('"'), label.strip('"')] = body

    def value(tree):
        match tree:
            case dict():
                pairs = {key: each for key, each in tree.items() if key != "__is_block__"}
                return {text(f'"{k}"' if k[0] != '"' else k): value(v) for k, v in pairs.items()}
            case list():
                return [value(item) for item in tree]
            case str() if match := re.fullmatch(r"\$\{jsonencode\(local\.(\w+)\)\}", tree):
                return Document(value(local[match[1]]))
            case str() if match := re.fullmatch(r"\$\{var\.(\w+)\}", tree):
                return variables[match[1]]
            case str():
                return text(tree, variables)
        return tree

    def taken(body, key, default=None):
        return value(body.pop(key, default))

    made = dict(resources.pop(("aws_iam_policy", "genesys")))
    policy = Policy(
        account_id=ACCOUNT,
        name=taken(made, "name"),
        path=taken(made, "path"),
        description=taken(made, "description", '""'),
        document=taken(made, "policy"),
        tags=taken(made, "tags"),
    )
    assert set(made) == {"__is_block__"}
    made = dict(resources.pop(("aws_iam_role", "genesys")))
    attached = set()
    for (kind, _), body in resources.items():
        assert kind == "aws_iam_role_policy_attachment"
        assert body["role"] == "${aws_iam_role.genesys.name}"
        ours = body["policy_arn"] == "${aws_iam_policy.genesys.arn}"
        attached.add(policy.arn if ours else value(body["policy_arn"]))
    role = Role(
        account_id=ACCOUNT,
        name=taken(made, "name"),
        path=taken(made, "path"),
        description=taken(made, "description", '""'),
        trust_policy=taken(made, "assume_role_policy"),
        tags=taken(made, "tags"),
        permissions_boundary=taken(made, "permissions_boundary"),
        attachments=frozenset(attached),
    )
    assert set(made) <= {"__is_block__", "lifecycle"}
    return State(role, {policy.arn: policy})


def text(quoted, variables=None):
    """What a quoted string of HCL means."""
    if quoted is None:
        return None
    assert quoted[0] == quoted[-1] == '"'

    def meant(match):
        found = match[0]
        if match[1]:
            return variables[match[1]]
        if found[:2] in {"\\u", "\\U"}:
            return chr(int(f"0x{found[2:]}", 0))
        assert found not in {"${", "%{"}
        return SHORT.get(found, found)

    return ESCAPE.sub(meant, quoted[1:-1])


@any_settings
def test_the_file_parsed_back_is_the_desired_state(settings):
    assert resolved(parsed(settings)) == state(settings, ACCOUNT)


def test_without_an_account_no_account_stands_in_it():
    text = terraform.as_hcl(state(PLAIN))
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert UNKNOWN_ACCOUNT not in code
    assert "aws_caller_identity" not in code


def test_with_an_account_terraform_refuses_another():
    (role,) = (
        block['"aws_iam_role"']['"genesys"']
        for block in parsed(PLAIN)["resource"]
        if '"aws_iam_role"' in block
    )
    (precondition,) = role["lifecycle"][0]["precondition"]
    assert precondition["condition"] == (
        f'${{data.aws_caller_identity.current.account_id == "{ACCOUNT}"}}'
    )


def test_every_variable_checks_its_value():
    for variable in named(parsed(PLAIN)["variable"]).values():
        (validation,) = variable["validation"]
        assert "regex" in validation["condition"]
        assert validation["error_message"]


def test_it_works_with_versions_5_and_6_of_the_provider():
    assert '">= 5.0, < 7.0"' in terraform.as_hcl(state(PLAIN))


def test_it_says_how_to_import_what_exists():
    text = terraform.as_hcl(state(PLAIN, ACCOUNT))
    assert "# terraform import aws_iam_role.genesys GenesysCloudLexV2Role\n" in text
    assert (
        "# terraform import aws_iam_role_policy_attachment.amazon_lex_read_only "
        "GenesysCloudLexV2Role/arn:aws:iam::aws:policy/AmazonLexReadOnly\n" in text
    )


@pytest.mark.parametrize("value", ["e\u0301", "\u212b", "\u1100\u1161"])
def test_text_that_terraform_would_normalize_is_refused(value):
    with pytest.raises(InvalidInput, match="NFC"):
        terraform.as_hcl(state(Settings(org_id=ORG, tags=(("key", value),))))


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs Terraform")
@any_settings
@pytest.mark.parametrize("account_id", [ACCOUNT, UNKNOWN_ACCOUNT])
def test_terraform_fmt_has_nothing_to_change(settings, account_id):
    if settings in (CHOSEN, SETTINGS["tagged-bots"]):
        account_id = ACCOUNT
    text = terraform.as_hcl(state(settings, account_id))
    formatted = subprocess.run(
        ["terraform", "fmt", "-"],
        input=text.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
    )
    assert formatted.stdout.decode() == text


@pytest.mark.skipif(PLUGINS is None, reason="needs TEST_TERRAFORM_PLUGINS, a folder of providers")
@pytest.mark.parametrize("settings", [CHOSEN, NO_PERCENT], ids=["chosen-bots", "hostile"])
def test_terraform_makes_the_desired_state(settings, tmp_path):
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        url = "http://{}:{}".format(*server.get_host_and_port())
        (tmp_path / "main.tf").write_text(terraform.as_hcl(state(settings, ACCOUNT)), "utf-8")
        for words in (["init", f"-plugin-dir={PLUGINS}"], ["apply", "-auto-approve"]):
            done = subprocess.run(
                ["terraform", *words, "-no-color", "-input=false"],
                cwd=tmp_path,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(tmp_path),
                    "AWS_ENDPOINT_URL": url,
                    "AWS_ACCESS_KEY_ID": "testing",
                    "AWS_SECRET_ACCESS_KEY": "testing",
                    "AWS_REGION": "us-east-1",
                    "AWS_EC2_METADATA_DISABLED": "true",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        wanted = state(settings, ACCOUNT)
        found = observe(Session(region="us-east-1"), wanted.role.name, lambda _: {})
        server.stop()
    assert found == wanted
