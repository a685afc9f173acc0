"""`python -m wizard` is the same program as `genesys-lex-wizard`."""

from wizard.cli import main

main()
