"""An HTML message shown as it was received: what the frame may show, and what it never asks for by itself."""

import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels_intake.email.html_text import clean_html, shown_html
from directory.models import Agent
from tests.channels_intake.email.test_processing import CLAIRE, arrive
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import make_agent, make_service, make_town
from tickets.enums import EventKind
from tickets.models import Message

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site: its address, and what was asked of it."""
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def received(site: str = "https://spy.example") -> Message:
    """The message of a mail with an image of its own and a remote one."""
    make_town()
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = CLAIRE, "Photo", "<photo@example.org>"
    mail.set_content("Voir la photo.")
    html = '<p onclick="x()">Voir <a href="https://a.example">la photo</a></p><script>x()</script>'
    html += f'<img src="cid:photo%40x" alt="Le banc"><img src="{site}/1.png" alt="" width="9">'
    mail.add_alternative(f'{html}<img src="{site}/2.png"><img src="cid:absent">', subtype="html")
    body = mail.get_payload()[1]  # type: ignore[index]
    body.add_related(PIXEL, "image", "png", cid="<photo@x>", filename="banc.png")  # type: ignore[union-attr]
    [row] = arrive(mail.as_bytes())
    assert row.message is not None
    return row.message


def test_what_is_kept_and_what_is_shown() -> None:
    kept = clean_html('<img src="cid:a"><img src="data:x"><img src="/b"><a href="cid:a">x</a>', {"a": "f00"})
    assert kept == '<img src="cid:f00"><img><img><a rel="noopener noreferrer nofollow">x</a>'
    remote = '<img src="//x.example/1"><img src="HTTPS://x.example/2">'
    assert shown_html(remote, images={}, placeholder="/p.svg") == '<img src="/p.svg"><img src="/p.svg">'
    assert shown_html(kept, images={"f00": "/f"}, placeholder="/p.svg").startswith('<img src="/f"><img><img><a')
    assert "x.example" in shown_html(remote, images={}, placeholder="")


@pytest.mark.django_db
def test_nothing_comes_from_elsewhere_before_a_click_that_is_kept(client_of: Callable[[Agent], Client]) -> None:
    message = received()
    ticket, client = message.ticket, client_of(make_agent(("back_office", make_town())))
    detail = client.get(reverse("tickets:detail", args=[ticket.reference])).content.decode()
    assert reverse("inbound:message", args=[message.pk]) in detail
    page = client.get(reverse("inbound:message", args=[message.pk])).content.decode()
    assert "2 images distantes n’ont pas été chargées" in page
    content = client.get(reverse("inbound:message_html", args=[message.pk]))
    html = content.content.decode()
    policy = content["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("img-src 'self'")
    assert "allow-scripts" not in policy + page
    assert content["X-Frame-Options"] == "SAMEORIGIN"
    assert "spy.example" not in html
    assert "onclick" not in html
    assert html.count("remote-image") == 2
    file = message.attachments.get()
    assert f'src="{reverse("tickets:attachment", args=[file.pk])}?inline=1"' in html
    images = reverse("inbound:message_images", args=[message.pk])
    assert_status(client.get(images), 405)
    asked = client.post(images)
    assert ticket.events.filter(kind=EventKind.IMAGES).count() == 1
    query = asked["Location"].partition("?")[2]
    loaded = client.get(f"{reverse('inbound:message_html', args=[message.pk])}?{query}")
    assert loaded["Content-Security-Policy"].endswith("img-src 'self' http: https:")
    assert "https://spy.example/1.png" in loaded.content.decode()
    other = client_of(make_agent(("back_office", make_town())))  # the click is of one agent
    theirs = other.get(f"{reverse('inbound:message_html', args=[message.pk])}?{query}")
    assert "spy.example" not in theirs.content.decode()
    stranger = client_of(make_agent(("back_office", make_service("culture"))))
    assert_status(stranger.get(reverse("inbound:message", args=[message.pk])), 404)
    Message.objects.update(body_html="")
    assert_status(client.get(reverse("inbound:message", args=[message.pk])), 404)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_asks_nothing_of_other_sites_before_the_click(
    page: Any, live_server: Any, client_of: Callable[[Agent], Client], elsewhere: tuple[str, list[str]]
) -> None:
    site, asked = elsewhere
    message = received(site)
    session = client_of(make_agent(("back_office", make_town()))).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(reverse("inbound:message", args=[message.pk]))
    shown = page.frame_locator("iframe")
    own = shown.get_by_alt_text("Le banc")
    own.wait_for()
    assert own.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    placeholder = shown.locator("img[src*='remote-image']").first
    assert placeholder.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1
    assert asked == []
    assert_accessible(page)
    page.get_by_role("button", name="Charger les images").click()
    loaded = shown.locator(f"img[src='{site}/1.png']")
    loaded.wait_for(state="attached")
    loaded.evaluate("image => image.decode()")
    assert "/1.png" in asked
