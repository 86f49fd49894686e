"""One person, one history: cards, merges, what was asked already."""
