"""Our SQL functions call each other by their whole name (``public.f_words``).

`pg_dump` restores with an empty ``search_path``: without it a backup came back without the generated columns that they
compute, hence without the rows that hold them.
"""

import re

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OURS = """
SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND (p.proname ~ '^f_' OR p.proname = 'directory_name_words')
"""


def qualify(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute(OURS)
        functions = cursor.fetchall()
        names = "|".join(sorted({name for name, _ in functions}))
        calls = re.compile(rf"(?<![\w.])({names}|directory_nameword(?!s))(?=[ (])")
        for _name, definition in functions:
            head, mark, body = definition.partition("AS $")
            cursor.execute(head + mark + calls.sub(r"public.\1", body))


class Migration(migrations.Migration):
    dependencies = [("core", "0001_text_search"), ("directory", "0011_organisations_by_name")]
    operations = [migrations.RunPython(qualify, migrations.RunPython.noop)]
