"""Publishing and withdrawing a version of a tariff."""

import json
from datetime import timedelta

import pytest

from core import audit, clock
from core.errors import Rejection
from parking.publishing import plan_publication, publish_tariff, read_tariff, withdraw_tariff
from parking.selectors import tariff_at
from tests.factories import HOURLY, LotFactory, TariffFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def lot():
    return LotFactory()


@pytest.fixture
def in_force(lot):
    return TariffFactory(lot=lot, valid_from=clock.now() - HOUR)


@pytest.fixture
def ahead(lot, in_force):
    start = clock.now() + HOUR
    return publish_tariff(lot, UserFactory(), text=json.dumps(HOURLY), valid_from=start)


def test_a_version_withdrawn_before_its_start_never_comes_into_force(lot, in_force, ahead):
    actor = UserFactory()
    assert tariff_at(lot.pk, ahead.valid_from) == ahead

    withdraw_tariff(ahead, actor, "The cap is missing")

    assert tariff_at(lot.pk, ahead.valid_from + HOUR) == in_force
    entry = audit.history(lot.site, ("tariff", ahead.pk)).last()
    assert (entry.action, entry.actor) == ("withdraw tariff", str(actor))


def test_a_version_in_force_and_one_withdrawn_are_not_withdrawn(in_force, ahead):
    actor = UserFactory()
    withdraw_tariff(ahead, actor, "The cap is missing")
    codes = []
    for tariff in (in_force, ahead):
        with pytest.raises(Rejection) as rejected:
            withdraw_tariff(tariff, actor, "Again")
        codes.append(rejected.value.code)
    assert codes == ["already_started", "already_withdrawn"]


def test_the_number_of_a_withdrawn_version_is_not_used_again(lot, ahead):
    withdraw_tariff(ahead, UserFactory(), "The cap is missing")
    start = clock.now() + HOUR
    again = publish_tariff(lot, UserFactory(), text=json.dumps(HOURLY), valid_from=start)
    assert again.version == ahead.version + 1


def test_a_plan_names_the_versions_before_and_after(lot, in_force, ahead):
    start = clock.now() + HOUR / 2
    plan = plan_publication(lot, text=json.dumps(HOURLY), valid_from=start)
    assert (plan.replaced, plan.later, plan.starts_at_once) == (in_force, [ahead], False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a", "id": "b"}', "written twice"),
        ('{"calendar": {"overrides": {"2026-02-14": 1, "2026-02-14": 2}}}', "2026-02-14"),
        ("[" * 100_000, "recursion"),
        ("9" * 5000, "digits"),
        (json.dumps(HOURLY | {"min_charge": float("nan")}), "min_charge"),
        (json.dumps(HOURLY | {"id": "a" * 61}), "id"),
        (json.dumps(HOURLY | {"id": "gate\0"}), "id"),
        (json.dumps(HOURLY | {"currency": "QQQ"}), "currency"),
    ],
)
def test_a_document_that_cannot_be_kept_is_rejected(lot, text, message):
    with pytest.raises(Rejection) as rejected:
        read_tariff(lot, text)
    assert message in rejected.value.message


@pytest.mark.parametrize(
    ("elements", "unused"),
    [
        ([{"id": "all"}, {"id": "lorries", "when": {"vehicle": ["large"]}}], ["lorries"]),
        ([{"id": "free days", "when": {"day_class": ["holiday"]}}, {"id": "all"}], ["free days"]),
        ([{"id": "day", "when": {"time": ["07:00", "21:00"]}}, {"id": "all"}], []),
        (
            [
                {"id": "all day", "when": {"time": ["00:00", "24:00"]}},
                {"id": "night", "when": {"time": ["21:00", "07:00"]}},
            ],
            ["night"],
        ),
    ],
)
def test_a_plan_names_the_elements_that_price_no_stay(lot, elements, unused):
    steps = [{"unit": 60, "price": 500}]
    document = HOURLY | {"elements": [each | {"steps": steps} for each in elements]}
    plan = plan_publication(lot, text=json.dumps(document), valid_from=clock.now() + HOUR)
    assert plan.unused == unused


def test_a_holiday_in_the_calendar_makes_its_element_used(lot):
    steps = [{"unit": 60, "price": 500}]
    holidays = {"id": "holidays", "when": {"day_class": ["holiday"]}, "steps": steps}
    document = HOURLY | {"elements": [holidays, {"id": "all", "steps": steps}]}
    document["calendar"] = {"overrides": {"2026-02-17": "holiday"}}
    plan = plan_publication(lot, text=json.dumps(document), valid_from=clock.now() + HOUR)
    assert plan.unused == []
