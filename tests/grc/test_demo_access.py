"""What opens the demo town: passwords of the demo accounts, never those of a real town."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from directory.models import Agent, Town
from grc.demo import access
from grc.demo.organisation import Organisation


@pytest.mark.django_db
def test_demo_access_opens_every_role(town: Organisation, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo_access")
    shown = json.loads(capsys.readouterr().out)

    assert shown["address"] == "mairie@rives-sur-orme.example"
    assert [account["role"] for account in shown["accounts"]] == [
        *("counter", "phone", "back_office", "manager", "elected", "admin")
    ]
    for account in shown["accounts"]:
        agent = Agent.objects.get(email=account["email"])
        assert agent.check_password(account["password"])
        assert agent.memberships.filter(role=account["role"]).exists()
    assert Token.objects.get(key=shown["api_token"]).user.is_superuser
    assert stat.S_IMODE(access.access_file().stat().st_mode) == 0o600

    call_command("demo_access")
    assert json.loads(capsys.readouterr().out) == shown


@pytest.mark.django_db
def test_demo_access_renews_what_is_lost_or_no_longer_true(town: Organisation) -> None:
    before = access.access_read()
    access.access_file().unlink()
    after = access.access_read()
    assert after["accounts"] != before["accounts"]

    admin = Agent.objects.get(email="admin@rives-sur-orme.example")
    admin.set_password("somebody changed it")
    admin.save()
    assert access.access_read()["accounts"] != after["accounts"]

    access.access_file().write_text("not JSON", encoding="utf-8")
    renewed = access.access_read()
    assert Agent.objects.get(email=admin.email).check_password(renewed["accounts"][-1]["password"])


@pytest.mark.django_db
def test_demo_access_leaves_a_real_town_alone(town: Organisation) -> None:
    Town.objects.update(is_fictional=False)
    with pytest.raises(CommandError, match="démonstration"):
        call_command("demo_access")
    assert not access.access_file().exists()
