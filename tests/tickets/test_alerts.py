"""Whom an alert reaches, how, and what it says."""

from datetime import datetime, timedelta

import pytest

from notifications.models import Notice, OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.tickets.test_enforcement import NOW, alerts, hours, people  # noqa: F401 — a fixture
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.processing import ticket_assign
from tickets.models import Deadline, EscalationRecord, EscalationStep, Ticket
from tickets.selectors.commitments import commitments_forget


def test_a_late_ticket_with_nobody_assigned_reaches_the_referent(people):  # noqa: F811
    _, _, referent, _ = people
    make_ticket(now=NOW)
    deadlines_enforce(now=hours(72))
    assert alerts() == [(referent.email, "Réponse en retard")]


def test_those_who_left_are_replaced_up_to_any_administrator(people):  # noqa: F811
    _, agent, referent, manager = people
    root = make_town()
    admin = make_agent(("admin", root))
    pilot = make_service("accueil")
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    reached = []
    for leaver in (agent, referent, manager, pilot.referent, None):
        ticket = make_ticket(now=NOW)
        ticket_assign(ticket=ticket, assignee=agent, actor=None, now=NOW) if leaver is agent else None
        Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
        deadlines_enforce(now=hours(72))
        reached.append(alerts()[-1][0])
        if leaver is not None:
            leaver.is_active = False
            leaver.save()
    assert reached == [agent.email, referent.email, manager.email, pilot.referent.email, admin.email]


def test_a_town_without_anybody_left_says_so_on_the_ticket(db):
    ticket = make_ticket(now=NOW)
    deadlines_enforce(now=hours(72))
    assert alerts() == []
    assert ticket.events.get(kind="escalated").data["recipient"] == ""
    assert EscalationRecord.objects.get(step="late").recipient is None


