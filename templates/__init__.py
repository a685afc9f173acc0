"""The policy documents that this program writes, as JSON files with `<placeholders>`."""
