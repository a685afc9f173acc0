"""One function per command: the compositions of the house, as code."""
