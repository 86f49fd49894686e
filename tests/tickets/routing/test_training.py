"""Learning from the town's tickets: what is learned and what never is, which version is used, what routing does."""

import random
import re
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.errors import Conflict, NotAllowed
from directory.models import Citizen, RequestType
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.processing import ticket_classify, ticket_transfer
from tickets.actions.routing.learning import suggestion_make, version_in_use
from tickets.actions.routing.suggestions import suggestion_accept, suggestion_dismiss
from tickets.actions.routing.training import KEPT, model_use, training_ask, training_run, trainings_unstarted
from tickets.models import (
    Message,
    RoutingModel,
    RoutingSettings,
    RoutingTraining,
    Ticket,
    TicketEvent,
    TicketSuggestion,
)
from tickets.references import new_reference
from tickets.routing import learned
from tickets.routing.evaluation import Answer, calibration_error, compare, report
from tickets.routing.training import Former, Sample, TooFew, learn
from tickets.selectors.learning import names_among, samples_recent

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
TEXTS = {
    "trou": [
        "Un trou profond dans la chaussée",
        "La chaussée est défoncée, gros trou",
        "Nid-de-poule, chaussée abîmée",
    ],
    "lampe": ["Le lampadaire est éteint", "Plus de lumière, lampadaire en panne", "Éclairage éteint, lampadaire cassé"],
    "cantine": ["Inscrire mon enfant à la cantine", "Prix du repas à la cantine", "Cantine : menu pour ma fille"],
}
NAMES = ("Kerbrat", "Vasseur", "Lopez", "Diallo")


def past(count: int = 300, *, seed: int = 1, now: datetime = NOW) -> dict[str, RequestType]:
    """``count`` tickets of three types, answered, each signed; requesters are forty people of four names."""
    make_town()
    types = {code: make_type(code, make_service(f"service-{code}"), keywords=[code]) for code in TEXTS}
    people = Citizen.objects.bulk_create(
        Citizen(first_name="Anne", last_name=NAMES[number % len(NAMES)]) for number in range(40)
    )
    more(types, people, count, seed=seed, now=now)
    return types


def more(types: dict[str, RequestType], people: list[Citizen], count: int, *, seed: int, now: datetime) -> list[Ticket]:
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        code, person = rng.choice(sorted(TEXTS)), rng.choice(people)
        at = now - timedelta(hours=count - number)
        ticket = Ticket(
            reference=new_reference(), channel="email", status="answered", subject="Demande", requester=person,
            request_type=types[code], service=types[code].service, received_at=at, created_at=at, routed_at=at,
            first_answered_at=at, answer_due_at=at,
        )  # fmt: skip
        rows.append((ticket, f"Bonjour, {rng.choice(TEXTS[code])}, {number} rue Haute. {person.last_name}"))
    tickets = Ticket.objects.bulk_create(ticket for ticket, _ in rows)
    Message.objects.bulk_create(
        Message(ticket=ticket, kind="inbound", channel="email", body=body, created_at=ticket.received_at)
        for ticket, body in rows
    )
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket=ticket, kind="routed", at=ticket.received_at, data={"reason": "keywords"})
        for ticket in tickets
    )
    return tickets


def learn_now() -> RoutingModel | None:
    return training_run(training_id=training_ask(actor=None, now=NOW, tell=False).pk, now=NOW)


def test_it_learns_measures_and_is_used():
    types = past()
    model = learn_now()
    assert model is not None
    assert model.is_current
    figures = model.report["all"]
    assert (model.samples, figures["tickets"]) == (300, 60)  # the latest fifth is held out
    assert figures["right"] >= 57
    assert figures["right"] > figures["keywords_right"]
    assert sum(row["tickets"] for row in model.report["by_type"]) == 60
    answered = [row["answered"] for row in figures["curve"]]
    assert answered == sorted(answered, reverse=True)
    training = RoutingTraining.objects.get()
    assert (training.model, training.percent, training.error) == (model, 100, "")
    ticket = make_ticket(
        routed=False, subject="Rue de la Gare", body="La chaussée a un trou, c'est dangereux.", now=NOW
    )
    suggestion = suggestion_make(ticket, "Rue de la Gare\nLa chaussée a un trou, c'est dangereux.")
    assert suggestion is not None
    assert (suggestion.request_type, suggestion.is_applied) == (types["trou"], True)
    assert "trou" in suggestion.told_words or "chaussée" in suggestion.told_words


