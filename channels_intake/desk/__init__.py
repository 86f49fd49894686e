"""What the telephone desk and the counter desk share: finding the person, the one form, the five outcomes."""
