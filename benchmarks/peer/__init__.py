"""Our pages and one of another program, turn about in one run: a machine's speed changes, their ratio does not."""
