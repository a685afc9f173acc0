"""Words and pictures for plans, events, checks and errors: the only importer of rich."""
