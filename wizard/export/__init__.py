"""The desired state as text of a format; never connects."""