def test_nobody_is_named_in_what_is_kept():
    """The names, of four people only or of forty, and the house numbers are in every text and in no vocabulary."""
    past()
    model = learn_now()
    assert model is not None
    for data in (model.weights, model.judged):
        keys = " ".join(learned.unpack(bytes(data)).index)
        assert not any(name.lower()[:5] in keys for name in NAMES)
        assert not re.search(r"(?<!#)\b\d", keys)  # but « #12 », the number of a type
    assert b"pickle" not in bytes(model.weights)


def test_a_word_few_people_wrote_is_not_kept():
    samples = [Sample("", f"trou chaussée secret {'x' * (n % 3)}", 1, person=n % 40) for n in range(120)]
    samples += [Sample("", "lampadaire éteint confidence", 2, person=n % 4) for n in range(120)]
    samples = [each for pair in zip(samples[:120], samples[120:], strict=True) for each in pair]
    keys = set(learn(samples, (), names=lambda words: set()).weights.index)
    assert "secret" in keys
    assert not {key for key in keys if key.startswith(("lampadair", "confidenc"))}  # four people only


def test_words_the_town_published_are_no_names():
    make_type("pierre-tumulaire", make_service("cimetiere"), name="Pierre tumulaire")
    Citizen.objects.create(first_name="Pierre", last_name="Kerbrat")
    assert names_among({"pierre", "kerbrat", "trou"}) == {"kerbrat"}


def test_too_few_tickets_teach_nothing():
    past(50)
    assert learn_now() is None
    assert "50" in RoutingTraining.objects.get().error
    assert version_in_use() is None
    with pytest.raises(TooFew):
        learn([Sample("", "trou", 1, n) for n in range(300)], (), names=lambda words: set())  # one type only


def test_a_version_that_does_worse_is_not_used():
    types = past()
    first = learn_now()
    assert first is not None
    # from now on every label is drawn at random: what is learned from them is worse, and so are they to be judged on
    rng = random.Random(3)
    for ticket in Ticket.objects.order_by("received_at")[:240]:
        Ticket.objects.filter(pk=ticket.pk).update(request_type=types[rng.choice(sorted(types))])
    second = learn_now()
    assert second is not None
    assert not second.is_current
    assert second.report["against"]["former_right"] > second.report["against"]["right"]
    assert version_in_use().model_id == first.pk
    model_use(model=second)
    assert version_in_use().model_id == second.pk


def test_an_equal_version_replaces_the_former_and_old_bytes_are_forgotten():
    past()
    for _ in range(2):
        assert learn_now().is_current
    last = RoutingModel.objects.get(is_current=True)
    for _ in range(KEPT + 1):
        RoutingModel.objects.create(weights=b"x", judged=b"x", report=last.report)
    assert learn_now().is_current
    assert RoutingModel.objects.exclude(weights=b"").count() == KEPT + 1
    with pytest.raises(Conflict):
        model_use(model=RoutingModel.objects.filter(weights=b"").first())


