"""Facts to checks and reasons: the role, its trust policy, the bots. Pure."""
