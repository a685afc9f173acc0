"""Everything that AWS can advise on a role: simulated and validated in one round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.aws.analyzer import validated
from wizard.aws.simulator import simulated
from wizard.aws.threads import Threads

if TYPE_CHECKING:
    from wizard.aws.connection import Connection
    from wizard.check import Check
    from wizard.documents import Document
    from wizard.state import Role


def advise(
    connection: Connection, role: Role, wanted: Document, actual: Document | None
) -> list[Check]:
    """Everything that AWS can advise on a role, asked side by side: one round trip.

    `wanted` is the policy document whose calls Genesys makes, `actual` the document of the
    customer managed policy as it is, None if there is none.
    """
    with Threads() as pool:
        asked = [
            pool.submit(simulated, connection, role, wanted),
            pool.submit(validated, connection, role.trust_policy, "trust"),
        ]
        if actual is not None:
            asked.append(pool.submit(validated, connection, actual, "identity"))
        return [check for each in asked for check in each.result()]
