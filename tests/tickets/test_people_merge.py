"""Two cards become one and two again: nothing is lost, and undoing is exact."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from channels_intake.models import Call, Visit
from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.citizens import Requester, citizen_identify
from directory.actions.people_duplicates import citizens_distinct
from directory.models import Agent, Citizen, CitizenMerge, ContactPoint, DistinctCitizens, Household
from tests.support.counter import arrive, make_site
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.people.merging import CHOICES, LEFT, citizens_merge, citizens_unmerge, relations, strays_sweep
from tickets.models import Ticket, TicketEvent

MOVED = {
    "directory.ContactPoint.citizen",
    "directory.Citizen.member_of",
    "tickets.Ticket.requester",
    "channels_intake.Call.citizen",
    "channels_intake.Visit.citizen",
}


def receptionist() -> Agent:
    return make_agent(("phone", make_town()))


def merge(source: Citizen, target: Citizen, actor: Agent | None = None, **fields: Any) -> CitizenMerge:
    return citizens_merge(source=source, target=target, actor=actor or receptionist(), now=timezone.now(), **fields)


def undo(done: CitizenMerge, actor: Agent | None = None) -> CitizenMerge:
    return citizens_unmerge(merge=done, actor=actor or receptionist(), now=timezone.now())


def fresh(citizen: Citizen) -> Citizen:
    return Citizen.objects.get(pk=citizen.pk)


def test_every_relation_to_a_citizen_is_moved_or_left_on_purpose() -> None:
    """Whoever adds a foreign key to a citizen decides here what a merge makes of it."""
    assert set(relations()) == MOVED
    every = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Citizen
    }
    assert every == MOVED | LEFT


@pytest.mark.django_db
def test_everything_changes_hands_and_the_history_says_so() -> None:
    ticket = make_ticket(requester=Requester(name="Clara Vasseur", email="c@example.org", phone="06 39 98 00 11"))
    source, target = ticket.requester, make_citizen("Claire Vasseur", email="claire@example.org")
    assert source is not None
    call = Call.objects.create(external_id="1", citizen=source)
    visit = arrive(make_site())
    Visit.objects.filter(pk=visit.pk).update(citizen=source)
    member = Citizen.objects.create(first_name="Paul", member_of=source)
    merge(source, target)
    assert set(target.contact_points.values_list("value", flat=True)) == {
        "c@example.org",
        "claire@example.org",
        "+33639980011",
    }
    for row in (call, visit, ticket, member):
        row.refresh_from_db()
    assert (ticket.requester, call.citizen, visit.citizen, member.member_of) == (target,) * 4
    event = TicketEvent.objects.get(ticket=ticket, kind="requester")
    assert event.data == {"former": "Clara Vasseur", "current": "Claire Vasseur", "why": "merge"}
    assert citizen_identify(Requester(email="c@example.org")) == target
    assert citizen_identify(Requester(phone="06 39 98 00 11")) == target


@pytest.mark.django_db
def test_what_the_target_lacks_is_taken_and_the_rest_only_when_chosen() -> None:
    home = Household.objects.create(name="Vasseur")
    source = Citizen.objects.create(
        first_name="C.", last_name="Vasseur", address="1 rue A", birth_date=date(1987, 5, 4), household=home
    )
    target = Citizen.objects.create(first_name="Claire", last_name="Vasseur", organisation="Amicale", address="2 rue B")
    merge(source, target, from_source=["address"])
    merged = fresh(target)
    assert (merged.first_name, merged.organisation) == ("Claire", "Amicale"), "kept"
    assert (merged.birth_date, merged.household) == (date(1987, 5, 4), home), "lacked"
    assert merged.address == "1 rue A", "chosen"


@pytest.mark.django_db
def test_an_organisation_does_not_become_a_member_of_itself() -> None:
    target = Citizen.objects.create(organisation="Amicale")
    source = Citizen.objects.create(organisation="L’Amicale", member_of=target)
    done = merge(source, target)
    assert fresh(target).member_of is None
    undo(done)
    other = merge(target, source)
    assert fresh(source).member_of is None
    undo(other)
    assert fresh(source).member_of == target


@pytest.mark.django_db
def test_undoing_gives_back_what_moved_and_keeps_what_was_corrected_since() -> None:
    ticket = make_ticket(requester=Requester(name="Claire Vasseur", email="c@example.org"))
    source = ticket.requester
    assert source is not None
    Citizen.objects.filter(pk=source.pk).update(address="1 rue A", birth_date=date(1987, 5, 4))
    target = make_citizen("Claire Vasseur")
    done = merge(fresh(source), target)
    Citizen.objects.filter(pk=target.pk).update(address="9 rue Neuve")
    undo(done)
    ticket.refresh_from_db()
    assert ticket.requester == source
    assert fresh(source).merged_into is None
    assert fresh(target).address == "9 rue Neuve", "corrected since"
    assert fresh(target).birth_date is None, "back to what it was"
    assert [event.data["why"] for event in TicketEvent.objects.filter(kind="requester")] == ["merge", "unmerge"]
    assert citizen_identify(Requester(email="c@example.org")) == source


@pytest.mark.django_db
def test_requests_that_came_since_follow_the_address_they_came_from() -> None:
    source = make_citizen("Claire Vasseur", email="source@example.org")
    target = make_citizen("Claire Vasseur", email="target@example.org")
    done = merge(source, target)
    later = timezone.now()
    by_source = make_ticket(requester=Requester(email="source@example.org"), now=later)
    by_target = make_ticket(requester=Requester(email="target@example.org"), now=later)
    at_desk = make_ticket(citizen=target, requester=Requester(), now=later)
    assert by_source.requester == by_target.requester == target
    undo(done)
    for ticket, owner in ((by_source, source), (by_target, target), (at_desk, target)):
        ticket.refresh_from_db()
        assert ticket.requester == owner


@pytest.mark.django_db
def test_merges_are_undone_in_the_reverse_order() -> None:
    first, second, third = (make_citizen("Claire Vasseur") for _ in range(3))
    ticket = make_ticket(citizen=first, requester=Requester())
    one, two = merge(first, second), merge(second, third)
    ticket.refresh_from_db()
    assert ticket.requester == third
    with pytest.raises(Conflict):
        undo(one)
    undo(two)
    undo(one)
    ticket.refresh_from_db()
    assert ticket.requester == first
    with pytest.raises(Conflict):
        undo(one)


@pytest.mark.django_db
def test_what_cannot_be_merged() -> None:
    one, other, third = make_citizen(), make_citizen(), make_citizen()
    with pytest.raises(Invalid):
        merge(one, one)
    merge(one, other)
    with pytest.raises(Conflict):
        merge(one, third)
    with pytest.raises(Conflict):
        merge(third, one)


@pytest.mark.django_db
def test_who_is_not_the_source_is_not_the_target_either() -> None:
    source, target, other = make_citizen(), make_citizen(), make_citizen()
    citizens_distinct(one=source, other=other, actor=receptionist(), now=timezone.now())
    done = merge(source, target)
    assert DistinctCitizens.objects.filter(first__in=[target, other], second__in=[target, other]).exists()
    undo(done)
    assert DistinctCitizens.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "sees_both", "may"),
    [
        ("phone", False, True),
        ("admin", False, True),
        ("back_office", True, True),
        ("back_office", False, False),
        ("manager", True, True),
        ("elected", False, False),
    ],
)
def test_only_those_who_know_both_people_merge_them(role: str, sees_both: bool, may: bool) -> None:
    voirie, secret = make_service("voirie"), make_type("aide", make_service("ccas"), is_sensitive=True)
    actor = make_agent((role, voirie))
    source, target = make_citizen(), make_citizen()
    make_ticket(citizen=source, requester=Requester(), service=voirie)
    make_ticket(
        citizen=target, requester=Requester(), **({"service": voirie} if sees_both else {"request_type": secret})
    )
    if may:
        merge(source, target, actor)
        assert fresh(source).merged_into == target
    else:
        with pytest.raises(NotAllowed):
            merge(source, target, actor)
        assert fresh(source).merged_into is None


@pytest.mark.django_db
def test_what_was_being_written_during_the_merge_is_brought_over() -> None:
    source, target, last = make_citizen(), make_citizen(), make_citizen()
    done = merge(source, target)
    onwards = merge(target, last)
    ticket = make_ticket(requester=Requester())
    Ticket.objects.filter(pk=ticket.pk).update(requester=source)  # committed after the merge by who began before
    call = Call.objects.create(external_id="1", citizen=source)
    assert strays_sweep(now=timezone.now()) == 2
    assert strays_sweep(now=timezone.now()) == 0
    ticket.refresh_from_db()
    call.refresh_from_db()
    assert (ticket.requester, call.citizen) == (last, last)
    undo(onwards)
    undo(done)
    ticket.refresh_from_db()
    assert ticket.requester == source


@pytest.mark.django_db(transaction=True)
def test_crossed_merges_and_intakes_end_with_one_person_and_nothing_lost() -> None:
    make_town()
    actor = receptionist()
    one, other = make_citizen(email="one@example.org"), make_citizen(email="other@example.org")
    start = Barrier(6)

    def crossed(source: Citizen, target: Citizen) -> str:
        try:
            start.wait(5)
            merge(source, target, actor)
            return "merged"
        except Conflict:
            return "conflict"
        finally:
            connection.close()

    def writes(email: str) -> str:
        try:
            start.wait(5)
            return str(make_ticket(requester=Requester(email=email), routed=False).reference)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        merges = [pool.submit(crossed, one, other), pool.submit(crossed, other, one)]
        tickets = [pool.submit(writes, f"{name}@example.org") for name in ("one", "other", "one", "other")]
        assert sorted(each.result(20) for each in merges) == ["conflict", "merged"]
        references = [each.result(20) for each in tickets]
    strays_sweep(now=timezone.now())
    kept = Citizen.objects.get(merged_into__isnull=True)
    assert set(Ticket.objects.filter(requester=kept).values_list("reference", flat=True)) == set(references)
    assert ContactPoint.objects.filter(citizen=kept).count() == 2
    assert Citizen.objects.count() == 2


CARD = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(["", "Claire"]),
        "last_name": st.sampled_from(["", "Vasseur", "Martin"]),
        "organisation": st.sampled_from(["", "Amicale"]),
        "address": st.sampled_from(["", "1 rue A", "2 rue B"]),
        "birth_date": st.sampled_from([None, date(1987, 5, 4), date(1990, 1, 1)]),
        "kind": st.sampled_from(["person", "association"]),
    }
)


class Identity(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        source=CARD,
        target=CARD,
        from_source=st.sets(st.sampled_from(sorted(CHOICES))),
        owners=st.lists(st.sampled_from([0, 1, 2]), max_size=6),
        member=st.sampled_from([None, "source", "target"]),
    )
    def test_merging_then_undoing_changes_nothing(
        self,
        source: dict[str, Any],
        target: dict[str, Any],
        from_source: Collection[str],
        owners: list[int],
        member: str | None,
    ) -> None:
        people = [Citizen.objects.create(**fields) for fields in (source, target, {"last_name": "Autre"})]
        if member == "source":
            Citizen.objects.filter(pk=people[1].pk).update(member_of=people[0])
        elif member == "target":
            Citizen.objects.filter(pk=people[0].pk).update(member_of=people[1])
        for number, owner in enumerate(owners):
            person = people[owner]
            kind = ("email", "phone", "call", "ticket")[number % 4]
            if kind in ("email", "phone"):
                ContactPoint.objects.create(citizen=person, kind=kind, value=f"{number}-{person.pk}")
            elif kind == "call":
                Call.objects.create(external_id=f"{number}-{person.pk}", citizen=person)
            else:
                make_ticket(citizen=person, requester=Requester(), routed=False)
        citizens_distinct(one=people[0], other=people[2], actor=receptionist(), now=timezone.now())
        before = _everything()
        done = merge(fresh(people[0]), fresh(people[1]), from_source=from_source)
        undo(done)
        assert _everything() == before
        assert CitizenMerge.objects.get().undone_at is not None


def _everything() -> list[Any]:
    """The rows a merge may touch, but its own records and the mark of the background comparison."""
    rows: list[Any] = [
        model_to_dict(citizen, exclude=["compared_key"]) | {"merged_into": citizen.merged_into_id}
        for citizen in Citizen.objects.order_by("pk")
    ]
    for model in (ContactPoint, Call, DistinctCitizens):
        rows += list(model.objects.order_by("pk").values())
    return rows + list(Ticket.objects.order_by("pk").values("pk", "requester", "updated_at", "status"))
