"""What protects an account: TLS and STARTTLS with a certificate that is checked, and tokens asked for when needed."""

import base64
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels_intake.email.imap import fetcher
from channels_intake.email.imap.connection import access_token, opened
from channels_intake.email.imap.fetcher import connection_check
from channels_intake.email.imap.reasons import FetchError
from channels_intake.models import Mailbox, MailFetch
from core.sealing import seal, unseal
from tests.conftest import eventually
from tests.support.factories import make_town
from tests.support.imap import imap_server


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "imap.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@contextmanager
def behind_tls(port: int, cert: Path, key: Path) -> Iterator[int]:
    """A port that speaks TLS from the first byte (IMAPS), in front of one that does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                client = context.wrap_socket(self.request, server_side=True)
            except (ssl.SSLError, OSError):
                return
            with client, socket.create_connection(("127.0.0.1", port)) as behind:
                threading.Thread(target=pump, args=(behind, client), daemon=True).start()
                pump(client, behind)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Front) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield int(front.server_address[1])
        front.shutdown()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.django_db
def test_tls_starttls_and_a_certificate_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    cert, key = certificate(tmp_path)
    with imap_server("--cert", str(cert), "--key", str(key)) as server:
        account = server.account(security="starttls")
        reason = connection_check(account)
        assert reason is not None
        assert (reason.sentence[:25], reason.technical) == ("Le certificat du serveur ", "self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        assert connection_check(account) is None
    with imap_server() as server, behind_tls(server.port, cert, key) as port:
        assert connection_check(server.account("voirie@rives-sur-orme.example", security="tls", port=port)) is None
        monkeypatch.delenv("SSL_CERT_FILE")
        reason = connection_check(MailFetch.objects.get(port=port))
        assert reason is not None
        assert reason.technical == "self-signed certificate"


class Tokens(BaseHTTPRequestHandler):
    asked: list[dict[str, list[str]]] = []
    renewed: dict[str, str] = {}

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(fields)
        good = fields["client_secret"] == ["secret"] and fields.get("refresh_token") != ["périmé"]
        body = {"access_token": "jeton-42"} | self.renewed if good else {"error": "invalid_client"}
        self.send_response(200 if good else 401)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def token_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Tokens)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Tokens.asked, Tokens.renewed = [], {}
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    server.server_close()


def test_a_token_is_asked_for(token_url: str) -> None:
    account = MailFetch(token_url=token_url, client_id="guichet", token_scope="imap")
    assert access_token(account, "secret") == "jeton-42"
    assert Tokens.asked == [
        {
            "client_id": ["guichet"],
            "client_secret": ["secret"],
            "grant_type": ["client_credentials"],
            "scope": ["imap"],
        }
    ]
    account.refresh_token = seal("longue-vie")
    assert access_token(account, "secret") == "jeton-42"
    assert Tokens.asked[1]["grant_type"] == ["refresh_token"]
    assert Tokens.asked[1]["refresh_token"] == ["longue-vie"]


def test_a_token_that_is_refused_or_asked_for_in_clear(token_url: str) -> None:
    with pytest.raises(FetchError, match=r"401.*invalid_client"):
        access_token(MailFetch(token_url=token_url), "faux")
    with pytest.raises(FetchError, match="https://"):
        access_token(MailFetch(token_url="http://login.example/token"), "secret")


class OldServer(socketserver.StreamRequestHandler):
    """An IMAP server with XOAUTH2 and without UIDPLUS, that tells what it was asked."""

    said: list[str] = []
    sasl: list[bytes] = []

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            self.said.append(command)
            if command.startswith("AUTHENTICATE XOAUTH2"):
                self.wfile.write(b"+ \r\n")
                self.sasl.append(base64.b64decode(self.rfile.readline()))
            elif command.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
            elif command.startswith("SELECT"):
                self.wfile.write(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n")
            elif command.startswith("LOGOUT"):
                self.wfile.write(b"* BYE\r\n")
            self.wfile.write(f"{tag} OK done\r\n".encode())


@contextmanager
def old_server_account(token_url: str, refresh_token: str) -> Iterator[MailFetch]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OldServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield MailFetch.objects.create(
            mailbox=Mailbox.objects.create(address="mairie@ville.example"),
            host="127.0.0.1",
            port=server.server_address[1],
            security="none",
            username="mairie@ville.example",
            authentication="xoauth2",
            secret=seal("secret"),
            refresh_token=seal(refresh_token),
            token_url=token_url,
        )
        server.shutdown()


@pytest.mark.django_db
def test_a_token_that_is_renewed_is_kept_and_what_is_deleted_is_only_marked(token_url: str) -> None:
    OldServer.said, OldServer.sasl = [], []
    Tokens.renewed = {"refresh_token": "suivant"}
    with old_server_account(token_url, "premier") as account:
        for _ in range(2):
            with opened(MailFetch.objects.get()) as folder:
                assert folder.uid_validity == 7
                folder.delete(3)
    assert OldServer.sasl == [b"user=mairie@ville.example\x01auth=Bearer jeton-42\x01\x01"] * 2
    assert [each["refresh_token"] for each in Tokens.asked] == [["premier"], ["suivant"]]
    account.refresh_from_db()
    assert unseal(account.refresh_token) == "suivant"
    assert "suivant" not in account.refresh_token
    assert [line for line in OldServer.said if "DELETED" in line.upper()] == [
        r"UID STORE 3 +FLAGS.SILENT (\Deleted)"
    ] * 2
    assert not any("EXPUNGE" in line for line in OldServer.said)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_typed_again_is_tried_at_once(token_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(fetcher, "DELAYS", (600,))
    Tokens.renewed = {"refresh_token": "suivant"}
    stop = threading.Event()
    with old_server_account(token_url, "périmé"):
        thread = threading.Thread(target=fetcher.fetch_forever, args=(stop,))
        thread.start()
        try:
            eventually(lambda: MailFetch.objects.get().failing_since)
            MailFetch.objects.update(refresh_token=seal("retapé"))
            eventually(lambda: unseal(MailFetch.objects.get().refresh_token) == "suivant")
        finally:
            stop.set()
            thread.join(20)
    asked = [each["refresh_token"] for each in Tokens.asked]
    assert asked == [["périmé"], ["retapé"]], "the one that the server renews starts nothing again"
