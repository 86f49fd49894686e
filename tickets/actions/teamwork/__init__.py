"""Several agents on a ticket: links, merges, splits, tasks, mentions, watchers."""