@pytest.mark.parametrize(
    ("reason", "seen", "corrected", "expected"),
    [
        ("type", False, False, (1.0, False)),  # somebody gave it
        ("keywords", True, False, (1.0, True)),  # answered as it was
        ("learned", False, False, None),  # its own guess, that nobody saw
        ("learned", False, True, (3.0, True)),
        ("default", False, True, (3.0, True)),
    ],
)
def test_what_is_learned_from(reason, seen, corrected, expected):
    service = make_service("voirie")
    kind, agent = make_type("trou", service), make_agent(("back_office", service))
    ticket = make_ticket(routed=False, now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(request_type=None if corrected else kind, service=service, routed_at=NOW)
    TicketEvent.objects.create(ticket=ticket, kind="routed", at=NOW, data={"reason": reason})
    if corrected:
        ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=NOW)
    if seen:
        Ticket.objects.filter(pk=ticket.pk).update(first_answered_at=NOW)
    samples, moments = samples_recent()
    assert [(each.weight, each.came_untyped) for each in samples] == ([expected] if expected else [])
    assert len(moments) == len(samples)


def test_what_agents_refuse_teaches_too():
    service, elsewhere = make_service("voirie"), make_service("parcs")
    kind, other = make_type("trou", service), make_type("arbre", elsewhere)
    agent = make_agent(("pilot", service), ("pilot", elsewhere))

    def lesson(*, reason, given=None, aside=False, sent=False, corrected=False):
        ticket = make_ticket(routed=False, now=NOW)
        Ticket.objects.filter(pk=ticket.pk).update(request_type=given, service=service, first_answered_at=NOW)
        TicketEvent.objects.create(ticket=ticket, kind="routed", at=NOW, data={"reason": reason})
        if aside:
            TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.9)
            suggestion_dismiss(ticket=ticket, actor=agent)
        if sent:
            ticket_transfer(ticket=ticket, service=elsewhere, reason="Pas chez nous", actor=agent, now=NOW)
        if corrected:
            ticket_classify(ticket=ticket, request_type=other, actor=agent, now=NOW)
        found = [(each.type_id, each.weight, each.is_refused) for each in samples_recent()[0]]
        Ticket.objects.filter(pk=ticket.pk).update(status="cancelled")
        return found

    assert lesson(reason="default", aside=True) == [(kind.pk, 3.0, True)]
    assert lesson(reason="keywords", given=kind, aside=True) == [(kind.pk, 3.0, True)]
    assert lesson(reason="keywords", given=other, aside=True) == [(other.pk, 1.0, False)]
    assert lesson(reason="default", aside=True, corrected=True) == [(other.pk, 3.0, False)]
    assert lesson(reason="learned", given=kind, sent=True) == [(kind.pk, 1.0, True)]
    assert lesson(reason="type", given=kind, sent=True) == [(kind.pk, 0.3, False)]
    assert lesson(reason="learned", given=kind, sent=True, corrected=True) == [(other.pk, 3.0, False)]


def test_the_name_of_a_type_as_a_subject_teaches_nothing():
    kind = make_type("trou", make_service("voirie"), name="Nid-de-poule")
    make_ticket(request_type=kind, subject="Nid-de-poule", now=NOW)
    make_ticket(request_type=kind, subject="Un trou", now=NOW)
    assert sorted(each.subject for each in samples_recent()[0]) == ["", "Un trou"]


def test_open_answers_teach_and_chosen_ones_do_not():
    questions = [
        {"code": "detail", "label": "Quoi ?", "kind": "text"},
        {"code": "choix", "label": "Combien ?", "kind": "choice", "choices": ["Une assiette", "Un mètre"]},
    ]
    kind = make_type("trou", make_service("voirie"), questions=questions)
    given = [["detail", "Quoi ?", "une roue cassée"], ["choix", "Combien ?", "Un mètre"]]
    make_ticket(request_type=kind, subject="Un trou", body="Ici", answers=given, now=NOW)
    assert [each.body for each in samples_recent()[0]] == ["Ici\n\nune roue cassée"]


