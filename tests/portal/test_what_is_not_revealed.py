"""What the portal's pages do not say: who lives at a site, and who has an account."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from people.models import Binding
from tests.browsers import signed_in
from tests.factories import OccupancyFactory, ResidentUserFactory

pytestmark = pytest.mark.django_db
_TOKEN = re.compile(r"[A-Za-z0-9]{64}")


@pytest.fixture(autouse=True)
def _no_requests_before():
    cache.clear()


def pages_after_asking(site, name: str, unit: str) -> list[str]:
    """What a user who asks for access reads, from the answer on."""
    client = signed_in(ResidentUserFactory())
    path = reverse("portal:request_access", args=[site.slug])
    answers = [client.post(path, {"name": name, "unit": unit}), client.get("/home/")]
    answers += [client.get("/home/"), client.get(path)]
    return [_TOKEN.sub("", f"{each.status_code} {each.content.decode()}") for each in answers]


def test_a_request_by_name_and_unit_reads_the_same_whether_they_match_or_not():
    home = OccupancyFactory(person__name="Li Na")
    matching = pages_after_asking(home.site, "Li Na", home.unit.code)
    others = [("Li Na", "999"), ("Wang Wei", home.unit.code)]
    assert Binding.objects.get().person == home.person
    for name, unit in others:
        assert pages_after_asking(home.site, name, unit) == matching
    assert home.site.name in matching[2], "it says that the request was sent"
