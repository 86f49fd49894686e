"""Letters to citizens: what must be in them (`mentions`), what they say (`content`), how they look (`render`).

Reads nothing: everything comes in a `facts.Facts`, gathered by `tickets.selectors.letters`.
"""
