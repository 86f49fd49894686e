"""The component tags: what deadlines, statuses, forms and blocks say, and that none of it needs inline code."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from core.templatetags.wording import deadline_words, past_moment

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=PARIS)


def render(source: str, **context: Any) -> str:
    return Template("{% load ui fields charts %}" + source).render(Context(context))


def at(**delta: float) -> dt.datetime:
    return NOW + dt.timedelta(**delta)


@pytest.mark.parametrize(
    ("due", "state", "words"),
    [
        (at(minutes=25), "soon", "Bientôt reste 25 min"),
        (at(hours=5, minutes=59), "soon", "Bientôt reste 5 h"),
        (at(hours=24), "soon", "Bientôt reste 24 h"),
        (at(hours=47), "ok", "À temps reste 47 h"),
        (at(days=3, hours=23), "ok", "À temps reste 3 j"),
        (at(seconds=-1), "late", "En retard de 1 min"),
        (at(hours=-5), "late", "En retard de 5 h"),
        (at(days=-2), "late", "En retard de 2 j"),
        (dt.date(2026, 12, 24), "ok", "À temps reste 34 j"),
        (dt.date(2026, 11, 24), "soon", "Bientôt reste 4 j"),
        (dt.date(2026, 11, 20), "soon", "Bientôt dernier jour"),
        (dt.date(2026, 11, 19), "late", "En retard de 1 j"),
    ],
)
def test_a_running_deadline_in_words(due: dt.datetime | dt.date, state: str, words: str) -> None:
    with translation.override("fr"):
        found = deadline_words(due, now=NOW)
        assert (found.state, f"{found.word} {found.remaining}".strip()) == (state, words)


@pytest.mark.parametrize(
    ("options", "state", "words"),
    [
        ({"paused": True}, "paused", "En pause reste 5 h"),
        ({"met": True}, "met", "Tenu"),
        ({"met": at(hours=4)}, "met", "Tenu"),
        ({"met": at(hours=6)}, "met-late", "Tenu en retard"),
        ({"met": True, "paused": True}, "met", "Tenu"),
    ],
)
def test_a_paused_or_met_deadline_in_words(options: dict[str, Any], state: str, words: str) -> None:
    with translation.override("fr"):
        found = deadline_words(at(hours=5), now=NOW, **options)
        assert (found.state, f"{found.word} {found.remaining}".strip()) == (state, words)


def test_a_legal_date_runs_until_the_end_of_its_last_day_then_has_elapsed() -> None:
    """Domain §1: the administration may act until 23:59:59 in the town's time zone."""
    last_second = dt.datetime(2026, 11, 20, 23, 59, 59, tzinfo=PARIS)
    with translation.override("fr"):
        assert deadline_words(dt.date(2026, 11, 20), now=last_second, legal=True).state == "soon"
        after = deadline_words(dt.date(2026, 11, 20), now=last_second + dt.timedelta(seconds=1), legal=True)
    assert (after.state, after.word, after.remaining) == ("late", "Échu", "depuis 1 j")
    assert deadline_words(dt.date(2026, 11, 20), now=NOW, met=last_second).state == "met"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(seconds=-20), "à l’instant"),
        (at(minutes=-12), "il y a 12 min"),
        (at(hours=-2), "aujourd’hui à 08:00"),
        (at(days=-1), "hier à 10:00"),
        (at(days=-8), "12 nov. à 10:00"),
        (at(days=-365), "20 nov. 2025"),
    ],
)
def test_a_past_moment_in_words(moment: dt.datetime, words: str) -> None:
    with translation.override("fr"):
        assert past_moment(moment, now=NOW) == words


def test_the_chip_gives_its_exact_date_and_is_reachable_by_key() -> None:
    with translation.override("fr"):
        html = render("{% deadline_chip due now=now kind='legal' %}", due=dt.date(2026, 12, 24), now=NOW)
    assert "chip--legal" in html
    assert 'tabindex="0"' in html
    assert "jeudi 24 décembre 2026" in html


def test_a_chip_in_a_list_is_not_a_tab_stop() -> None:
    assert "tabindex" not in render("{% deadline_chip due now=now in_list=True %}", due=at(hours=1), now=NOW)


def test_no_deadline_shows_nothing() -> None:
    assert render("{% deadline_chip None %}").strip() == ""


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="As on your papers.")
    how = forms.ChoiceField(label="How?", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="I agree.")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    key = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_ties_its_label_help_and_error_to_the_control() -> None:
    html = render("{% field form.name %}", form=Example({}))
    assert '<label class="field__label" for="id_name">' in html
    assert 'aria-describedby="id_name-help id_name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name-help"' in html
    assert 'id="id_name-error"' in html


def test_a_group_of_choices_is_a_fieldset_with_its_legend() -> None:
    html = render("{% field form.how %}", form=Example())
    assert re.search(r"<fieldset[^>]*>\s*<legend", html)
    assert html.count('type="radio"') == 2


def test_an_optional_field_is_neither_marked_nor_described() -> None:
    html = render("{% field form.note rows='3' %}", form=Example())
    assert "field__required" not in html
    assert "aria-describedby" not in html
    assert 'rows="3"' in html


def test_a_hidden_field_is_only_its_control() -> None:
    assert render("{% field form.key %}", form=Example()).strip().startswith('<input type="hidden"')


def test_the_error_summary_links_to_each_control_and_escapes_what_was_typed() -> None:
    form = Example({})
    form.add_error(None, "<b>no</b>")
    html = render("{% form_errors form %}", form=form)
    for target in ("#id_name", "#id_how_0", "#id_agreed"):
        assert f'href="{target}"' in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html
    assert render("{% form_errors form %}", form=Example()).strip() == ""


@pytest.mark.parametrize(
    "source",
    [
        "{% card title=bad %}x{% endcard %}",
        "{% bubble 'inbound' author=bad at=now now=now %}{{ bad }}{% endbubble %}",
        "{% empty_state title=bad text=bad %}{% endempty_state %}",
        "{% badge bad %}",
        "{% avatar bad %}",
        "{% copy_button bad %}",
        "{% kpi bad bad %}",
        "{% line_chart bad labels series description=bad %}",
        "{% table caption=bad %}{% endtable %}",
    ],
)
def test_components_escape_what_people_typed(source: str) -> None:
    bad = '"><script>x</script>'
    html = render(source, bad=bad, now=NOW, labels=[bad], series=[{"label": bad, "values": [1]}])
    assert "<script" not in html


@pytest.mark.parametrize("kind", ["inbound", "reply", "note"])
def test_a_message_says_in_words_which_kind_it_is(kind: str) -> None:
    with translation.override("fr"):
        html = render("{% bubble kind author='A' %}x{% endbubble %}", kind=kind)
    assert {"inbound": "Message reçu", "reply": "Réponse envoyée", "note": "Note interne"}[kind] in html
