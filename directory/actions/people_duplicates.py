"""Cards that are probably one person: found in the background by their keys, never by comparing every pair."""

from datetime import datetime

from django.db import connection, transaction

from directory.models import Agent, Citizen, DistinctCitizens, LikelyDuplicate
from directory.models.citizens import waits_q

BATCH = 500
MOST_EACH = 5  # a card meets the five oldest of those that are like it: merging those brings the others


@transaction.atomic
def duplicates_find(*, now: datetime, limit: int = BATCH) -> int:
    """Compare the cards that changed since they were last compared; returns how many. Several workers share the work.

    The cost is that of a few index look-ups for each changed card, whatever the number of cards.
    """
    waiting = Citizen.objects.filter(waits_q()).order_by("id").select_for_update(skip_locked=True, no_key=True)
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM directory_likelyduplicate WHERE first_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM directory_likelyduplicate WHERE second_id = ANY(%s)", [ids])
        cursor.execute(_FIND, {"now": now, "ids": ids, "each": MOST_EACH})
        cursor.execute(
            "UPDATE directory_citizen SET compared_key = f_match_key(name_key, street_key, birth_date)"
            " WHERE id = ANY(%s)",
            [ids],
        )
    return len(ids)


@transaction.atomic
def citizens_distinct(*, one: Citizen, other: Citizen, actor: Agent, now: datetime) -> DistinctCitizens:
    """« These are two people »: the pair is not proposed again. Said twice, it is said once."""
    first, second = sorted((one, other), key=lambda citizen: citizen.pk)
    said, _is_new = DistinctCitizens.objects.get_or_create(
        first=first, second=second, defaults={"said_by": actor, "said_at": now}
    )
    LikelyDuplicate.objects.filter(first=first, second=second).delete()
    return said


def compare_again(*ids: int) -> None:
    """Have these cards compared by the next sweep, as if they had changed."""
    Citizen.objects.filter(pk__in=ids).update(compared_key="again")


# the same rules as directory.likeness.likeness, over the indexes citizen_alike, citizen_born and citizen_organisation
_FIND = r"""
INSERT INTO directory_likelyduplicate (first_id, second_id, found_at)
SELECT DISTINCT least(one.id, other.id), greatest(one.id, other.id), %(now)s::timestamptz
FROM directory_citizen one CROSS JOIN LATERAL (
  (SELECT id, address, birth_date FROM directory_citizen
   WHERE name_key = one.name_key AND street_key = one.street_key AND NOT (street_key = '')
     AND one.name_key NOT LIKE '=%%' AND merged_into_id IS NULL AND id <> one.id ORDER BY id LIMIT %(each)s)
  UNION ALL
  (SELECT id, '', birth_date FROM directory_citizen
   WHERE name_key = one.name_key AND birth_date = one.birth_date AND birth_date IS NOT NULL
     AND one.name_key NOT LIKE '=%%' AND merged_into_id IS NULL AND id <> one.id ORDER BY id LIMIT %(each)s)
  UNION ALL
  (SELECT id, address, NULL FROM directory_citizen
   WHERE name_key = one.name_key AND name_key LIKE '=%%' AND merged_into_id IS NULL AND id <> one.id
   ORDER BY id LIMIT %(each)s)
) other
WHERE one.id = ANY(%(ids)s) AND one.merged_into_id IS NULL AND one.name_key NOT IN ('', '=')
  AND (one.birth_date = other.birth_date) IS NOT FALSE
  AND (substring(one.address FROM '.*\m(\d{5})\M') = substring(other.address FROM '.*\m(\d{5})\M')) IS NOT FALSE
  AND NOT EXISTS (
    SELECT FROM directory_distinctcitizens said
    WHERE said.first_id = least(one.id, other.id) AND said.second_id = greatest(one.id, other.id))
ON CONFLICT DO NOTHING
"""
