"""`service-roles`: the Lex V2 service-linked roles of the account, and no other role."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws import service_roles as aws
from wizard.aws.lex import role_usage
from wizard.commands.run import Outcome, connect
from wizard.errors import Cancelled, ExitCode, Refused, WizardError
from wizard.report import objects
from wizard.report import service_roles_screens as screens
from wizard.service_roles import (
    OTHER_ATTRIBUTES,
    deletion_json,
    demand_unused,
    description_json,
    role_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.connection import Connection
    from wizard.commands.run import How, Stage
    from wizard.service_roles import ServiceRole, Usage


def list_roles(how: How, stage: Stage) -> Outcome:
    """Every role with the bots that use it."""

    def run(connection: Connection) -> Outcome:
        roles = aws.list_service_roles(connection)
        usage = _usage(connection, stage) if roles else None
        used = [(role, usage.of(role) if usage else None) for role in roles]
        shown = [role_json(role, bots) for role, bots in used]
        draw = partial(screens.table, roles=used, usage=usage)
        return Outcome(ExitCode.DONE, {"roles": shown}, draw=draw)

    return _guarded("service-roles list", how, stage, run)


def describe(name: str, how: How, stage: Stage) -> Outcome:
    """One role: what Lex documents that it may do, its trust, its policies, who uses it."""

    def run(connection: Connection) -> Outcome:
        role = aws.find_service_role(connection, name)
        policies = aws.read_policies(connection, role)
        used_by = _usage(connection, stage).of(role)
        draw = partial(screens.description, role=role, used_by=used_by, policies=policies)
        return Outcome(ExitCode.DONE, description_json(role, used_by, policies), draw=draw)

    return _guarded("service-roles describe", how, stage, run)


def set_description(name: str, text: str, how: How, stage: Stage) -> Outcome:
    """Write the one thing of such a role that can be edited."""

    def run(connection: Connection) -> Outcome:
        with stage.signals.deferred():
            before = aws.set_description(connection, name, text)
        stage.screen.line(OTHER_ATTRIBUTES)
        status = "unchanged" if before.description == text else "updated"
        result = {"status": status, **role_json(replace(before, description=text), None)}
        done = screens.say(f"{before.name}: {text}" if text else f"{before.name}: no description")
        return Outcome(ExitCode.DONE, result, draw=done)

    return _guarded("service-roles set-description", how, stage, run)


def delete(
    name: str, how: How, stage: Stage, confirm: Callable[[str], bool], *, wait: bool
) -> Outcome:
    """Delete a role that nothing uses, and follow IAM's task to its end."""

    def run(connection: Connection) -> Outcome:
        role = aws.find_service_role(connection, name)
        warning = demand_unused(role, _usage(connection, stage))
        if warning:
            stage.screen.warning(warning)
        if not how.yes and not confirm(role.name):
            raise Cancelled("Cancelled; nothing was deleted.", code="cancelled")
        return _delete(connection, stage, role, wait=wait)

    return _guarded("service-roles delete", how, stage, run)


def _delete(connection: Connection, stage: Stage, role: ServiceRole, *, wait: bool) -> Outcome:
    with stage.signals.deferred():  # IAM goes on by itself, and that must be told
        deletion = aws.begin_deletion(connection, role)
        stage.screen.line("AWS has begun to delete the role.")
        if wait:
            with stage.screen.bar("Waiting for AWS") as progress:
                for looks, state in enumerate(aws.follow_deletion(connection, deletion), 1):
                    deletion = state
                    progress(looks, 0)
    code = ExitCode.AWS if deletion.status == "failed" else ExitCode.DONE
    if deletion.status == "started" and stage.signals.received is not None:
        code = stage.signals.exit_code
    return Outcome(
        code, deletion_json(deletion), draw=partial(screens.deletion, role=role, state=deletion)
    )


def _usage(connection: Connection, stage: Stage) -> Usage:
    with stage.screen.bar("Looking at bots") as progress:
        return role_usage(connection, connection.lex_regions(), progress)


def _guarded(
    command: str,
    how: How,
    stage: Stage,
    run: Callable[[Connection], Outcome],
) -> Outcome:
    """Run it in the account that is meant, and turn an error into its object."""
    try:
        connection = connect(how, stage)
        caller = connection.caller()
        if how.account_id not in {None, caller.account_id}:
            raise Refused(
                f"These credentials belong to the AWS account {caller.account_id}, but "
                f"--account-id says {how.account_id}.",
                "Choose another --profile, or correct --account-id.",
                code="another-account",
            )
        outcome = run(connection)
    except WizardError as error:
        stage.tell(error)
        failed = {
            **objects.EMPTY.get(command, {}),
            "status": error.status,
            "error": objects.error(error),
        }
        return Outcome(error.exit_code, {"command": command, **failed})
    return replace(outcome, result={"command": command, **outcome.result})
