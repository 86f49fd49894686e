"""Services that process their tickets by e-mail."""
