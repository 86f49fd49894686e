"""Who processes a ticket: emergencies, rules, what was learned, assignment, absences."""
