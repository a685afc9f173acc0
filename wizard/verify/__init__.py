"""Is the role what it should be? Reads two states and says so, check by check. Pure."""

from wizard.core.shell import setup_command
from wizard.verify.case import wanted_document
from wizard.verify.role import checks, org_id

__all__ = ["checks", "org_id", "setup_command", "wanted_document"]
