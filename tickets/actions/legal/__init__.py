"""What the law asks of a ticket: receipt, missing pieces, transmission, decision, silence."""
