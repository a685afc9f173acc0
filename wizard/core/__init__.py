"""Pure decisions: documents, states, changes, and what is desired."""
