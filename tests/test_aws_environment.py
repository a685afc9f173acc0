"""The cause in the user's own variables and files is named; what is secret in them is not."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inside import variables
from wizard.aws.environment import faults_of_addresses, faults_of_bundles, place
from wizard.aws.session import Retry, Session
from wizard.errors import AwsError, ExitCode

SECRET = "S3cret"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"}
ENDPOINT = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
PROCESS = "[default]\nregion = us-east-1\ncredential_process = "
# What is set (a text: the config file), and what the message names.
CAUSES = {
    "a proxy with a space": ({"HTTPS_PROXY": "127.0.0.1:8080 "}, "HTTPS_PROXY"),
    "a proxy with a line break": ({"HTTPS_PROXY": "http://127.0.0.1:80\r"}, "HTTPS_PROXY"),
    "a proxy's port": ({"HTTPS_PROXY": "http://127.0.0.1:abc"}, "HTTPS_PROXY"),
    "a SOCKS proxy": ({"HTTPS_PROXY": f"socks5://u:{SECRET}@127.0.0.1:1"}, "SOCKS"),
    "a proxy's password with @": ({"HTTPS_PROXY": f"http://u:a@{SECRET}@127.0.0.1:9"}, "proxy"),
    "a password with a space": ({"HTTPS_PROXY": f"http://u:{SECRET} two@127.0.0.1:9"}, "PROXY"),
    "a proxy without slashes": ({"HTTPS_PROXY": f"http:u:{SECRET}@127.0.0.1:9"}, "proxy"),
    "a password with a slash": ({"HTTPS_PROXY": f"http://u:{SECRET}/x@127.0.0.1:9"}, "PROXY"),
    "another scheme": ({"AWS_ENDPOINT_URL": "ftp://127.0.0.1/"}, "AWS_ENDPOINT_URL"),
    "an endpoint with a space": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1 "}, "AWS_ENDPOINT_URL"),
    "an endpoint's port": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:abc"}, "AWS_ENDPOINT_URL"),
    "no such port": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:99999"}, "AWS_ENDPOINT_URL"),
    "a surrogate in a key": (
        {"AWS_SECRET_ACCESS_KEY": f"{SECRET}\udc80"},
        "an invalid character",
    ),
    "a line break in a key": ({"AWS_ACCESS_KEY_ID": "AKIA\n"}, "an invalid character"),
    "expired variables": (
        {"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z", "AWS_SESSION_TOKEN": SECRET},
        "has expired",
    ),
    "no region": ({}, "region"),
    "no number as a key": (
        PROCESS + """echo '{"Version": 1, "AccessKeyId": 5, "SecretAccessKey": 7}'""",
        "an invalid character",
    ),
    "no key": (
        PROCESS + """echo '{"Version": 1, "AccessKeyId": null, "SecretAccessKey": "x"}'""",
        "an invalid character",
    ),
    "a process that prints nothing": (PROCESS + "true", "credential_process"),
    "a process that prints prose": (PROCESS + f"echo {SECRET}", "credential_process"),
    "a process that prints a list": (PROCESS + "echo [1]", "credential_process"),
    "a process that fails": (
        PROCESS + f'sh -c "echo {SECRET} >&2; exit 3"',
        "credential_process",
    ),
    "`aws login` without its package": (
        "[default]\nlogin_session = arn:aws:iam::123456789012:user/a",
        "awscrt",
    ),
    "Latin-1": ("[default]\nregion = eu-w\xe9st-1".encode("latin-1"), "UTF-8 text (line 2)"),
    "UTF-16": ("[default]\nregion = us-east-1".encode("utf-16"), "UTF-8 text"),
    "a byte order mark": ("\ufeff[default]\nregion = us-east-1", "byte order mark"),
    "a section twice": ("[default]\n[default]\n", "duplicate section (line 2)"),
    "a stray line": (f"[default]\n{SECRET}\n", "(line 2)"),
    "no section": (f"{SECRET} = x\n", "(line 1)"),
}


def failure() -> AwsError:
    """How the first calls end."""
    with pytest.raises(AwsError) as failed:
        sign_in()
    return failed.value


def sign_in() -> None:
    session = Session(retry=Retry(seconds=0.1), may_ask=False)
    session.log_in()
    if "HTTPS_PROXY" not in os.environ:
        session.call("lexv2-models", "ListBots")
    session.caller()


@pytest.mark.parametrize(("setting", "named"), CAUSES.values(), ids=CAUSES)
def test_the_cause_is_named_and_no_secret_is(tmp_path, setting, named):
    config, environment = tmp_path / "config", {**KEYS, **ENDPOINT}
    if isinstance(setting, dict):
        environment |= setting
        if "HTTPS_PROXY" in setting:
            environment |= {"AWS_ENDPOINT_URL": "https://192.0.2.1", "AWS_DEFAULT_REGION": "x"}
        elif setting:
            environment["AWS_DEFAULT_REGION"] = "us-east-1"
    else:
        config.write_bytes(setting if isinstance(setting, bytes) else setting.encode())
        environment = {**ENDPOINT, "AWS_CONFIG_FILE": str(config)}
    with variables({"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), **environment}):
        error = failure()
    assert named in error.message + error.hint
    assert error.exit_code is ExitCode.AWS
    assert SECRET not in error.message + error.hint


@pytest.mark.parametrize("path", ["missing.pem", "~/ca.pem", ".", "empty.pem"])
def test_a_bundle_of_certificates_that_can_not_be_read_is_named(tmp_path, path):
    (tmp_path / "empty.pem").write_text("")
    bundle = path if path.startswith("~") else str(tmp_path / path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_hang_up, args=(server,), daemon=True).start()
        endpoint = f"https://127.0.0.1:{server.getsockname()[1]}"
        given_ = {"AWS_CA_BUNDLE": bundle, "AWS_ENDPOINT_URL": endpoint}
        with variables({**KEYS, "AWS_DEFAULT_REGION": "us-east-1", **given_}):
            error = failure()
    assert "AWS_CA_BUNDLE isn't set to a readable certificate file" in error.message


def _hang_up(server):
    with suppress(OSError):
        while True:
            server.accept()[0].close()


def test_usable_settings_have_no_fault(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    usable = {
        "AWS_ENDPOINT_URL": "https://vpce-1.sts.us-east-1.vpce.amazonaws.com",
        "AWS_ENDPOINT_URL_IAM": "http://localhost:4566/",
        "HTTPS_PROXY": "proxy.example.com:8080",
        "http_proxy": "http://user:p%40ss@proxy.example.com",
        "AWS_CA_BUNDLE": str(bundle),
    }
    assert [*faults_of_addresses(usable), *faults_of_bundles(usable)] == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://iam.amazonaws.com/path?token=S3cret", "https://iam.amazonaws.com"),
        ("http://user:S3cret@host:8080", "http://host"),
        ("http://user:a@S3cret@host", "http://host"),
        ("http://user:1234/x@host", "http://host"),
        ("http:user:S3cret@host", ""),
        ("S3cret", ""),
        ("http://user:S3cret", ""),
    ],
)
def test_of_an_address_only_scheme_and_host_are_shown(address, shown):
    assert place(address) == shown or shown == ""
    assert SECRET not in place(address)


@given(st.text())
def test_what_stands_before_the_last_at_sign_is_never_shown(secret):
    assert place(f"http://{secret}@host") in {"", "http://host"}
