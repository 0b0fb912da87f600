"""The signing key of a site: generated once, encrypted, replaced with an overlap."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents.feeds import site_keys
from incidents.models import SiteKey
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def site():
    return SiteFactory()


def test_the_first_key_is_generated_when_it_is_needed_and_kept(site):
    first = site_keys.signing_key(site)
    assert site_keys.signing_key(site).fingerprint == first.fingerprint
    assert SiteKey.objects.get().number == 1
    assert isinstance(first.private_key.curve, ec.SECP256R1)
    assert AuditEntry.objects.get().action == "generate signing key"


def test_each_site_has_its_own_key(site):
    other = site_keys.signing_key(SiteFactory())
    assert other.fingerprint != site_keys.signing_key(site).fingerprint


def test_the_certificate_is_self_signed_and_names_the_site(site):
    key = site_keys.signing_key(site)
    certificate = x509.load_pem_x509_certificate(key.certificate_pem)
    certificate.verify_directly_issued_by(certificate)
    assert site.slug in certificate.subject.rfc4514_string()
    assert site_keys.fingerprint_of(certificate) == key.fingerprint
    now = clock.now()
    assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc


def test_a_long_name_of_a_site_fits_its_certificate():
    assert site_keys.signing_key(SiteFactory(slug="s" * 40)).fingerprint


def test_the_private_key_is_stored_encrypted_and_bound_to_its_row(site):
    site_keys.signing_key(site)
    row, other = SiteKey.objects.get(), SiteFactory()
    assert "PRIVATE" not in row.private_key
    row.pk, row.site, row.fingerprint = None, other, "0" * 64
    row.save(force_insert=True)
    with pytest.raises(site_keys.UnreadableKeyError):
        site_keys.signing_key(other)


def test_another_master_key_cannot_read_it(site, settings):
    site_keys.signing_key(site)
    settings.MASTER_KEY = "cd" * 32
    with pytest.raises(site_keys.UnreadableKeyError):
        site_keys.signing_key(site)


def test_a_signature_fits_its_bytes_and_its_key_only(site):
    key = site_keys.signing_key(site)
    signature = key.sign(b"manifest")
    assert site_keys.verify(key.certificate, signature, b"manifest")
    assert not site_keys.verify(key.certificate, signature, b"manifest2")
    other = site_keys.signing_key(SiteFactory())
    assert not site_keys.verify(other.certificate, signature, b"manifest")


def test_a_new_key_is_announced_first_and_signs_after_the_overlap(site):
    old = site_keys.signing_key(site)
    new = site_keys.rotate(site, UserFactory(), "yearly", 7 * DAY)
    assert [each.number for each in site_keys.site_keys(site)] == [2, 1]
    assert site_keys.signing_key(site).fingerprint == old.fingerprint
    later = site_keys.signing_key(site, clock.now() + 7 * DAY)
    assert later.fingerprint == new.fingerprint


def test_a_compromised_key_is_replaced_at_once_even_during_an_overlap(site):
    site_keys.signing_key(site)
    site_keys.rotate(site, UserFactory(), "yearly")
    urgent = site_keys.rotate(site, UserFactory(), "the backup was stolen", timedelta())
    assert site_keys.signing_key(site).fingerprint == urgent.fingerprint
    assert [each.number for each in site_keys.site_keys(site)] == [3, 1]
    late = site_keys.signing_key(site, clock.now() + 90 * DAY)
    assert late.fingerprint == urgent.fingerprint


@pytest.mark.parametrize(
    ("reason", "overlap", "code"),
    [
        (" ", DAY, "missing"),
        ("yearly", -DAY, "out_of_range"),
        ("yearly", 91 * DAY, "out_of_range"),
    ],
)
def test_a_rotation_needs_a_reason_and_a_possible_overlap(site, reason, overlap, code):
    with pytest.raises(Rejection) as refused:
        site_keys.rotate(site, UserFactory(), reason, overlap)
    assert refused.value.code == code
    assert not SiteKey.objects.filter(number=2).exists()


def test_one_rotation_is_under_way_at_a_time(site):
    site_keys.rotate(site, UserFactory(), "yearly")
    with pytest.raises(Rejection, match="announced already"):
        site_keys.rotate(site, UserFactory(), "again")


def test_a_rotation_names_who_made_it_and_why(site):
    actor = UserFactory()
    site_keys.rotate(site, actor, "yearly")
    entry = AuditEntry.objects.latest("pk")
    assert entry.actor == actor.get_username()
    assert entry.detail["reason"] == "yearly"
    assert entry.detail["fingerprint"] == SiteKey.objects.get(number=2).fingerprint
