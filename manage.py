#!/usr/bin/env python
"""Django's command line. Uses the running stack of ``make run`` when no DATABASE_URL is given."""

import os
import sys

WITHOUT_SERVERS = {"legal_deadline"}  # commands that compute and reach no server

if __name__ == "__main__":
    settings = "grc.settings.build" if set(sys.argv[1:2]) & WITHOUT_SERVERS else "grc.settings.local"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"guichet: {error}")  # a mistake in the environment is one line, not a traceback
