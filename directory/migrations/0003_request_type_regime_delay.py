"""A legal regime without a delay was let in: the check compared with null, and an unknown check passes."""

from django.db import migrations
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = [("directory", "0002_citizen_name_search")]
    operations = [
        migrations.RemoveConstraint(model_name="requesttype", name="request_type_regime_has_delay"),
        migrations.AddConstraint(
            model_name="requesttype",
            constraint=CheckConstraint(
                condition=~Q(regime__in=["SVA", "SVR", "RGPD"])
                | Q(delay_months__isnull=False, delay_months__gt=0)
                | Q(delay_days__isnull=False, delay_days__gt=0),
                name="request_type_regime_has_delay",
                violation_error_message="This legal regime needs a delay.",
            ),
        ),
    ]
