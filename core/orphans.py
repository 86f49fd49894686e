"""Files in the storage that no row holds: a transaction that was rolled back leaves its file behind."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField

AGE = timedelta(days=1)  # younger ones may belong to a transaction that is not over
APART = ("pending",)  # swept by the day (`channels_intake.web_form.pending`)
_AT_ONCE = 500


def orphans_sweep(*, now: datetime, delete: bool = True) -> list[str]:
    """The paths of the files older than a day that no FileField of any model names; deleted unless ``delete`` is false.

    A file is looked for in the rows after it was listed, so that one whose row comes meanwhile is kept.
    """
    found, batch = list[str](), list[str]()
    for path in _old_files("", now - AGE):
        batch.append(path)
        if len(batch) >= _AT_ONCE:
            found += _orphans(batch)
            batch = []
    found += _orphans(batch)
    if delete:
        for path in found:
            default_storage.delete(path)
    return found


def _old_files(folder: str, before: datetime) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        path = f"{folder}{name}"
        try:
            if default_storage.get_modified_time(path) < before:
                yield path
        except FileNotFoundError:
            continue  # deleted meanwhile
    for name in folders:
        if folder or name not in APART:
            yield from _old_files(f"{folder}{name}/", before)


def _orphans(paths: list[str]) -> list[str]:
    """Those of ``paths`` that no row holds, in every table that has files."""
    held: set[str] = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if paths and isinstance(field, FileField):
                rows = model._base_manager.filter(**{f"{field.name}__in": paths})
                held.update(rows.values_list(field.name, flat=True))
    return [path for path in paths if path not in held]
