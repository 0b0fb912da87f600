"""TLS certificates: the operator's, or one of an authority of our own that lasts for ten years.

Devices in the field trust the authority's certificate (`tls/ca.crt`), so it is made once; the
server's is made again when it is about to expire or when this machine has other addresses.
"""

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.appliance.places import Home, write_private
from core import clock

AUTHORITY_LIFE, SERVER_LIFE = timedelta(days=3650), timedelta(days=825)
RENEW_BEFORE = timedelta(days=60)
# RSA, because the TLS of many cameras knows nothing else.
_KEY_BITS = 2048
Pair = tuple[x509.Certificate, rsa.RSAPrivateKey]


def server_files(home: Home, names: Iterable[str]) -> tuple[Path, Path]:
    """Return the files of a certificate of our own authority and its key; made where needed.

    Args:
        names: further host names and addresses under which this machine is reached.
    """
    home.tls.mkdir(parents=True, exist_ok=True)
    home.tls.chmod(0o700)
    wanted = {*names, *own_names()} - {""}
    certificate, key = home.tls / "server.crt", home.tls / "server.key"
    authority = _authority(home)
    if not _is_current(certificate, key, authority[0], wanted):
        made, made_key = _issue(authority, wanted)
        write_private(key, _key_text(made_key))
        chain = _text(made) + _text(authority[0])
        write_private(certificate, chain)
    return certificate, key


def own_names() -> set[str]:
    """Return the names and addresses of this machine."""
    addresses = (each for found in psutil.net_if_addrs().values() for each in found)
    families = (socket.AF_INET, socket.AF_INET6)
    plain = {one.address.partition("%")[0] for one in addresses if one.family in families}
    return {"localhost", socket.gethostname(), "127.0.0.1", "::1", *plain}


def expires_in(certificate: Path) -> timedelta:
    """Return how long the first certificate of a file is still valid; negative if it expired.

    Raises:
        ValueError: the file has no certificate.
    """
    return _load(certificate).not_valid_after_utc - clock.now()


def _authority(home: Home) -> Pair:
    certificate, key = home.tls / "ca.crt", home.tls / "ca.key"
    if certificate.exists() and key.exists():
        return _load(certificate), _load_key(key)
    made_key = _new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gatehouse on this machine")])
    made = (
        _builder(name, name, made_key, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(made_key, hashes.SHA256())
    )
    write_private(key, _key_text(made_key))
    write_private(certificate, _text(made))
    return made, made_key


def _issue(authority: Pair, names: set[str]) -> Pair:
    key = _new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gatehouse")])
    issuer = authority[0]
    certificate = (
        _builder(subject, issuer.subject, key, SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority[1].public_key()),
            critical=False,
        )
        .sign(authority[1], hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of devices may be slow
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: set[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in sorted(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            # Not a name that TLS can check, such as one with an empty label.
            with suppress(UnicodeError):
                found.append(x509.DNSName(name.encode("idna").decode()))
    return found


def _is_current(certificate: Path, key: Path, authority: x509.Certificate, names: set[str]) -> bool:
    if not certificate.exists() or not key.exists():
        return False
    found = _load(certificate)
    extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return (
        found.issuer == authority.subject
        and found.not_valid_after_utc - clock.now() > RENEW_BEFORE
        and set(_alternatives(names)) <= set(extension.value)
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - ours, for the type checker
    return key


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_text(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
