"""The key with which a site signs what it hands to authorities: CAP alerts, evidence files.

Receivers compare the certificate's fingerprint with the one on the endpoint's page. A new key is
announced first and signs later, so that receivers can install its certificate; what an earlier key
has signed stays valid.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, keys, validation
from core.errors import Rejection
from core.models import Site, User
from incidents.models.site_keys import SiteKey

# How long the certificate of a new key is shown before the key signs, and at most.
OVERLAP, MAX_OVERLAP = timedelta(days=7), timedelta(days=90)
# Receivers trust the fingerprint, so the certificate outlives the key's use.
_VALIDITY = timedelta(days=3650)
_BACKDATED = timedelta(minutes=5)  # receivers' clocks may be late
_LONGEST_NAME = 64  # of a name in a certificate (X.520)
_NONCE_BYTES = 12


class UnreadableKeyError(Exception):
    """A private key was encrypted with another master key."""


@dataclass(frozen=True)
class SigningKey:
    """A key that is ready to sign.

    Attributes:
        fingerprint: SHA-256 of the certificate, in hex.
    """

    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    fingerprint: str

    def sign(self, data: bytes) -> bytes:
        """Return the signature of the bytes: ECDSA with SHA-256, in DER."""
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def signing_key(site: Site, at: datetime | None = None) -> SigningKey:
    """Return the key that signs for the site, now or at an instant; the first one is generated.

    Raises:
        UnreadableKeyError: the key was encrypted with another master key.
    """
    row = current(site, at) or _first(site)
    certificate = x509.load_pem_x509_certificate(row.certificate.encode())
    return SigningKey(_decrypt(row), certificate, row.fingerprint)


def current(site: Site, at: datetime | None = None) -> SiteKey | None:
    """Return the row of the key that signs for the site; None where none was generated yet."""
    return site_keys(site).filter(signs_from__lte=at or clock.now()).first()


def site_keys(site: Site) -> QuerySet[SiteKey]:
    """Return the site's keys, the newest first: one to come, the current one, and earlier ones."""
    return SiteKey.objects.filter(site=site).select_related("created_by").order_by("-number")


def verify(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Return whether the certificate's key has signed the bytes as `SigningKey.sign` does."""
    public = certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return False
    try:
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


@transaction.atomic
def rotate(site: Site, actor: User, reason: str, overlap: timedelta = OVERLAP) -> SiteKey:
    """Generate the site's next key, which signs after the overlap.

    Args:
        overlap: zero where the current key must not sign any more.

    Raises:
        Rejection: no reason is given, the overlap is negative or too long, or the previous
            rotation is still under way and the overlap is not zero.
    """
    validation.require_reason(reason, _("enter why the key is replaced"))
    if not timedelta() <= overlap <= MAX_OVERLAP:
        raise Rejection(
            "overlap",
            "out_of_range",
            _("between 0 and %(days)s days") % {"days": MAX_OVERLAP.days},
            _("choose another number of days"),
        )
    _lock(site)
    newest = site_keys(site).first() or _first(site)
    now = clock.now()
    if newest.signs_from > now and overlap:
        raise Rejection(
            "overlap",
            "rotation_under_way",
            _("a new key is announced already"),
            _("wait until it signs, or replace the keys at once with 0 days"),
        )
    # An announced key never signs before the one that replaces it.
    SiteKey.objects.filter(site=site, signs_from__gt=now).delete()
    return _create(site, newest.number + 1, overlap, actor, reason)


def _first(site: Site) -> SiteKey:
    with transaction.atomic():
        _lock(site)
        return current(site) or _create(site, 1, timedelta(), None, "")


def _lock(site: Site) -> None:
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def _create(
    site: Site, number: int, overlap: timedelta, actor: User | None, reason: str
) -> SiteKey:
    now = clock.now()
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = _certify(private, site, number)
    row = SiteKey(
        site=site,
        number=number,
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        fingerprint=fingerprint_of(certificate),
        created_at=now,
        created_by=actor,
        reason=reason,
        signs_from=now + overlap,
    )
    row.private_key = _encrypt(private, row)
    row.save(force_insert=True)
    detail = {"fingerprint": row.fingerprint, "signs_from": row.signs_from.isoformat()}
    audit.record(
        site,
        actor or "feeds",
        "generate signing key",
        ("site_key", row.pk),
        reason=reason,
        **detail,
    )
    return row


def _certify(private: ec.EllipticCurvePrivateKey, site: Site, number: int) -> x509.Certificate:
    """Return a self-signed certificate of the site for the key."""
    title = f"Gatehouse {site.slug} {number}"[:_LONGEST_NAME]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    now = clock.now()
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - _BACKDATED).not_valid_after(now + _VALIDITY)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    return builder.add_extension(usage, True).sign(private, hashes.SHA256())


def _encrypt(private: ec.EllipticCurvePrivateKey, row: SiteKey) -> str:
    plain = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, plain, _context(row))
    return base64.b64encode(nonce + sealed).decode()


def _decrypt(row: SiteKey) -> ec.EllipticCurvePrivateKey:
    sealed = base64.b64decode(row.private_key)
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        plain = _cipher().decrypt(nonce, text, _context(row))
    except InvalidTag as error:
        raise UnreadableKeyError(f"the {row} was encrypted with another master key") from error
    private = serialization.load_der_private_key(plain, None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise UnreadableKeyError(f"the {row} is of another kind")
    return private


def _context(row: SiteKey) -> bytes:
    """Return what a private key is bound to, so that it can't be moved to another row."""
    return f"{row.site_id}|{row.number}|{row.fingerprint}".encode()


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("signing keys of sites"))
