"""The extraction of messages finds what Django looks up, and the check finds what a catalogue lacks."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.template import engines
from django.utils import translation

from tools import messages

TEMPLATE = """{% load i18n %}
<div>{% translate "Queue" %}
        {% translate "Late" context "a ticket" %}
  {% blocktranslate trimmed with name=x.name %}
    Dear {{ name }},
      it's 100 % done.
  {% endblocktranslate %}
{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}
{% if a %}   {{ x|default:_("None yet") }} it's "odd" ({[ {% endif %}
{% translate 'Keep 5 % of it' as kept %}{{ kept }}
</div>
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
a = _("Answer")
b = ngettext("one", "%(n)d ones", 2)
c = pgettext("verb", "Close")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "templates/tickets").mkdir(parents=True)
    (tmp_path / "templates/tickets/page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "tickets").mkdir()
    (tmp_path / "tickets/forms.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "locale/fr").mkdir(parents=True)
    return tmp_path


def test_every_message_is_found_under_its_key(root: Path) -> None:
    found = {(message.context, message.id) for message in messages.extract(root) if message.id}
    assert found == {
        (None, "Queue"),
        ("a ticket", "Late"),
        (None, "Dear %(name)s, it's 100 %% done."),
        (None, ("%(n)s day", "%(n)s days")),
        (None, "None yet"),
        (None, "Keep 5 %% of it"),
        (None, "Answer"),
        (None, ("one", "%(n)d ones")),
        ("verb", "Close"),
    }


def test_keys_are_those_that_django_looks_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    def gettext(message: str) -> str:
        asked.add(message)
        return message

    monkeypatch.setattr(translation, "gettext", gettext)
    monkeypatch.setattr("django.templatetags.i18n.translation.gettext", gettext)
    monkeypatch.setattr("django.template.base.gettext_lazy", gettext)
    engines["django"].from_string(TEMPLATE).render({"a": True, "n": 2, "x": ""})
    keys = {message.id for message in messages.extract(root) if isinstance(message.id, str)}
    assert {"Dear %(name)s, it's 100 %% done.", "Keep 5 %% of it", "None yet", "Queue"} <= asked & keys


def test_check_names_what_is_missing_fuzzy_empty_or_wrong(root: Path) -> None:
    catalog = Catalog(locale="fr")
    catalog.add("Queue", "File d’attente")
    catalog.add("Keep 5 %% of it", "Tout : « 5 %% »", flags=["python-format"])
    catalog.add("Answer", "Réponse", flags=["fuzzy"])
    catalog.add("None yet", "")
    catalog.add("Late", "En retard")  # without its context
    catalog.add(("one", "%(n)d ones"), ("un", "%(n)d uns"), flags=["python-format"])
    catalog.add("Dear %(name)s, it's 100 %% done.", "%(nom)s, c’est fait à 100 %%.", flags=["python-format"])
    found = messages.problems(messages.extract(root), catalog)
    lines = {line.split(": ", 1)[1] for line in found}
    assert "fuzzy: Answer" in lines
    assert "not translated: None yet" in lines
    assert "an ordinary space beside French punctuation: Keep 5 %% of it" in lines
    assert "missing: Late" in lines
    assert "missing: Close" in lines
    assert "missing: %(n)s day" in lines
    assert any("Dear" in line and "missing" not in line for line in lines)
    assert not any("Queue" in line or line.endswith(": one") for line in lines)


def test_check_names_the_places_it_would_not_see(root: Path) -> None:
    lines = [
        "from django.utils.translation import gettext as now",
        "a = f\"{x} {_('Late')}\"",
        "b = f'{x}'",
        "_ = gettext",
    ]
    (root / "tickets/words.py").write_text("\n".join(lines), encoding="utf-8")
    assert [line.split(": ")[0] for line in messages.unseen(root)] == ["tickets/words.py:1", "tickets/words.py:2"]
    assert messages.check(root) == 1


def test_update_keeps_translations_and_drops_what_nothing_uses(root: Path) -> None:
    path = root / "locale/fr/LC_MESSAGES/django.po"
    messages.update(root)
    catalog = messages.read(path, "fr")
    catalog["Queue"].string = "File « d’attente » : où ?"
    catalog.add("Gone", "Parti")
    with path.open("wb") as file:
        messages.write_po(file, catalog)
    messages.update(root)
    again = messages.read(path, "fr")
    assert again["Queue"].string == "File «\u00a0d’attente\u00a0»\u00a0: où\u00a0?"
    assert "Gone" not in path.read_text(encoding="utf-8")
    assert path.with_suffix(".mo").exists()
