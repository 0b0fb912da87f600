"""Rows inserted by COPY are those that INSERT would have made."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from core.copying import (
    assign_keys,
    copy_rows,
    copy_values,
    new_row,
    stored_row,
    update_rows,
)
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


def test_a_row_made_at_once_is_what_the_constructor_makes():
    lot = LotFactory()
    made = new_row(Stay, {"lot": lot, "site": lot.site}, plate="A1", folded="A1", entered_at=AT)
    other = stay(lot, "A1", currency="")
    assert made.lot is lot
    for field in Stay._meta.concrete_fields:
        if field.name != "public_id":
            assert getattr(made, field.attname) == getattr(other, field.attname), field.name
    made.currency = "CNY"
    made.save()
    assert Stay.objects.get().public_id == made.public_id != other.public_id


def test_a_row_read_at_once_is_what_a_query_returns():
    (row,) = copy_rows([stay(LotFactory(), "A1")])
    names = [field.attname for field in Stay._meta.concrete_fields]
    read = stored_row(Stay, [*names, "more"], [*(getattr(row, name) for name in names), 7])
    assert (read, read.lot, read.more) == (Stay.objects.get(), row.lot, 7)
    read.price = 900
    read.save(update_fields=["price"])
    assert Stay.objects.get().price == 900


def test_values_are_stored_with_the_defaults_of_the_other_fields():
    lot = LotFactory()
    names = ("site_id", "lot_id", "plate", "folded", "entered_at", "currency", "price", "lines")
    plates = ["A1", "tab\there"]
    copy_values(
        Stay,
        names,
        ((lot.site_id, lot.pk, plate, plate, AT, "CNY", 350, [{"a": None}]) for plate in plates),
    )
    stored = list(Stay.objects.order_by("pk"))
    assert [each.plate for each in stored] == plates
    assert stored[0].public_id != stored[1].public_id
    assert {(each.status, each.price, each.left_at, each.entered_at) for each in stored} == {
        ("open", 350, None, AT)
    }
    assert stored[0].lines == [{"a": None}]
    assert stored[0].review == []


def test_no_values_insert_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        copy_values(Stay, ("plate",), [])