def test_cancelled_tickets_and_inactive_types_teach_nothing():
    service = make_service("voirie")
    gone = make_type("ancien", service)
    make_ticket(request_type=gone, now=NOW)
    cancelled = make_ticket(request_type=make_type("trou", service), now=NOW)
    RequestType.objects.filter(pk=gone.pk).update(is_active=False)
    Ticket.objects.filter(pk=cancelled.pk).update(status="cancelled")
    assert samples_recent() == ([], [])


def test_routing_applies_it_and_asks_when_told_to():
    types = past()
    learn_now()
    body = "Il y a un trou dans la chaussée."
    ticket = make_ticket(channel="email", subject="Bonjour", body=body, now=NOW)
    assert ticket.request_type == types["trou"]
    assert ticket.service == types["trou"].service
    event = ticket.events.get(kind="routed")
    assert event.data["reason"] == "learned"
    RoutingSettings.objects.create(pk=1, confidence=75, applies_alone=False)
    asked = make_ticket(channel="email", subject="Bonjour", body=body, now=NOW)
    assert asked.request_type is None or asked.events.get(kind="routed").data["reason"] == "keywords"
    assert TicketSuggestion.objects.get(pk=asked.pk).is_applied is False
    RoutingSettings.objects.update(confidence=99)
    unsure = make_ticket(channel="email", subject="Bonjour", body="La cantine, le lampadaire, le trou ?", now=NOW)
    assert not TicketSuggestion.objects.filter(pk=unsure.pk).exists()


def test_a_ticket_costs_one_query_more_without_a_model(django_assert_num_queries):
    ticket = make_ticket(routed=False, now=NOW)
    with django_assert_num_queries(1):
        assert suggestion_make(ticket, "Un trou") is None


def test_accepting_a_suggestion_classifies_transfers_and_teaches():
    accueil = make_town() and make_service("accueil")
    service = make_service("voirie")
    kind, agent = make_type("trou", service), make_agent(("back_office", accueil))
    ticket = make_ticket(now=NOW, subject="x", body="y")
    assert ticket.service == accueil
    TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.87, words=[["trou", 1.0]])
    with pytest.raises(NotAllowed):
        suggestion_accept(ticket=ticket, actor=make_agent(("elected", accueil)), now=NOW)
    ticket = suggestion_accept(ticket=ticket, actor=agent, now=NOW)
    assert (ticket.request_type, ticket.service) == (kind, service)
    assert TicketSuggestion.objects.get().is_right is True
    assert samples_recent()[0][0].weight == 3.0


def test_a_suggestion_put_aside_or_overtaken():
    service = make_service("voirie")
    kind, agent = make_type("trou", service), make_agent(("back_office", service))
    other = make_type("autre", service)
    ticket = make_ticket(request_type=other, now=NOW)
    with pytest.raises(Conflict):
        suggestion_dismiss(ticket=ticket, actor=agent)
    TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.87)
    with pytest.raises(Conflict):
        suggestion_accept(ticket=ticket, actor=agent, now=NOW)
    suggestion_dismiss(ticket=ticket, actor=agent)
    assert TicketSuggestion.objects.get().is_right is False


def test_one_training_at_a_time_and_a_dead_one_is_given_up():
    first = training_ask(actor=None, now=NOW)
    assert trainings_unstarted() == [first.pk]
    with pytest.raises(Conflict):
        training_ask(actor=None, now=NOW + timedelta(minutes=5))
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingTraining.objects.create()
    second = training_ask(actor=None, now=NOW + timedelta(minutes=20))
    first.refresh_from_db()
    assert first.error
    assert training_run(training_id=first.pk, now=NOW) is None  # over
    assert trainings_unstarted() == [second.pk]


