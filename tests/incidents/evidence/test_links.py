"""Links to evidence: after the review alone, signed, expiring, logged, with a watermark."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image, ImageChops

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents import services
from incidents.evidence import Found, links
from incidents.evidence.storing import store
from incidents.models import Evidence, EvidenceLink, LinkOpening
from tests.factories import LaneFactory, UserFactory
from tests.incidents.evidence.scene import force_barrier
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
VISITOR = links.Visitor("203.0.113.7", "Mozilla/5.0")


@pytest.fixture
def incident():
    found = force_barrier(LaneFactory())
    store(found, "camera", [Found("photo", "1", clock.now(), {}, jpeg(640, 360))])
    return services.review(found, UserFactory(), confirmed=True, reason="seen on the picture")


def issue(incident, **more):
    return links.issue(incident, UserFactory(), authority="District police", **more)


def test_a_link_is_issued_after_the_review_alone():
    with pytest.raises(Rejection) as error:
        issue(force_barrier(LaneFactory()))
    assert error.value.code == "not_confirmed"


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_is_valid_for_30_days_at_most(incident, days):
    with pytest.raises(Rejection) as error:
        issue(incident, valid_for=timedelta(days=days))
    assert error.value.code == "out_of_range"


def test_each_opening_is_logged_with_time_address_and_picture(incident):
    link = issue(incident)
    token, picture = links.token_of(link), Evidence.objects.get(kind="photo")
    assert links.open_link(token, VISITOR) == link
    links.open_link(token, VISITOR, picture.pk)
    page, opened = LinkOpening.objects.order_by("pk")
    assert (page.address, page.user_agent, page.evidence) == (*VISITOR_FIELDS, None)
    assert opened.evidence == picture
    entries = AuditEntry.objects.filter(action="open evidence link", subject_id=str(incident.pk))
    assert entries.count() == 2


VISITOR_FIELDS = (VISITOR.address, VISITOR.user_agent)


class TestRefusals:
    def opens(self, token, evidence_id=None):
        try:
            links.open_link(token, VISITOR, evidence_id)
        except links.LinkNotValidError:
            assert not LinkOpening.objects.exists()
            return False
        return True

    def test_a_forged_token_opens_nothing(self, incident):
        token = links.token_of(issue(incident))
        for place in range(len(token)):
            other = "0" if token[place] != "0" else "1"
            assert not self.opens(token[:place] + other + token[place + 1 :])
        assert not self.opens("")
        assert not self.opens("\0.\0")

    def test_an_expired_link_opens_nothing(self, incident, monkeypatch):
        link = issue(incident)
        monkeypatch.setattr(clock, "now", lambda: link.expires_at)
        assert not self.opens(links.token_of(link))

    def test_a_changed_expiry_makes_the_token_invalid(self, incident):
        token = links.token_of(issue(incident))
        EvidenceLink.objects.update(expires_at=clock.now() + timedelta(days=300))
        assert not self.opens(token)

    def test_a_withdrawn_link_opens_nothing(self, incident):
        link = issue(incident)
        links.revoke(link, UserFactory())
        assert not self.opens(links.token_of(link))

    def test_a_link_opens_no_evidence_of_another_incident(self, incident):
        other = force_barrier(LaneFactory())
        store(other, "camera", [Found("photo", "1", clock.now(), {}, jpeg())])
        foreign = Evidence.objects.get(incident=other)
        assert not self.opens(links.token_of(issue(incident)), foreign.pk)


def test_the_watermark_covers_the_picture_and_the_stored_one_stays_as_it_is(incident):
    link, picture = issue(incident), Evidence.objects.get(kind="photo")
    marked = Image.open(BytesIO(links.watermarked(link, picture)))
    plain = Image.open(BytesIO(jpeg(640, 360))).convert("RGB")
    assert marked.size == plain.size
    difference = ImageChops.difference(marked.convert("RGB"), plain).convert("L")
    for column in range(3):
        for row in range(3):
            part = difference.crop((column * 213, row * 120, column * 213 + 213, row * 120 + 120))
            assert part.getextrema()[1] > 40, "no part can be cut out without it"


def test_the_watermark_differs_by_authority_and_by_link(incident):
    picture = Evidence.objects.get(kind="photo")
    images = {links.watermarked(issue(incident), picture) for _number in range(2)}
    assert len(images) == 2
