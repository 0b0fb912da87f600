"""Rows inserted by COPY are those that INSERT would have made."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from core.copying import assign_keys, copy_rows, update_rows
from devices.models import Device
from parking.models import Stay
from tests.factories import LotFactory, SiteFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 8, 30, 15, 123456, tzinfo=UTC)
AWKWARD = [
    "tab\there",
    "line\nbreak",
    "back\\slash",
    r"\N",
    r"\.",
    'a "quoted" word',
    "沪A12345",
    "",
]


def stay(lot, plate: str, **values) -> Stay:
    given = {"entered_at": AT, "currency": "CNY", **values}
    return Stay(site=lot.site, lot=lot, plate=plate, folded=plate, **given)


@pytest.mark.parametrize("text", AWKWARD)
def test_a_text_is_stored_as_it_is(text):
    lot = LotFactory()
    review, lines = [text, "left_unpaid"], [{"title": text, "amount": 5, "none": None}]
    copy_rows([stay(lot, "A1", review_reason=text, review=review, lines=lines)])
    stored = Stay.objects.get()
    assert (stored.review_reason, stored.review, stored.lines) == (text, review, lines)


def test_every_kind_of_value_is_stored_as_it_is():
    lot = LotFactory()
    (made,) = copy_rows([stay(lot, "A1", free_used=True, price=350, review=[], left_at=None)])
    stored = Stay.objects.get()
    for field in Stay._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(made, field.attname), field.name


def test_numbers_in_an_array_are_stored_as_they_are():
    device = Device(site=SiteFactory(), code="c", kind="camera", driver="d", recent_offsets=[3, -4])
    copy_rows([device])
    assert Device.objects.get().recent_offsets == [3, -4]


def test_rows_get_keys_and_keep_those_that_they_have():
    lot = LotFactory()
    rows = [stay(lot, "A1"), stay(lot, "A2")]
    assign_keys(rows[:1])
    key = rows[0].pk
    copy_rows(rows)
    assert Stay.objects.get(plate="A1").pk == key
    rows[1].review_reason = "changed"
    rows[1].save()
    assert Stay.objects.get(plate="A2").review_reason == "changed"


def test_a_row_inserted_afterwards_gets_a_key_of_its_own():
    lot = LotFactory()
    copy_rows([stay(lot, "A1"), stay(lot, "A2")])
    stay(lot, "A3").save()
    assert Stay.objects.count() == 3


def test_a_constraint_refuses_all_rows_at_once():
    lot = LotFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows([stay(lot, "A2"), stay(lot, "A1"), stay(lot, "A1")])
    assert not Stay.objects.exists()


def test_no_row_needs_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert copy_rows([]) == []


@pytest.mark.parametrize("text", AWKWARD)
def test_many_rows_are_updated_with_every_kind_of_value(text):
    lot = LotFactory()
    first, second, third = copy_rows([stay(lot, plate) for plate in ("A1", "A2", "A3")])
    for row in (first, second):
        row.status, row.left_at, row.price = "closed", AT, 350
        row.review, row.lines, row.review_reason = [text], [{"title": text, "none": None}], text
    second.price = None
    update_rows([first, second], ("status", "left_at", "price", "review", "lines", "review_reason"))
    for row in (first, second, third):
        stored = Stay.objects.get(pk=row.pk)
        for field in Stay._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(row, field.attname), field.name


def test_fields_that_are_not_named_keep_what_is_stored():
    (row,) = copy_rows([stay(LotFactory(), "A1")])
    row.price, row.vehicle = 350, "large"
    update_rows([row], ["price"])
    stored = Stay.objects.get()
    assert (stored.price, stored.vehicle) == (350, "small")
