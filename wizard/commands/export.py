"""`export` and `permissions`: the desired state as text; they never connect."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.core.desired import desired, located
from wizard.core.state import UNKNOWN_ACCOUNT, UNKNOWN_ORG
from wizard.errors import InvalidInput
from wizard.export import cloudformation, policies, script, stackset, terraform
from wizard.export import permissions as operator
from wizard.ui import reports
from wizard.validators import GENESYS_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.commands import Context, Outcome
    from wizard.core.state import State
    from wizard.settings import Settings

EXECUTABLE, READABLE = 0o777, 0o666  # less what the umask takes


@dataclass(frozen=True)
class Request:
    """Which export, in which notation, and where to."""

    format: str
    out: str | None = None
    force: bool = False
    notation: str = "yaml"
    template_url: str | None = None
    targets: Mapping[str, Any] = field(default_factory=dict)  # of a stack set


def export(context: Context, settings: Settings, request: Request) -> Outcome:
    """Write the setup in a format for review; to files, or to standard output.

    Raises WizardError.
    """
    options = context.options
    context.result["format"] = request.format
    _check(settings, request)
    state = _state(context, settings)
    targets = None
    if request.format == "stackset":
        here = {"region": options.region} if options.region else {}
        targets = stackset.Targets(**{**request.targets, **here})
        targets.check(settings)
    text, files = _texts(state, request, targets)
    written = _write(files, request) if request.out not in {None, "-"} else []
    for file in written:
        context.screen.line(file, "written", "✓")
    if request.format == "cloudformation":
        command = cloudformation.deploy_command(
            state, request.out or "FILE", profile=options.profile, region=options.region
        )
        link = request.template_url and cloudformation.quick_create_link(
            state, request.template_url, region=options.region
        )
        reports.deployment(context.screen, command, link)
        context.result |= {"deploy_command": command, "quick_create_link": link}
    if targets:
        told = stackset.hand_off(state, targets, request.out or "FILE", options.profile)
        reports.stack_set(context.screen, told, self_managed=targets.self_managed)
        context.result |= told
    outcome = context.ended(status="exported", document=None if written else text, files=written)
    return replace(outcome, text="" if written else text)


def permissions(context: Context, settings: Settings, commands: Sequence[str]) -> Outcome:
    """The smallest IAM policy for an operator of these commands, and a sentence per statement.

    Raises WizardError.
    """
    state = _state(context, replace(settings, org_id=settings.org_id or UNKNOWN_ORG))
    named = [name for name in operator.COMMANDS if name in commands]
    granted = operator.permissions(named or operator.DEFAULT_COMMANDS, state)
    for sentence in granted.explanations:
        context.screen.line(sentence)
    outcome = context.ended(
        status="printed",
        document=granted.document.tree,
        explanations=list(granted.explanations),
    )
    return replace(outcome, text=granted.document.text() + "\n")


def _check(settings: Settings, request: Request) -> None:
    if not settings.org_id:
        raise InvalidInput(
            "Missing required option: --org-id",
            "Give --org-id, or set GENESYS_LEX_ORG_ID.",
            code="missing-option",
        )
    for option, given, formats in (
        ("--format json", request.notation == "json", {"cloudformation", "stackset"}),
        ("--template-url", request.template_url is not None, {"cloudformation"}),
        ("a stack set's target", any(request.targets.values()), {"stackset"}),
    ):
        if given and request.format not in formats:
            raise InvalidInput(
                f"{option} applies only to {' and '.join(sorted(formats))}, not {request.format}.",
                "Leave it out.",
                code="option-does-not-fit",
            )


def _state(context: Context, settings: Settings) -> State:
    account_id = context.options.account_id
    if account_id == (settings.genesys_account_id or GENESYS_ACCOUNT):
        raise InvalidInput(
            (
                "--account-id is the Genesys Cloud AWS account. The role would trust its own "
                "account."
            ),
            "--account-id is the account that has the Lex V2 bots.",
            code="genesys-own-account",
        )
    settings = located(settings, context.options.region, account_id)
    return desired(settings, account_id or UNKNOWN_ACCOUNT)


def _texts(
    state: State, request: Request, targets: stackset.Targets | None
) -> tuple[str, Mapping[str, str]]:
    """The one text for standard output, and the texts by file name (empty: the file itself)."""
    if targets:
        text = stackset.as_text(state, targets, request.notation)
        return text, {"": text}
    match request.format:
        case "policies":
            return policies.as_json(state), policies.as_files(state)
        case "terraform":
            text = terraform.as_hcl(state)
        case "cli":
            text = script.as_shell(state)
        case _ if request.notation == "json":
            text = cloudformation.as_json(state)
        case _:
            text = cloudformation.as_yaml(state)
    return text, {"": text}


def _write(files: Mapping[str, str], request: Request) -> list[str]:
    """Write the files; nothing is overwritten without --force. Raises InvalidInput."""
    out, folder = Path(request.out or ""), "" not in files
    targets = {out if not name else out / name: text for name, text in files.items()}
    existing = [path for path in targets if path.exists() or path.is_symlink()]
    for path in existing:
        if not (path.is_file() or path.is_symlink()):
            raise InvalidInput(
                f"{path} is {'a folder' if path.is_dir() else 'no file'}.",
                "Give the path of a file with --out.",
                code="not-writable",
            )
    if existing and not request.force:
        raise _exists(existing)
    mode = EXECUTABLE if request.format == "cli" else READABLE
    try:
        if folder:
            out.mkdir(parents=True, exist_ok=True)
        for path, text in targets.items():
            _write_file(path, text, mode, force=request.force)
    except FileExistsError:
        raise _exists([out] if folder and not out.is_dir() else list(targets)) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InvalidInput(
            f"{request.out} can't be written: {why}.",
            "Use another --out, or omit it to write to standard output.",
            code="not-writable",
        ) from None
    return [str(path) for path in targets]


def _exists(paths: Sequence[Path]) -> InvalidInput:
    return InvalidInput(
        f"File already exists: {', '.join(map(str, paths))}.",
        "Use another --out, or --force to overwrite.",
        code="file-exists",
    )


def _write_file(path: Path, text: str, mode: int, *, force: bool) -> None:
    """Write a new file, whole or not at all; with `force` it takes the place of what is there.

    What is there is never written through: it may be a link that somebody else has put there.
    Raises FileExistsError, OSError, ValueError.
    """
    target = path.with_name(f".{path.name}.{os.getpid()}.part") if force else path
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(number, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        if force:
            target.replace(path)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
