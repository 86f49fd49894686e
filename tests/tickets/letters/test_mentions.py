"""Each mention of CRPA R112-5, R112-11-1, L111-2, L114-5 and L212-1, taken away one by one."""

from dataclasses import replace

import pytest

from tests.tickets.letters.facts import agent, citizen, complete, service, ticket, town
from tickets.enums import LetterKind
from tickets.letters.facts import Piece
from tickets.letters.mentions import agent_lacks, missing_mentions

ALL = list(LetterKind)
SIGNED = [kind for kind in ALL if kind not in {LetterKind.RECEIPT, LetterKind.REGISTRATION}]
NEEDED = [kind for kind in ALL if kind != LetterKind.REGISTRATION]


def codes(facts):
    return [each.code for each in missing_mentions(facts)]


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
@pytest.mark.parametrize("kind", ALL)
def test_a_complete_letter_lacks_nothing(kind, regime):
    assert codes(complete(kind, regime)) == []
    assert codes(complete(kind, regime, by_email=False)) == []


COMMON = {
    "town_address": {"town": town(postal_address=" ")},
    "service_address": {"service": service(postal_address="")},
    "service_phone": {"service": service(phone="")},
    "service_email": {"service": service(email="")},
    "citizen_email": {"to_address": ""},
}


@pytest.mark.parametrize("code", COMMON)
@pytest.mark.parametrize("kind", NEEDED)
def test_who_sends_it_and_to_whom(kind, code):
    assert codes(complete(kind, **COMMON[code])) == [code]


@pytest.mark.parametrize("kind", NEEDED)
@pytest.mark.parametrize(
    ("code", "person"),
    [("citizen_address", citizen(address="")), ("citizen_name", citizen(first_name="", last_name=""))],
)
def test_a_letter_on_paper_needs_a_name_and_an_address(kind, code, person):
    assert codes(complete(kind, citizen=person, by_email=False)) == [code]


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize(
    ("code", "who"),
    [("agent_title", agent(title="")), ("agent_name", agent(last_name="")), ("agent_name", agent(first_name=""))],
)
def test_who_writes_it(kind, code, who):
    assert codes(complete(kind, agent=who)) == [code]


OWN = [
    (LetterKind.RECEIPT, "type", {"ticket": ticket(request_type=None, legal_regime="")}),
    (LetterKind.RECEIPT, "type_regime", {"ticket": ticket("special")}),
    (LetterKind.RECEIPT, "legal_date", {"ticket": ticket(legal_due_on=None)}),
    (LetterKind.RECEIPT, "tribunal", {"town": town(tribunal_address="")}),
    (LetterKind.RECEIPT, "pieces_due", {"pieces": (Piece("Plan", "R. 1"),)}),
    (LetterKind.INCOMPLETE, "pieces", {"pieces": ()}),
    (LetterKind.INCOMPLETE, "pieces_text", {"pieces": (Piece("Plan", "R. 1"), Piece("Photo", ""))}),
    (LetterKind.INCOMPLETE, "pieces_due", {"pieces_due": None}),
    (LetterKind.TRANSMISSION, "administration", {"administration": ""}),
    (LetterKind.ATTESTATION, "decided_on", {"decided_on": None}),
    (LetterKind.REASONS, "decided_on", {"decided_on": None}),
    (LetterKind.REASONS, "reasons", {"reasons": " "}),
    (LetterKind.REASONS, "tribunal", {"town": town(tribunal_name="")}),
    (LetterKind.ANSWER, "body", {"body": "\n"}),
    (LetterKind.ANSWER, "tribunal", {"town": town(tribunal_name="")}),
    (LetterKind.ANSWER, "agent_anonymous", {"agent": agent(is_anonymous_for_safety=True)}),
]


@pytest.mark.parametrize(("kind", "code", "taken"), OWN)
def test_what_each_letter_is_about(kind, code, taken):
    assert codes(complete(kind, **taken)) == [code]


def test_the_registration_leaves_whatever_lacks():
    bare = complete(LetterKind.REGISTRATION, town=town(postal_address=""), service=service(phone="", postal_address=""))
    assert codes(bare) == []


def test_the_tribunal_is_owed_only_where_appeals_are_told():
    nowhere = town(tribunal_name="", tribunal_address="")
    assert codes(complete(LetterKind.RECEIPT, "SVA", town=nowhere)) == []
    assert codes(complete(LetterKind.ANSWER, town=nowhere, outcome="accepted")) == []
    assert codes(complete(LetterKind.ANSWER, town=nowhere, outcome="")) == []
    assert codes(complete(LetterKind.ANSWER, town=nowhere, outcome="partly")) == ["tribunal"]


def test_under_sva_the_date_may_depend_on_the_pieces_to_come():
    waiting = {"pieces": (Piece("Plan", "R. 1"),), "pieces_due": complete(LetterKind.RECEIPT).on}
    assert codes(complete(LetterKind.RECEIPT, "SVA", ticket=ticket("SVA", legal_due_on=None), **waiting)) == []
    assert codes(complete(LetterKind.RECEIPT, "SVR", ticket=ticket("SVR", legal_due_on=None), **waiting)) == [
        "legal_date"
    ]


def test_a_request_on_which_silence_means_nothing_still_has_an_acknowledgement():
    assert codes(complete(LetterKind.RECEIPT, "none", by_email=False)) == []


def test_an_anonymous_agent_writes_but_does_not_decide():
    hidden = agent(is_anonymous_for_safety=True, title="")
    assert agent_lacks(hidden) == []
    assert codes(complete(LetterKind.ANSWER, agent=hidden, outcome="")) == []


def test_several_are_told_at_once_with_their_owner():
    found = missing_mentions(complete(LetterKind.ANSWER, service=service(phone="", email=""), agent=agent(title="")))
    assert [each.code for each in found] == ["service_phone", "service_email", "agent_title"]
    assert [each.sentence for each in found] == [
        "Voirie — téléphone du service",
        "Voirie — adresse électronique du service",
        "Jeanne MOREL — qualité (fonction) de l’agent",
    ]


def test_facts_are_not_changed_by_asking():
    facts = complete(LetterKind.RECEIPT)
    assert missing_mentions(facts) == missing_mentions(replace(facts))
