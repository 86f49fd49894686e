"""Makers of what other programs wrap mail in: TNEF, CMS."""

import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID


def winmail(text: str, *files: tuple[str, bytes]) -> bytes:
    """A winmail.dat (MS-OXTNEF): version, code page, text, then attachments."""

    def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
        head = struct.pack("<BHHI", level, name, kind, len(data))
        return head + data + struct.pack("<H", sum(data) & 0xFFFF)

    made = struct.pack("<IH", 0x223E9F78, 1)
    made += attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
    made += attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    if text:
        made += attribute(1, 0x800C, 2, text.encode("cp1252") + b"\0")
    for name, content in files:
        made += attribute(2, 0x9002, 6, b"\0" * 14)
        made += attribute(2, 0x8010, 1, name.encode("cp1252") + b"\0")
        made += attribute(2, 0x800F, 6, content)
    return made + b"\0" * 12


def signed(content: bytes) -> bytes:
    """An opaque CMS signature of ``content``, with a certificate made for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Claire Vasseur")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def signed_in_pieces(content: bytes) -> bytes:
    """The same as programs that stream write it: indefinite lengths (BER), the octets in pieces. No signer."""

    def definite(tag: int, data: bytes) -> bytes:
        size = len(data).to_bytes(4, "big")
        return bytes([tag, 0x84]) + size + data

    def indefinite(tag: int, data: bytes) -> bytes:
        return bytes([tag, 0x80]) + data + b"\0\0"

    pieces = b"".join(definite(0x04, content[start : start + 40]) for start in range(0, len(content), 40))
    data_type = bytes.fromhex("06092a864886f70d010701")
    signed_type = bytes.fromhex("06092a864886f70d010702")
    encapsulated = indefinite(0x30, data_type + indefinite(0xA0, indefinite(0x24, pieces)))
    version, algorithms, signers = bytes([2, 1, 1]), definite(0x31, b""), definite(0x31, b"")
    return indefinite(
        0x30, signed_type + indefinite(0xA0, indefinite(0x30, version + algorithms + encapsulated + signers))
    )
