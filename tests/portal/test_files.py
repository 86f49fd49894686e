"""Files that were never sent do not stay."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from channels_intake.tasks import sweep_pending_files


def test_files_of_past_days_are_swept_and_todays_kept():
    now = timezone.now()
    old = default_storage.save(f"pending/{now - timedelta(days=3):%Y-%m-%d}/old", ContentFile(b"x"))
    new = default_storage.save(f"pending/{now:%Y-%m-%d}/new", ContentFile(b"x"))
    sweep_pending_files()
    assert not default_storage.exists(old)
    assert default_storage.exists(new)
