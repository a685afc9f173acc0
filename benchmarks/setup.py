"""How long a set-up takes, beside scripts that make the same calls; prints ratios.

A simulated AWS on loopback adds 100 ms to each call. Whole processes are timed, several
runs of each in turn, and the medians compared: a ratio holds where a machine's speed drifts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from aws_server import ACCOUNT, Server
from program import ORG, POLICY, ROLE, Program
from wizard.core.changes import iam_call, plan
from wizard.core.desired import desired
from wizard.core.state import NOTHING
from wizard.settings import Settings

RUNS = 5
BIN = Path(sys.executable).parent
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{POLICY}"


def same_calls() -> list[tuple[str, str, dict[str, object]]]:
    """Every call that a fresh set-up makes, in an order that works: (service, operation, input)."""
    role, policy = {"RoleName": ROLE}, {"PolicyArn": POLICY_ARN}
    on_role = [
        ("iam", "GetRole", role),
        ("iam", "ListAttachedRolePolicies", role),
        ("iam", "ListRolePolicies", role),
    ]
    on_policy = [
        ("iam", "GetPolicy", policy),
        ("iam", "ListPolicyVersions", policy),
        ("iam", "ListEntitiesForPolicy", policy),
        ("iam", "GetPolicyVersion", {**policy, "VersionId": "v1"}),
    ]
    writes = [
        ("iam", *iam_call(change)) for change in plan(desired(Settings(ORG), ACCOUNT), NOTHING)
    ]
    return [
        ("sts", "GetCallerIdentity", {}),
        *on_role,
        *on_policy,
        *writes,
        *on_role,
        *on_policy,
    ]


BOTO3 = """
import boto3, json, sys
from botocore import xform_name
from botocore.exceptions import ClientError
clients = {}
for service, operation, parameters in json.load(open(sys.argv[1])):
    client = clients.setdefault(service, None) or boto3.client(service)
    clients[service] = client
    try:
        answer = getattr(client, xform_name(operation))(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
print(answer["ResponseMetadata"]["HTTPStatusCode"])
"""


def aws_cli_script() -> str:
    """The same calls by the AWS CLI; what does not exist yet may fail."""
    from botocore import xform_name

    lines = ["set -u"]
    for service, operation, parameters in same_calls():
        quoted = json.dumps(parameters).replace("'", "'\\''")
        name = xform_name(operation, "-")
        given = f"--cli-input-json '{quoted}'" if parameters else ""
        lines.append(f"'{BIN}/aws' {service} {name} {given} >/dev/null 2>&1")
    return "\n".join([*lines, "exit 0", ""])


# Measured from a small process: what is forked from a large one starts with its memory.
MEASURE = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([code, seconds, peak]))
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MiB) of one process and its children."""
    measured = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, *command],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    code, seconds, peak = json.loads(measured.stdout)
    if code:
        sys.exit(f"{command[0]} failed with {code}")
    return seconds, peak


def compare(
    commands: dict[str, list[str]], environment: dict[str, str], before: object = None
) -> dict[str, tuple[float, float]]:
    """The median time and memory of each command, run in turn, one warm-up first."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(RUNS + 1):
        for name, command in commands.items():
            if callable(before):
                before()
            measured = timed(command, environment)
            if number:
                runs[name].append(measured)
    return {
        name: (
            statistics.median(seconds for seconds, _ in measured),
            statistics.median(memory for _, memory in measured),
        )
        for name, measured in runs.items()
    }


def line(what: str, ratio: float, bound: float) -> None:
    """One ratio beside its bound."""
    print(f"  {what:<58} {ratio:5.2f}   (at most {bound})")


def main() -> None:
    """Measure and print."""
    server = Server()
    server.start()
    home = Path(tempfile.mkdtemp())
    program = Program(BIN / "genesys-lex-wizard", home, server.url)
    environment = program.environment()
    calls = home / "calls.json"
    calls.write_text(json.dumps(same_calls()))
    (home / "plain.py").write_text(BOTO3)
    (home / "script.sh").write_text(aws_cli_script())

    def fresh() -> None:
        server.reset()
        server.latency = 0.1

    setup = [str(program.path), "setup", "--non-interactive", "--org-id", ORG]
    results = compare(
        {
            "wizard": setup,
            "aws": ["/bin/sh", str(home / "script.sh")],
            "boto3": [sys.executable, str(home / "plain.py"), str(calls)],
        },
        environment,
        fresh,
    )
    fresh()
    timed(setup, environment)
    trips, count = server.round_trips(), len(server.calls)
    server.forget()
    timed(setup, environment)
    print(f"Set-up at 100 ms a call, {RUNS} runs each, medians of whole processes:")
    for name, (seconds, memory) in results.items():
        print(f"  {name:<8} {seconds:6.2f} s  {memory:6.1f} MiB")
    wizard, aws, boto3 = results["wizard"], results["aws"], results["boto3"]
    line("set-up / AWS CLI script with the same calls", wizard[0] / aws[0], 0.27)
    line("set-up / boto3 script with the same calls", wizard[0] / boto3[0], 0.80)
    line("peak memory / boto3 script's", wizard[1] / boto3[1], 1.2)
    line(f"round trips of a fresh set-up ({count} calls)", trips, 5)
    line(f"round trips with nothing to do ({len(server.calls)} calls)", server.round_trips(), 3)
    server.stop()
    help_ = compare(
        {
            "--help": [str(program.path), "--help"],
            "--version": [str(program.path), "--version"],
            "aws": [str(BIN / "aws"), "--version"],
            "click": [sys.executable, "-c", "import click"],
        },
        environment,
    )
    for name in ("--help", "--version"):
        line(f"{name} / aws --version", help_[name][0] / help_["aws"][0], 0.25)
        line(f"{name} / python -c 'import click'", help_[name][0] / help_["click"][0], 2)


if __name__ == "__main__":
    main()
