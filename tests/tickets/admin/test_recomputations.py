"""The page where recomputations are followed."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent
from tickets.admin.recomputations import SHOWN
from tickets.models import Recomputation

URL = reverse("admin:tickets_recomputation_changelist")
FRAGMENT = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "recomputations"}
pytestmark = pytest.mark.django_db


def running(**fields: Any) -> Recomputation:
    return Recomputation.objects.create(**({"reason": "Calendrier : Mairie", "total": 50_000, "done": 41_800} | fields))


def test_progress_is_shown_and_refreshed_while_it_runs(office: Any) -> None:
    row = running(changed=1203, actor=make_agent(first_name="Anne", last_name="Moreau"))
    page = office.get(URL).content.decode()
    assert "Calendrier : Mairie" in page
    assert "Anne MOREAU" in page
    assert "41\xa0800 demandes sur 50\xa0000" in page.replace("\u202f", "\xa0")
    assert "1\xa0203 échéances déplacées" in page.replace("\u202f", "\xa0")
    assert 'value="41800" max="50000"' in page
    fragment = office.get(URL, **FRAGMENT).content.decode()
    assert "<html" not in fragment
    assert 'hx-trigger="load delay:2s"' in fragment
    Recomputation.objects.filter(pk=row.pk).update(finished_at=timezone.now(), done=50_000)
    done = office.get(URL, **FRAGMENT).content.decode()
    assert "hx-trigger" not in done, "nothing is asked for any more"
    assert "Terminé" in done


def test_an_error_and_an_empty_one_are_said(office: Any) -> None:
    running(finished_at=timezone.now(), last_error="Remplacé par un changement plus récent.")
    running(reason="Sans demande", total=0, done=0, finished_at=timezone.now())
    running(reason="Qui attend", total=0, done=0)
    page = office.get(URL).content.decode()
    for text in ("Remplacé par", "Interrompu", "Aucune demande ouverte à recompter", "En attente de son tour"):
        assert text in page


def test_the_last_ones_only_in_a_fixed_number_of_queries(office: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(SHOWN + 5):
        running(reason=f"Numéro {number}", actor=make_agent(), finished_at=timezone.now() - timedelta(days=1))
    with django_assert_max_num_queries(15):
        page = office.get(URL)
    assert [row.reason for row in page.context["rows"]][:2] == [f"Numéro {SHOWN + 4}", f"Numéro {SHOWN + 3}"]
    assert len(page.context["rows"]) == SHOWN


def test_nothing_yet(office: Any) -> None:
    assert "Aucun recalcul pour l’instant" in office.get(URL).content.decode()


def test_it_is_looked_at_and_never_written(office: Any) -> None:
    row = running()
    assert_status(office.get(reverse("admin:tickets_recomputation_add")), 403)
    change = reverse("admin:tickets_recomputation_change", args=[row.pk])
    assert_status(office.post(change, {"reason": "Autre"}), 403)
    assert_status(office.get(reverse("admin:tickets_recomputation_delete", args=[row.pk])), 403)


def test_others_stay_out(only_administrators: Any) -> None:
    only_administrators(URL)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_it_follows_then_stops(admin_page: Any) -> None:
    row = running(total=10, done=4)
    admin_page.clock.install()
    admin_page.goto(URL)
    admin_page.get_by_text("4 demandes sur 10").wait_for()
    assert_accessible(admin_page)
    Recomputation.objects.filter(pk=row.pk).update(done=10, finished_at=timezone.now())
    admin_page.get_by_text("10 demandes sur 10").wait_for()
    admin_page.get_by_text("Terminé", exact=True).wait_for()
    asked: list[str] = []
    admin_page.on("request", lambda request: asked.append(request.url))
    admin_page.clock.run_for(10_000)
    assert not asked, "nothing runs: nothing is asked"
    admin_page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(admin_page)
    assert_accessible(admin_page)
