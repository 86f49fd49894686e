import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from directory.actions.catalogue import catalogue_load
from directory.catalogue_file import COLUMNS, catalogue_parse
from directory.models import RequestType
from tests.support.factories import make_service, make_type

HEADER = "code;name;service;channels;target;regime;delay;sensitive;public;keywords;description;note\n"
GOOD = HEADER + "eclairage;Éclairage public;voirie;W T;3j;none;;no;yes;lampadaire|lampe  éteinte;Une panne.;Note\n"
SHIPPED = Path(settings.BASE_DIR) / "directory" / "data" / "catalogue.csv"


def problems(text, services=("voirie", "accueil")):
    data = text if isinstance(text, bytes) else text.encode()
    return [(error.line, error.column) for error in catalogue_parse(data, services)[1]]


def test_a_row_is_read():
    [row], errors = catalogue_parse(GOOD.encode(), ["voirie"])
    assert errors == []
    assert (row.line, row.code, row.service) == (2, "eclairage", "voirie")
    assert row.fields == {
        "name": "Éclairage public",
        "channels": "W T",
        "target": 3,
        "target_unit": "working_days",
        "regime": "none",
        "delay_months": None,
        "delay_days": None,
        "is_sensitive": False,
        "is_public": True,
        "keywords": ["lampadaire", "lampe éteinte"],
        "description": "Une panne.",
        "note": "Note",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [";", ","])
def test_every_encoding_and_separator_reads_the_same(encoding, newline, separator):
    data = GOOD.replace("\n", newline).replace(";", separator).encode(encoding)
    [row], errors = catalogue_parse(data, ["voirie"])
    assert errors == []
    assert row.fields["name"] == "Éclairage public"


@pytest.mark.parametrize(
    ("typed", "target", "unit"),
    [("72h", 72, "hours"), ("3j", 3, "working_days"), ("5 D", 5, "days"), ("1m", 1, "months")],
)
def test_targets(typed, target, unit):
    [row], errors = catalogue_parse(f"code;name;service;target\na;A;voirie;{typed}\n".encode(), ["voirie"])
    assert errors == []
    assert (row.fields["target"], row.fields["target_unit"]) == (target, unit)


@pytest.mark.parametrize(
    ("regime", "delay", "months", "days"),
    [("SVA", "2m", 2, None), ("svr", "30d", None, 30), ("RGPD", "1m", 1, None), ("special", "", None, None)],
)
def test_regimes(regime, delay, months, days):
    text = f"code;name;service;target;regime;delay\na;A;voirie;3j;{regime};{delay}\n"
    [row], errors = catalogue_parse(text.encode(), ["voirie"])
    assert errors == []
    assert row.fields["regime"].lower() == regime.lower()
    assert (row.fields["delay_months"], row.fields["delay_days"]) == (months, days)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "Éclairage"),
        ("code", ""),
        ("code", "a" * 61),
        ("name", ""),
        ("name", "a" * 121),
        ("service", "nulle-part"),
        ("target", "72"),
        ("target", "0h"),
        ("target", "3x"),
        ("target", ""),
        ("regime", "SVX"),
        ("delay", "2m"),
        ("sensitive", "peut-être"),
        ("public", "1"),
        ("channels", "X"),
        ("keywords", "a" * 81),
        ("description", "a" * 301),
        ("note", "a" * 301),
    ],
)
def test_each_wrong_cell_is_named(column, value):
    cells = dict(zip(HEADER.strip().split(";"), GOOD.splitlines()[1].split(";"), strict=True)) | {column: value}
    text = HEADER + GOOD.splitlines()[1].replace("eclairage", "autre", 1) + "\n" + ";".join(cells.values()) + "\n"
    assert problems(text) == [(3, column)]


@pytest.mark.parametrize("regime", ["SVA", "SVR", "RGPD"])
def test_a_regime_needs_its_delay(regime):
    assert problems(f"code;name;service;target;regime\na;A;voirie;3j;{regime}\n") == [(2, "delay")]


def test_an_unknown_service_is_answered_with_the_known_ones():
    _rows, [error] = catalogue_parse(b"code;name;service;target\na;A;voierie;3j\n", ["voirie", "accueil"])
    assert "voierie" in str(error)
    assert "accueil, voirie" in str(error)
    assert "2" in str(error)


def test_every_error_comes_at_once_in_order():
    text = "code;name;service;target\nA b;;nope;x\nok;n;voirie;1m\nok;n;voirie;1m\ntrop;court\n"
    assert problems(text) == [(2, "code"), (2, "name"), (2, "service"), (2, "target"), (4, "code"), (5, "")]


def test_the_line_is_the_editors_even_after_a_cell_of_several_lines():
    text = 'code;name;service;target;description\na;A;voirie;3j;"deux\nlignes"\n\nb;B;voirie;faux;\n'
    assert problems(text) == [(5, "target")]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", [(1, "")]),
        ("\n\n", [(1, "")]),
        ("code;name;service;target\n", [(1, "")]),
        ("code;name;service\na;A;voirie\n", [(1, "target")]),
        ("code;name;service;target;regim\n", [(1, "regim")]),
        ("code;name;service;target;code\n", [(1, "code")]),
        (b"code;name;service;target\na;A;\x81;3j\n", [(2, "")]),
        ("code;name;service;target\na;A\x00;voirie;3j\n", [(2, "")]),
    ],
)
def test_a_file_that_is_not_a_catalogue(text, places):
    assert problems(text) == places


@pytest.mark.django_db
def test_a_file_creates_updates_and_leaves_alone():
    voirie = make_service("voirie")
    kept = make_type("a-part", voirie)
    first = catalogue_load(GOOD.encode())
    assert (first.created, first.updated, first.unchanged) == (1, 0, 0)
    again = catalogue_load(GOOD.encode())
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    changed = catalogue_load(GOOD.replace("3j", "48h").encode())
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 0)
    lighting = RequestType.objects.get(code="eclairage")
    assert (lighting.target, lighting.target_unit) == (48, "hours")
    assert RequestType.objects.filter(pk=kept.pk).exists(), "never a deletion"


@pytest.mark.django_db
def test_one_error_and_nothing_is_written(tmp_path):
    make_service("voirie")
    path = tmp_path / "catalogue.csv"
    path.write_text(GOOD + "b;B;nulle-part;3j;;;;;;;;\n")
    errors = io.StringIO()
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("load_catalogue", str(path), stderr=errors)
    assert "nulle-part" in errors.getvalue()
    assert "3" in errors.getvalue()
    assert not RequestType.objects.exists()


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_what_it_cannot_read(tmp_path):
    make_service("voirie")
    path = tmp_path / "catalogue.csv"
    path.write_text(GOOD)
    said = io.StringIO()
    call_command("load_catalogue", str(path), stdout=said)
    assert "1 created, 0 updated, 0 unchanged" in said.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_catalogue", str(tmp_path / "absent.csv"))


@pytest.mark.django_db
def test_the_catalogue_that_ships_loads_and_satisfies_the_database():
    codes = {line.split(";")[2] for line in SHIPPED.read_text().splitlines()[1:]}
    for code in codes - {"accueil"}:
        make_service(code)
    report = catalogue_load(SHIPPED.read_bytes())
    assert report.errors == ()
    assert report.created == RequestType.objects.count() > 40
    for request_type in RequestType.objects.all():
        request_type.full_clean()


def test_the_shipped_file_has_every_column():
    assert SHIPPED.read_text().splitlines()[0].split(";") == sorted(COLUMNS, key=HEADER.strip().split(";").index)
