"""Signing keys in the console: fingerprints, certificates, and a replacement with an overlap."""

import pytest

from core.permissions import StandardRole
from incidents.feeds import site_keys
from tests.browsers import hire, signed_in, text
from tests.factories import FeedEndpointFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def security(here):
    """The browser of the site's security."""
    return signed_in(hire(here.site, StandardRole.SECURITY))


def test_the_fingerprint_is_shown_in_groups_and_the_private_key_never(security, here):
    page = text(security.get(here.url("signing_keys")))
    key = here.site_key
    assert key.fingerprint_groups in page
    assert key.fingerprint_groups.replace(" ", "").lower() == key.fingerprint
    assert key.private_key not in page


def test_the_certificate_is_downloaded(security, here):
    answer = security.get(here.url("signing_certificate", here.site_key.pk))
    assert answer.content.decode() == here.site_key.certificate
    assert "attachment" in answer["Content-Disposition"]


def test_a_key_is_replaced_after_an_overlap(security, here):
    posted = {"reason": "yearly", "overlap": 7}
    assert security.post(here.url("replace_signing_key"), posted).status_code == 204
    assert "announced" in text(security.get(here.url("signing_keys")))
    assert site_keys.current(here.site) == here.site_key


@pytest.mark.parametrize(
    "posted",
    [{"overlap": 7}, {"reason": "x"}, {"reason": "x", "overlap": 91}],
)
def test_an_incomplete_replacement_is_refused(security, here, posted):
    assert security.post(here.url("replace_signing_key"), posted).status_code == 422
    assert site_keys.site_keys(here.site).count() == 1


def test_the_page_of_a_cap_feed_shows_the_fingerprint_and_the_address_of_the_index(security, here):
    feed = FeedEndpointFactory(site=here.site, kind="cap_atom")
    page = text(security.get(here.url("feed", feed.pk)))
    assert here.site_key.fingerprint_groups in page
    assert f"/api/v1/feeds/{feed.public_id}/atom" in page
