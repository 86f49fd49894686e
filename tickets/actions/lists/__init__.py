"""What agents do from lists: bulk work, exports, saved views, preferences."""
