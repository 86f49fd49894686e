"""The embedded run stack: PostgreSQL, a Redis-compatible broker, web, worker, beat and mail receiver as child
processes of one supervisor. No Django, Celery or DRF is imported here: those run in the children only.
"""
