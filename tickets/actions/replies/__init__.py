"""What leaves for the citizen, and what is kept until it leaves."""
