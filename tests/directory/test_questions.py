"""The questions of a request type: their shape, their answers, the sample ones, and the form that edits them."""

from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from directory.actions.catalogue import catalogue_load
from directory.actions.questions import FILE, questions_load
from directory.models import RequestType
from directory.questions import (
    KINDS,
    Question,
    QuestionError,
    answer_clean,
    answers_clean,
    questions_check,
    questions_read,
)
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_town, make_type

LAMPS = {"code": "lampes", "label": "Combien ?", "kind": "choice", "choices": ["Une", "Plusieurs"], "required": True}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": "Lampes !"}, "n’est pas un code"),
        ({"label": ""}, "Écrivez la question"),
        ({"label": "x" * 151}, "Écrivez la question"),
        ({"kind": "colour"}, "n’existe pas"),
        ({"kind": []}, "n’existe pas"),
        ({"choices": ["Une"]}, "de 2 à 20"),
        ({"choices": ["a", 3]}, "sont des textes"),
        ({"choices": ["a", "b" * 81]}, "80 caractères"),
        ({"kind": "date"}, "Seule une question"),
        ({"required": "oui"}, "ni vrai ni faux"),
        ({"colour": "red"}, "Une question a un code"),
    ],
)
def test_what_a_question_may_not_be(change: dict[str, Any], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        questions_check([LAMPS | change])
    assert questions_read([LAMPS | change]) == []


def test_a_list_of_questions() -> None:
    assert questions_check([LAMPS])[0].dump() == LAMPS
    with pytest.raises(QuestionError, match="figure deux fois"):
        questions_check([LAMPS, LAMPS])
    with pytest.raises(QuestionError, match="12 questions au plus"):
        questions_check([LAMPS | {"code": f"q{n}"} for n in range(13)])
    with pytest.raises(QuestionError):
        questions_check({"code": "x"})


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("text", "  Un   canapé ", "Un canapé"),
        ("choice", "Une", "Une"),
        ("yes_no", "oui", "Oui"),
        ("yes_no", True, "Oui"),
        ("yes_no", False, "Non"),
        ("date", "2026-12-31", "31/12/2026"),
        ("date", "31/12/2026", "31/12/2026"),
        ("number", "1 200,50", "1200,5"),
        ("number", 3, "3"),
        ("text", "", ""),
        ("number", None, ""),
    ],
)
def test_answers_in_words(kind: str, raw: Any, kept: str) -> None:
    choices = ("Une", "Plusieurs") if kind == "choice" else ()
    assert answer_clean(Question("q", "Quoi ?", kind, choices), raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        *(("choice", "Dix"), ("yes_no", "peut-être"), ("date", "31/02/2026"), ("number", "beaucoup")),
        *(("number", "Infinity"), ("text", "x" * 501), ("text", ["x"]), ("number", "1e999"), ("date", "9999999-1-1")),
    ],
)
def test_answers_that_cannot_be(kind: str, raw: Any) -> None:
    choices = ("Une", "Plusieurs") if kind == "choice" else ()
    with pytest.raises(QuestionError):
        answer_clean(Question("q", "Quoi ?", kind, choices), raw)


def test_an_answer_is_owed_or_belongs_to_no_question() -> None:
    lamps = questions_check([LAMPS])
    with pytest.raises(QuestionError, match="Merci de répondre\u00a0: Combien"):
        answers_clean(lamps, {})
    assert answers_clean(lamps, {}, all_owed=False) == []
    with pytest.raises(QuestionError, match="Aucune question"):
        answers_clean(lamps, {"autre": "x"})
    assert answers_clean(lamps, {"lampes": "Une"}) == [["lampes", "Combien ?", "Une"]]


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.text(), max_size=2)
)


@given(st.sampled_from(sorted(KINDS)), ANYTHING)
def test_any_answer_is_words_or_refused(kind: str, raw: Any) -> None:
    choices = ("Une", "Plusieurs") if kind == "choice" else ()
    refused = False
    try:
        kept = answer_clean(Question("q", "Quoi ?", kind, choices), raw)
    except QuestionError:
        refused = True
    assert refused or isinstance(kept, str)


