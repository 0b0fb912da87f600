"""The portal: find a car, see its price explained, pay, and read the receipt."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from core import clock
from parking.models import Stay
from portal.find_car.throttle import LOOK_UPS
from tests.factories import SiteFactory, StayFactory
from tests.gate import GateScene, decision_of, staff
from tests.paying import deliver_events, pay, payments_of, take_cash

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_look_ups_before():
    cache.clear()


@pytest.fixture
def stay() -> Stay:
    return StayFactory(plate="沪A12345", entered_at=clock.now() - timedelta(minutes=90))


def page(client, name, *args, **query):
    return client.get(reverse(f"portal:{name}", args=args), query)


@pytest.mark.parametrize("typed", ["沪A12345", "沪a·123 45"])
def test_the_plate_however_typed_leads_to_the_stay(client, stay, typed):
    answer = page(client, "find", stay.site.slug, plate=typed)
    assert answer.headers["Location"] == reverse("portal:stay", args=[stay.public_id])


def test_a_look_alike_is_offered_and_never_chosen_for_the_visitor(client, stay):
    answer = page(client, "find", stay.site.slug, plate="沪A1Z345")
    assert answer.status_code == 200
    assert stay.public_id in answer.content.decode()


@pytest.mark.parametrize("plate", ["沪A99999", "苏B00001"])
def test_a_car_that_is_not_inside_is_not_found(client, stay, plate):
    answer = page(client, "find", stay.site.slug, plate=plate)
    assert f"No car {plate} inside" in answer.content.decode()


def test_a_car_inside_another_site_is_not_found_here(client, stay):
    answer = page(client, "find", SiteFactory().slug, plate=stay.plate)
    assert stay.public_id not in answer.content.decode()


@pytest.mark.parametrize("plate", ["", "!!", "x" * 30])
def test_an_invalid_plate_is_reported_at_its_field(client, stay, plate):
    answer = page(client, "find", stay.site.slug, plate=plate)
    assert 'aria-invalid="true"' in answer.content.decode()


def test_plate_searches_are_rate_limited(client, stay):
    for _ in range(LOOK_UPS):
        page(client, "find", stay.site.slug, plate="苏B00001")
    assert page(client, "find", stay.site.slug, plate=stay.plate).status_code == 429


def test_the_stay_shows_the_amount_and_why(client, stay, stripe):
    text = page(client, "stay", stay.public_id).content.decode()
    assert "CN¥10.00" in text
    assert "Pay CN¥10.00" in text
    assert f"{stay.tariff}" in text


def test_the_stay_is_shown_in_chinese_to_a_chinese_browser(client, stay, stripe):
    answer = client.get(
        reverse("portal:stay", args=[stay.public_id]), headers={"Accept-Language": "zh-hans"}
    )
    assert "¥10.00" in answer.content.decode()
    assert 'lang="zh-hans"' in answer.content.decode()


def test_an_unknown_address_shows_nothing(client, stay):
    assert page(client, "stay", "abcdefghjkmnpqrstuvw").status_code == 404
    assert page(client, "receipt", stay.public_id).status_code == 404


def test_paying_redirects_to_the_provider_whose_event_opens_the_barrier(client, stripe, deliver):
    gate = GateScene.build()
    stay = StayFactory(
        lot=gate.lot,
        tariff=gate.lot.tariffs.get(),
        plate="粤B12345",
        entered_at=clock.now() - timedelta(minutes=90),
    )
    passage = gate.sees(gate.exit, "粤B12345")
    assert passage.state == "unpaid"

    answer = client.post(reverse("portal:checkout", args=[stay.public_id]), {"email": ""})
    assert answer.status_code == 303
    assert answer.headers["Location"] == stripe.session["url"]
    assert payments_of(stay)[0].state == "pending", "the browser's word pays nothing"

    deliver(stripe.pay())
    deliver_events()

    passage.refresh_from_db()
    stay.refresh_from_db()
    assert (passage.state, decision_of(passage).rule) == ("opening", "paid")
    assert stay.status == "closed"
    text = page(client, "stay", stay.public_id).content.decode()
    assert reverse("portal:receipt", args=[payments_of(stay)[0].public_id]) in text


def test_returning_refreshes_the_payment_and_shows_the_grace(client, stay, stripe):
    client.post(reverse("portal:checkout", args=[stay.public_id]), {"email": ""})
    assert "Pay CN" in _after_coming_back(client, stay)
    stripe.pay()  # its message is still under way
    assert "Please leave by" in _after_coming_back(client, stay)


def _after_coming_back(client, stay):
    return client.get(reverse("portal:back", args=[stay.public_id]), follow=True).content.decode()


def test_an_invalid_e_mail_is_reported_and_no_payment_begun(client, stay, stripe):
    answer = client.post(reverse("portal:checkout", args=[stay.public_id]), {"email": "nobody"})
    assert answer.status_code == 422
    assert not payments_of(stay)


def test_no_checkout_is_begun_for_a_paid_stay(client, stay, stripe):
    pay(stay, 1000)
    answer = client.post(reverse("portal:checkout", args=[stay.public_id]), {"email": ""})
    assert answer.status_code == 409
    assert "Nothing is due" in answer.content.decode()


def test_without_a_provider_the_page_refers_to_the_guard(client, stay, no_stripe):
    text = page(client, "stay", stay.public_id).content.decode()
    assert "pay the guard at the exit" in text
    assert "<form method" not in text.split('id="amount"')[1]


def test_the_receipt_has_the_amount_the_number_and_the_lines(client, stay):
    payment = take_cash(stay, staff())
    text = page(client, "receipt", payment.public_id).content.decode()
    assert "CN¥10.00" in text
    assert f"{stay.site.slug}-000001" in text
    assert "price-lines" in text


def test_no_page_carries_script_or_style_of_its_own(client, stay, stripe):
    payment = take_cash(stay, staff())
    for name, argument in [
        ("find", stay.site.slug),
        ("stay", stay.public_id),
        ("amount", stay.public_id),
        ("receipt", payment.public_id),
    ]:
        text = page(client, name, argument).content.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert "onclick" not in text
