"""Asks for what is open, in fancy or plain lines: the only importer of questionary."""
