"""Everything that AWS can advise on a role: simulated and validated in one round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.aws.analyzer import validated
from wizard.aws.simulator import simulated
from wizard.aws.threads import Threads

if TYPE_CHECKING:
    from wizard.aws.session import Session
    from wizard.core.documents import Document
    from wizard.core.state import Role
    from wizard.verify.check import Check


def advise(session: Session, role: Role, wanted: Document, actual: Document | None) -> list[Check]:
    """Everything that AWS can advise on a role, asked side by side: one round trip.

    `wanted` is the policy document whose calls Genesys makes, `actual` the document of the
    customer managed policy as it is, None if there is none.
    """
    with Threads() as pool:
        asked = [
            pool.submit(simulated, session, role, wanted),
            pool.submit(validated, session, role.trust_policy, "trust"),
        ]
        if actual is not None:
            asked.append(pool.submit(validated, session, actual, "identity"))
        return [check for each in asked for check in each.result()]
