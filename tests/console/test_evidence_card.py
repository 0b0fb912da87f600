"""The card of an incident's evidence, for people who may see photos and for others."""

from datetime import timedelta

import pytest

from core import clock
from core.permissions import StandardRole
from incidents import services
from incidents.evidence import Found
from incidents.evidence.pictures import PROVIDER
from incidents.evidence.storing import store
from people.models import RolePermission
from tests.browsers import hire, signed_in, text
from tests.photos import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def guard(here):
    return signed_in(hire(here.site, StandardRole.GUARD))


@pytest.fixture
def incident(here):
    """An incident of which there are pictures alone."""
    at = clock.now()
    found = services.raise_incident(here.site.pk, "intrusion", "zone:1", "severe", at, {})
    for number in range(2):
        values = {"camera": "North", "offset_s": number}
        taken = at + timedelta(seconds=number)
        key = f"{found.log.get().pk} +{number}"
        store(found, PROVIDER, [Found("photo", key, taken, values, jpeg(64 + number))])
    return found


@pytest.fixture
def _without_photos():
    RolePermission.objects.filter(permission__code="access.view_photos").delete()


def test_who_may_see_photos_sees_the_pictures(here, guard, incident):
    card = text(guard.get(here.url("evidence", incident.pk)))
    for piece in incident.evidence.all():
        assert f'src="{here.url("evidence_picture", piece.pk)}"' in card
        assert guard.get(here.url("evidence_picture", piece.pk)).status_code == 200
    assert "permission to see photos" not in card


@pytest.mark.usefixtures("_without_photos")
def test_others_read_how_many_pictures_there_are(here, guard, incident):
    pages = (here.url("evidence", incident.pk), here.url("triage_incident", incident.pk))
    for page in pages:
        shown = text(guard.get(page))
        assert "There are 2 pictures." in shown
        assert "permission to see photos" in shown
        assert "/evidence/pictures/" not in shown
    incident.evidence.first().delete()
    assert "There is 1 picture." in text(guard.get(pages[0]))


@pytest.mark.usefixtures("_without_photos")
def test_others_open_no_picture_by_its_address(here, guard, incident):
    address = here.url("evidence_picture", incident.evidence.first().pk)
    assert guard.get(address).status_code == 403