def test_a_broken_model_says_nothing(caplog):
    RoutingModel.objects.create(weights=b"GUICHET1broken", is_current=True)
    assert suggestion_make(make_ticket(routed=False, now=NOW), "Un trou") is None
    assert "cannot be read" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_worker_learns_in_a_process_of_its_own(monkeypatch):
    """The real child process, on the test's database: its memory leaves with it."""
    import os
    import sys

    from tests.conftest import worker_environment
    from tickets.tasks import learn_routing

    past()
    for name, value in worker_environment().items():
        monkeypatch.setitem(os.environ, name, value)
    before = {name for name in sys.modules if name.startswith("sklearn")}
    learn_routing()
    training = RoutingTraining.objects.get()
    assert training.error == ""
    assert training.model is not None
    assert training.model.is_current
    assert 50 < training.megabytes < 600
    assert {name for name in sys.modules if name.startswith("sklearn")} == before


def test_the_command_says_what_it_is_worth(monkeypatch, capsys):
    monkeypatch.setattr("tickets.management.commands.learn_routing.bounds_set", lambda: None)
    past()
    call_command("learn_routing")
    assert "in use" in capsys.readouterr().out


def _answer(truth, first, confidence, keywords=None):
    return Answer(truth, ((first, confidence),), keywords)


def test_the_figures_of_a_report():
    answers = [_answer(1, 1, 0.9, 1), _answer(1, 2, 0.6, 1), _answer(2, 2, 0.7), Answer(3, (), 3)]
    figures = report(answers)["all"]
    assert (figures["tickets"], figures["right"], figures["keywords_right"]) == (4, 2, 3)
    at_75 = next(row for row in figures["curve"] if row["confidence"] == 75)
    assert at_75 == {"confidence": 75, "answered": 1, "right": 1, "both_answered": 3, "both_right": 3}
    rows = {row["type"]: row for row in report(answers)["by_type"]}
    assert rows[2] == {"type": 2, "tickets": 1, "said": 2, "right": 1, "keywords_right": 0}
    assert calibration_error([_answer(1, 1, 0.8), _answer(1, 2, 0.8)]) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("lost", "gained", "kept"), [(0, 0, True), (1, 0, True), (3, 0, False), (10, 9, True), (30, 10, False)]
)
def test_worse_means_worse_than_chance_explains(lost, gained, kept):
    good, bad = _answer(1, 1, 0.9), _answer(1, 2, 0.9)
    new = [bad] * lost + [good] * gained + [good] * 50
    former = [good] * lost + [bad] * gained + [good] * 50
    assert compare(new, former)[0] is kept


def test_the_former_is_judged_on_what_neither_had_seen():
    samples = [
        Sample("", "trou chaussée" if n % 2 else "lampadaire éteint", 1 + n % 2, person=n % 40) for n in range(400)
    ]
    first = learn(samples[:300], (), names=lambda words: set())
    again = learn(samples, (), names=lambda words: set(), former=Former(first.judged, until=350))
    assert again.report["against"]["tickets"] == 50  # not the 80 held out: the former had seen thirty of them
    assert again.is_better


def test_a_refused_type_is_said_less_surely_and_is_no_truth_to_measure_on():
    kinds = ("trou chaussée", "lampadaire éteint", "repas cantine")
    taught = [Sample("", kinds[n % 3], 1 + n % 3, person=n % 40) for n in range(300)]
    refused = [Sample("", "trou de souris chaussée", 1, person=n, weight=3.0, is_refused=True) for n in range(30)]
    before = learn(taught, (), names=lambda words: set())
    mixed = [each for n, one in enumerate(taught) for each in ([one, refused[n // 10]] if n % 10 == 0 else [one])]
    after = learn(mixed, (), names=lambda words: set(), former=Former(before.judged, until=300))

    def sure(model, text):
        return dict(learned.suggest(text, model.weights, confidence=0.0).ranking)[1]

    assert sure(after, "trou de souris chaussée") < 0.5 < sure(before, "trou de souris chaussée")
    assert after.report["all"]["tickets"] == sum(not each.is_refused for each in mixed[264:])
    assert after.report["against"]["tickets"] == sum(not each.is_refused for each in mixed[300:])
    with pytest.raises(TooFew):
        learn(refused * 10, (), names=lambda words: set())
