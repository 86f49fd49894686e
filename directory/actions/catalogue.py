from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from directory.catalogue_file import CatalogueError, catalogue_parse
from directory.models import RequestType, Service


@dataclass(frozen=True)
class CatalogueReport:
    """How many request types a file created, changed and left alone; nothing was written when there are errors."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: Sequence[CatalogueError] = ()


@transaction.atomic
def catalogue_load(data: bytes) -> CatalogueReport:
    """Create or update, by code, the request types of a catalogue file (see `directory.catalogue_file`).

    All or nothing, and never a deletion: types that the file does not name stay as they are.
    """
    services = {service.code: service for service in Service.objects.order_by("code")}
    rows, errors = catalogue_parse(data, services)
    if errors:
        return CatalogueReport(errors=tuple(errors))
    known = {
        request_type.code: request_type
        for request_type in RequestType.objects.select_for_update(no_key=True).filter(
            code__in=[row.code for row in rows]
        )
    }
    created: list[RequestType] = []
    updated = 0
    for row in rows:
        wanted = row.fields | {"service_id": services[row.service].pk}
        request_type = known.get(row.code)
        if request_type is None:
            created.append(RequestType(code=row.code, **wanted))
            continue
        changed = [name for name, value in wanted.items() if getattr(request_type, name) != value]
        if changed:
            for name in changed:
                setattr(request_type, name, wanted[name])
            request_type.save(update_fields=changed)
            updated += 1
    RequestType.objects.bulk_create(created)
    return CatalogueReport(len(created), updated, len(rows) - len(created) - updated)
