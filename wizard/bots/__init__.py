"""Lex V2 bots: what was read of them, and whether Genesys Architect can use them. Pure."""
