"""The checks of a certificate and a key in PEM format, before the web server uses them."""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _

from config.appliance.places import write_private
from console.installation.ports import CertificateFacts
from core import clock
from core.errors import Rejection
from core.text_lists import joined

_SHOWN_NAMES = 20


@dataclass(frozen=True)
class CheckedPair:
    """A certificate with its chain, the server's own first, and its key without a passphrase."""

    certificate: str
    key: str
    facts: CertificateFacts


def check(certificate: str, key: str, host: str) -> CheckedPair:
    """Return a usable pair.

    Args:
        host: the name by which the pages are reached; empty for any.

    Raises:
        Rejection: one is malformed, they don't belong together, the certificate is not valid now,
            or not for the host.
    """
    chain = _load_chain(certificate)
    private = _load_key(key)
    chain.sort(key=lambda each: not _belongs(each, private))
    own = chain[0]
    if not _belongs(own, private):
        raise Rejection(
            "key",
            "another_pair",
            _("the key does not belong to this certificate"),
            _("choose the two files that were issued together"),
        )
    _require_valid_now(own)
    if host and not _is_for(own, host):
        raise _wrong_name(own, host)
    pair = CheckedPair("".join(map(_written, chain)), _written_key(private), facts_of(own))
    _require_usable(pair)
    return pair


def facts_of(certificate: x509.Certificate) -> CertificateFacts:
    """Return what a certificate says of itself."""
    issuer = certificate.issuer
    names = issuer.get_attributes_for_oid(NameOID.COMMON_NAME) or list(issuer)
    return CertificateFacts(
        names=tuple(_names(certificate)[:_SHOWN_NAMES]),
        issuer=str(names[0].value) if names else "",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def _load_chain(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Rejection(
            "certificate",
            "not_pem",
            _("this is not a certificate in PEM format"),
            _("it begins with -----BEGIN CERTIFICATE-----"),
        ) from None


def _load_key(text: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(text.encode(), None)
    except TypeError:
        raise Rejection(
            "key",
            "has_passphrase",
            _("the key is protected by a passphrase"),
            _("remove it with openssl pkey -in key.pem -out plain.pem"),
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Rejection(
            "key",
            "not_pem",
            _("this is not a private key in PEM format"),
            _("it begins with -----BEGIN PRIVATE KEY-----"),
        ) from None


def _belongs(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        own = certificate.public_key().public_bytes(*form)
        return own == key.public_key().public_bytes(*form)
    except (ValueError, UnsupportedAlgorithm):
        return False


def _require_valid_now(certificate: x509.Certificate) -> None:
    now = clock.now()
    until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if until <= now:
        text = _("the certificate expired on %(date)s") % {"date": f"{until:%Y-%m-%d}"}
        raise Rejection("certificate", "expired", text, _("choose a current one"))
    if since > now:
        text = _("the certificate is valid from %(date)s only") % {"date": f"{since:%Y-%m-%d}"}
        raise Rejection("certificate", "not_yet_valid", text, _("choose a current one"))


def _require_usable(pair: CheckedPair) -> None:
    """Require that TLS can use the pair: otherwise the web server would not start again."""
    with TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        write_private(certificate, pair.certificate)
        write_private(key, pair.key)
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            text = _("the web server can not use this pair: %(problem)s")
            raise Rejection(
                "certificate",
                "not_usable",
                text % {"problem": error.reason or error},
                _("choose a certificate with a longer key"),
            ) from None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    hosts = found.get_values_for_type(x509.DNSName)
    return [*hosts, *map(str, found.get_values_for_type(x509.IPAddress))]


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    names = {name.lower() for name in _names(certificate)}
    try:
        return str(ipaddress.ip_address(host)) in names
    except ValueError:
        parent = host.lower().partition(".")[2]
        return host.lower() in names or (bool(parent) and f"*.{parent}" in names)


def _wrong_name(certificate: x509.Certificate, host: str) -> Rejection:
    names = joined(_names(certificate)[:_SHOWN_NAMES]) or "–"
    return Rejection(
        "certificate",
        "another_name",
        _("the certificate is for %(names)s, and the pages are reached as %(host)s")
        % {"names": names, "host": host},
        _("choose another one, or confirm that browsers use one of its names"),
        override="despite_name",
    )


def _written(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _written_key(key: PrivateKeyTypes) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
