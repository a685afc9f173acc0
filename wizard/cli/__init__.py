"""The commands, options and arguments: the only importer of click."""
