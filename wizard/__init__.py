"""Connects Genesys Cloud with Amazon Lex V2 from the AWS side."""

__version__ = "1.0.0"
