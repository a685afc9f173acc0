"""Connects Genesys Cloud with Amazon Lex V2 from the AWS side."""
