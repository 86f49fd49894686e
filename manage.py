#!/usr/bin/env python
"""Django's command line. Uses the running stack of ``make run`` when no DATABASE_URL is given."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grc.settings.local")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
