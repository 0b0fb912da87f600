"""The rows of several querysets are counted in one statement."""

import pytest
from django.db.models import Count

from core.counting import count_each
from estate.models import Bay, Lot
from tests.factories import BayFactory, LotFactory

pytestmark = pytest.mark.django_db


def test_each_queryset_is_counted_by_one_statement(django_assert_num_queries):
    lot = LotFactory(code="p1")
    BayFactory.create_batch(3, lot=lot)
    rows = {
        "all": Bay.objects.order_by("code"),
        "some": Bay.objects.filter(code="no such code"),
        "annotated": Lot.objects.annotate(n=Count("bays")).filter(n__gt=2),
        "percent": Lot.objects.exclude(name__contains="100 %"),
        "none": Bay.objects.none(),
    }
    with django_assert_num_queries(1):
        found = count_each(rows)
    assert found == {"all": 3, "some": 0, "annotated": 1, "percent": 1, "none": 0}


def test_a_slice_is_not_counted_further(django_assert_num_queries):
    BayFactory.create_batch(3)
    assert count_each({"few": Bay.objects.order_by("pk")[:2]}) == {"few": 2}


def test_nothing_to_count_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert count_each({"none": Bay.objects.none()}) == {"none": 0}
        assert count_each({}) == {}
