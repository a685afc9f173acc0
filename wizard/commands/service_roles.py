"""`service-roles`: the Lex V2 service-linked roles of the account, and no other role."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws import service_roles as aws
from wizard.aws.lex import role_usage
from wizard.commands import STOPPING
from wizard.core.bots import Usage
from wizard.errors import Cancelled, ExitCode
from wizard.ui import service_roles as ui
from wizard.ui.reports import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.service_roles import ServiceRole
    from wizard.aws.session import Session
    from wizard.commands import Context, Outcome


def list_roles(context: Context) -> Outcome:
    """Every role with the bots that use it. Raises WizardError."""
    session = _sign_in(context)
    roles = aws.list_service_roles(session)
    usage = _usage(context, session) if roles else Usage({}, {})
    used = [(role, aws.bots_of(role, usage)) for role in roles]
    outcome = context.ended(roles=[ui.role_json(role, bots) for role, bots in used])
    return replace(outcome, draw=partial(ui.table, roles=used, unread=usage.unread))


def describe(context: Context, name: str) -> Outcome:
    """One role: what Lex documents that it may do, its trust, its policies, who uses it.

    Raises WizardError.
    """
    session = _sign_in(context)
    role = aws.find_service_role(session, name)
    policies = aws.read_policies(session, role)
    bots = aws.bots_of(role, _usage(context, session))
    outcome = context.ended(**ui.description_json(role, bots, policies))
    draw = partial(ui.description, role=role, bots=bots, policies=policies)
    return replace(outcome, draw=draw)


def set_description(context: Context, name: str, text: str) -> Outcome:
    """Write the one thing of such a role that can be edited. Raises WizardError."""
    session = _sign_in(context)
    with context.deferred(STOPPING):
        before = aws.set_description(session, name, text)
    context.screen.line(ui.OTHER_ATTRIBUTES)
    status = "unchanged" if before.description == text else "updated"
    outcome = context.ended(status=status, **ui.role_json(replace(before, description=text), None))
    done = say(f"{before.name}: {text}" if text else f"{before.name}: no description")
    return replace(outcome, draw=done)


def delete(
    context: Context, name: str, confirm: Callable[[str, str], bool], *, wait: bool
) -> Outcome:
    """Delete a role that nothing uses, and follow IAM's task to its end. Raises WizardError."""
    session = _sign_in(context)
    role = aws.find_service_role(session, name)
    usage = _usage(context, session)
    bots = aws.bots_of(role, usage)
    aws.refuse_if_used(role, bots)
    if bots is None:
        context.screen.warning(ui.unknown_use(role, usage))
    if not context.options.yes and not confirm(role.name, session.caller().account_id):
        raise Cancelled("Canceled. Nothing was deleted.", code="cancelled")
    return _delete(context, session, role, wait=wait)


def _delete(context: Context, session: Session, role: ServiceRole, *, wait: bool) -> Outcome:
    signals, screen = context.signals, context.screen
    with context.deferred(STOPPING):  # IAM goes on by itself, and that must be reported
        deletion = aws.begin_deletion(session, role)
        screen.line("AWS started deleting the role.")
        if wait:
            with screen.bar("Waiting for AWS") as progress:
                for questions, state in enumerate(aws.follow_deletion(session, deletion), 1):
                    deletion = state
                    progress(questions, 0)
    code = ExitCode.AWS if deletion.status == "failed" else ExitCode.DONE
    if deletion.status == "started" and signals.received is not None:
        code = signals.exit_code
    draw = partial(ui.deletion, role=role, state=deletion)
    return replace(context.ended(code, **ui.deletion_json(deletion)), draw=draw)


def _sign_in(context: Context) -> Session:
    """A session in the account that is meant."""
    session = context.sign_in()
    context.check_account_id(session.caller())
    return session


def _usage(context: Context, session: Session) -> Usage:
    with context.screen.bar("Looking at bots") as progress:
        return role_usage(session, session.lex_regions(), progress)
