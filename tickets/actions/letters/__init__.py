"""Letters on paper: written, numbered, kept as files."""
