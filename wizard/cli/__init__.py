"""The commands, options and arguments: the only importer of click, the only `sys.exit`."""

from wizard.cli.program import main, run

__all__ = ["main", "run"]