@pytest.mark.parametrize("audience", ["assignee", "referent", "direction", "manager", "pilot", "agent"])
def test_each_audience(people, audience):  # noqa: F811
    voirie, agent, _, direction_manager = people
    below = make_service("eclairage-public", parent=voirie, manager=make_agent(("manager", voirie)))
    below.referent = make_agent(("referent", below))
    below.save()
    pilot = make_service("accueil")
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    given = make_agent(("elected", make_town()))
    EscalationStep.objects.create(
        kind="answer", number=20, offset=0, audience=audience, agent=given if audience == "agent" else None
    )
    commitments_forget()
    ticket = make_ticket(now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(service=below, assignee=agent)
    deadlines_enforce(now=hours(72))
    expected = {
        "assignee": agent,
        "referent": below.referent,
        "direction": direction_manager,
        "manager": below.manager,
        "pilot": pilot.referent,
        "agent": given,
    }[audience]
    assert [address for address, _ in alerts()] == [expected.email]


def test_in_the_application_only_or_in_the_morning(people):  # noqa: F811
    _, _, referent, manager = people
    EscalationStep.objects.create(kind="answer", number=20, offset=0, audience="referent", delivery="in_app")
    EscalationStep.objects.create(kind="answer", number=21, offset=0, audience="manager", delivery="digest")
    commitments_forget()
    make_ticket(now=NOW)
    deadlines_enforce(now=hours(72))
    assert alerts() == []
    found = set(Notice.objects.values_list("agent__email", "in_digest"))
    assert found == {(referent.email, False), (manager.email, True)}


def test_of_two_deliveries_that_fall_together_the_quickest_is_used(people):  # noqa: F811
    EscalationStep.objects.create(kind="answer", number=20, offset=0, audience="referent", delivery="digest")
    EscalationStep.objects.create(kind="answer", number=21, offset=1, audience="referent", delivery="mail")
    commitments_forget()
    make_ticket(now=NOW)
    deadlines_enforce(now=hours(80))
    assert len(alerts()) == 1
    assert Notice.objects.get().in_digest is False


def test_nobody_is_alerted_at_night_nor_on_a_public_holiday(people):  # noqa: F811
    eve = datetime.fromisoformat("2026-12-22T15:00:00+01:00")  # 72 hours later: Christmas, a Friday, 15:00
    make_ticket(now=eve)
    deadlines_enforce(now=eve + timedelta(hours=90))
    assert [title for _, title in alerts()] == ["Réponse attendue bientôt"]
    deadlines_enforce(now=datetime.fromisoformat("2026-12-28T08:59:00+01:00"))
    assert len(alerts()) == 1
    deadlines_enforce(now=datetime.fromisoformat("2026-12-28T09:00:00+01:00"))
    # three steps fell while everybody was away: one alert for each person
    assert [title for _, title in alerts()[1:]] == ["Réponse en retard, niveau 2", "Réponse en retard, niveau 3"]


def test_the_alert_of_a_sensitive_ticket_never_tells_its_subject(people):  # noqa: F811
    voirie, _, referent, manager = people
    kind = make_type("aide", voirie, is_sensitive=True)
    ticket = make_ticket(request_type=kind, subject="Aide financière urgente", now=NOW)
    deadlines_enforce(now=NOW + timedelta(days=7))
    seen = OutboundMessage.objects.get(kind="escalation", to_address=referent.email)
    hidden = OutboundMessage.objects.get(kind="escalation", to_address=manager.email)  # may not see sensitive tickets
    assert "Une réponse était due" in seen.body
    assert ticket.reference in hidden.body + hidden.subject
    assert "Réponse en retard" not in hidden.subject
    assert "Une réponse" not in hidden.body
    assert f"/agents/demandes/{ticket.reference}/" not in hidden.body
    texts = [f"{mail.subject} {mail.body}" for mail in (seen, hidden)]
    texts += [f"{notice.title} {notice.body}" for notice in Notice.objects.all()]
    assert len(texts) == 4
    for text in texts:
        assert "financière" not in text
    assert set(Notice.objects.values_list("agent__email", "path")) == {
        (referent.email, f"/agents/demandes/{ticket.reference}/"),
        (manager.email, ""),
    }


def test_who_may_not_see_a_plain_ticket_is_not_told_its_subject(people):  # noqa: F811
    outsider = make_agent(("elected", make_town()))
    EscalationStep.objects.create(kind="answer", number=20, offset=0, audience="agent", agent=outsider)
    commitments_forget()
    make_ticket(subject="Lampadaire éteint rue des Lilas", now=NOW)
    deadlines_enforce(now=hours(72))
    mail = OutboundMessage.objects.get(kind="escalation")
    assert "Lilas" not in mail.body
    assert "Une réponse était due" in mail.body


def test_the_laws_reminders_count_the_days_left_from_the_last_day(people):  # noqa: F811
    voirie, agent, referent, manager = people
    kind = make_type("terrasse", voirie, regime="SVR", delay_months=2)
    ticket = make_ticket(request_type=kind, now=NOW)  # last day: Saturday 23 January 2027
    Deadline.objects.filter(ticket=ticket).exclude(kind="legal").update(state="met", next_step_at=None)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
    told = []
    for day in range(1, 62):
        for hour in (9, 18):
            moment = (NOW + timedelta(days=day)).replace(hour=hour)
            before = Notice.objects.count()
            deadlines_enforce(now=moment)
            if Notice.objects.count() > before:
                notice = Notice.objects.latest("id")
                told.append((moment.strftime("%d/%m %H"), notice.title, notice.agent.email, notice.in_digest))
    assert told == [
        ("24/12 09", "Échéance légale dans 30 jours", agent.email, True),
        ("08/01 09", "Échéance légale dans 15 jours", agent.email, False),
        ("15/01 18", "Échéance légale dans 8 jours", referent.email, False),  # D-7 is a Saturday
        ("21/01 09", "Échéance légale dans 2 jours", manager.email, False),
        ("22/01 18", "Échéance légale dans 1 jour", manager.email, False),  # so is the last day
    ]
    mail = OutboundMessage.objects.filter(kind="escalation").latest("id")
    assert "Dernier jour pour décider\u00a0: le 23 janvier 2027. Ensuite, le silence vaudra rejet" in mail.body
