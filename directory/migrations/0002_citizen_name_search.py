"""Citizens found by words of their names: an index of expression, on the accent-stripping function of ``core``."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Concat


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial"), ("core", "0001_text_search")]
    operations = [
        migrations.AddIndex(
            model_name="citizen",
            index=GinIndex(
                SearchVector(
                    Func(
                        Concat(
                            F("first_name"),
                            Value(" "),
                            F("last_name"),
                            Value(" "),
                            F("organisation"),
                            output_field=CharField(),
                        ),
                        function="f_unaccent",
                        output_field=CharField(),
                    ),
                    config="simple",
                ),
                name="citizen_name_search",
            ),
        ),
    ]
