"""Rows are found by many values at once."""

import pytest

from core.models import Site
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db


def test_rows_are_found_by_their_keys_texts_and_foreign_keys() -> None:
    first, second, _third = SiteFactory(), SiteFactory(), SiteFactory()
    keys, slugs = [first.pk, second.pk], {first.slug, second.slug}
    organisations = [first.organisation_id, second.organisation_id]
    for found in (
        Site.objects.filter(pk__any_of=keys),
        Site.objects.filter(slug__any_of=slugs),
        Site.objects.filter(organisation__any_of=organisations),
        Site.objects.filter(organisation__pk__any_of=organisations),
    ):
        assert set(found) == {first, second}
    assert not Site.objects.filter(pk__any_of=[]).exists()
