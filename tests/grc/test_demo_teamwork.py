"""The demo town shows how agents work together, written by the actions themselves."""

from directory.models import Household, LikelyDuplicate, Service
from grc.demo import loader
from grc.demo.organisation import Organisation
from grc.demo.teamwork import teamwork_build
from tests.grc.conftest import NOW
from tickets.models import Mention, RoutingRule, SavedView, Ticket, TicketTask
from tickets.selectors.routing import rules_read
from tickets.selectors.saved_views import views_visible_to


def test_notes_name_colleagues_tasks_wait_and_views_are_shared(town: Organisation) -> None:
    loader.history_load(seed=1, tickets=250, now=NOW)
    assert teamwork_build(NOW) == 4
    karim_s = Service.objects.get(code="voirie").referent
    assert karim_s is not None
    named = [mention.agent.full_name for mention in Mention.objects.order_by("id")]
    assert named == ["Élodie PERRIN", "Sandrine AUBRY"]
    assert {task.service.code for task in TicketTask.objects.select_related("service")} == {"voirie", "urbanisme"}
    assert "Éclairage en retard" in [view.name for view in views_visible_to(karim_s)]
    elodie = Mention.objects.order_by("id")[0].agent
    assert "Éclairage en retard" in [view.name for view in views_visible_to(elodie)]
    assert SavedView.objects.filter(owner=elodie).exists()
    assert Ticket.objects.filter(tags__contains=["éclairage"]).exists()
    assert RoutingRule.objects.filter(is_active=True).count() == 5
    assert not rules_read(RoutingRule.objects.all())[1], "every rule can be applied"
    assert Ticket.objects.filter(answers__contains=[["taille"]], channel="web").exists()
    assert LikelyDuplicate.objects.exists()
    [home] = Household.objects.all()
    assert home.members.count() == 2