@given(st.lists(st.dictionaries(st.sampled_from([*LAMPS, "help", "x"]), ANYTHING, max_size=6), max_size=3) | ANYTHING)
def test_any_stored_value_is_questions_or_none(raw: Any) -> None:
    assert all(isinstance(each, Question) for each in questions_read(raw))


@pytest.mark.django_db
def test_the_sample_questions_are_those_of_the_catalogue() -> None:
    root = make_town()
    for code in ("voirie", "proprete", "etat-civil", "police-municipale", "scolaire", "vie-locale", "urbanisme"):
        make_service(code, parent=root)
    for code in ("espaces-verts", "ccas", "finances", "cabinet"):
        make_service(code, parent=root)
    assert not catalogue_load((FILE.parent / "catalogue.csv").read_bytes()).errors
    own = RequestType.objects.get(code="bruit")
    own.questions = [LAMPS]
    own.save()
    assert questions_load() == 7
    assert questions_load() == 0
    assert RequestType.objects.get(code="bruit").questions == [LAMPS]
    assert RequestType.objects.get(code="eclairage-public").questions[2]["kind"] == "yes_no"


class TestAdministration:
    @pytest.fixture
    def office(self, db: None, client_of: Any) -> Any:
        return client_of(make_agent(("admin", make_town()), is_staff=True))

    @pytest.fixture
    def kind(self, db: None) -> RequestType:
        return make_type("eclairage", make_service("voirie"), questions=[LAMPS])

    def url(self, kind: RequestType) -> str:
        return reverse("admin:directory_requesttype_change", args=[kind.pk])

    def sent(self, kind: RequestType, **rows: str) -> dict[str, Any]:
        fields = {"name": kind.name, "code": kind.code, "service": kind.service_id, "target": 3, "is_active": "on"}
        fields |= {"target_unit": "days", "regime": "none"}
        return fields | {f"questions-{name.replace('_', '-')}": value for name, value in rows.items()}

    def test_questions_are_shown_and_written(self, office: Any, kind: RequestType) -> None:
        page = assert_status(office.get(self.url(kind)), 200).content.decode()
        assert 'value="Combien ?"' in page
        assert "Une\nPlusieurs" in page
        rows = {
            "0_label": "Combien ?",
            "0_code": "lampes",
            "0_kind": "choice",
            "0_choices": "Une\n\nDeux",
            "0_help": "?",
        }
        rows |= {"1_label": "Depuis quand ?", "1_kind": "date", "1_required": "on", "1_choices": "ignored"}
        assert_status(office.post(self.url(kind), self.sent(kind, **rows)), 302)
        kind.refresh_from_db()
        assert kind.questions == [
            {"code": "lampes", "label": "Combien ?", "kind": "choice", "required": False, "help": "?"}
            | {"choices": ["Une", "Deux"]},
            {"code": "depuis-quand", "label": "Depuis quand ?", "kind": "date", "required": True},
        ]

    def test_a_question_emptied_goes(self, office: Any, kind: RequestType) -> None:
        assert_status(office.post(self.url(kind), self.sent(kind, **{"0_label": "", "0_code": "lampes"})), 302)
        kind.refresh_from_db()
        assert kind.questions == []

    def test_what_is_wrong_is_said_and_what_was_typed_kept(self, office: Any, kind: RequestType) -> None:
        rows = {"0_label": "Combien de lampes éteintes ?", "0_kind": "choice", "0_choices": "Une"}
        page = assert_status(office.post(self.url(kind), self.sent(kind, **rows)), 200).content.decode()
        assert "Donnez de 2 à 20 choix" in page
        assert 'value="Combien de lampes éteintes ?"' in page
        kind.refresh_from_db()
        assert kind.questions == [LAMPS]
