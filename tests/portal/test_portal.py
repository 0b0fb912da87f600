"""The portal: find a car, see its price explained, pay, and read the receipt."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from billing.verification import RECEIPT, verification_url
from core import clock
from core.models import Site
from parking.models import Stay
from portal.find_car.throttle import LOOK_UPS
from tests.factories import SiteFactory, StayFactory
from tests.gate import GateScene, decision_of, staff
from tests.paying import deliver_events, pay, payments_of, record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay() -> Stay:
    return StayFactory(plate="沪A12345", entered_at=clock.now() - timedelta(minutes=90))


def look_up(client, slug, plate):
    return client.post(reverse("portal:find", args=[slug]), {"plate": plate})


def page(client, name, *args, **query):
    return client.get(reverse(f"portal:{name}", args=args), query)


@pytest.mark.parametrize("typed", ["沪A12345", "沪a·123 45"])
def test_the_plate_however_typed_leads_to_the_stay(client, stay, typed):
    answer = look_up(client, stay.site.slug, plate=typed)
    assert answer.headers["Location"] == reverse("portal:stay", args=[stay.public_id])


def test_a_look_alike_is_offered_and_never_chosen_for_the_visitor(client, stay):
    answer = look_up(client, stay.site.slug, plate="沪A1Z345")
    assert answer.status_code == 200
    assert stay.public_id in answer.content.decode()


@pytest.mark.parametrize("plate", ["沪A99999", "苏B00001"])
def test_a_car_that_is_not_inside_is_not_found(client, stay, plate):
    answer = look_up(client, stay.site.slug, plate=plate)
    assert f"No car {plate} inside" in answer.content.decode()


def test_a_car_inside_another_site_is_not_found_here(client, stay):
    answer = look_up(client, SiteFactory().slug, plate=stay.plate)
    assert stay.public_id not in answer.content.decode()


@pytest.mark.parametrize("plate", ["", "!!", "x" * 30])
def test_an_invalid_plate_is_reported_at_its_field(client, stay, plate):
    answer = look_up(client, stay.site.slug, plate=plate)
    assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.usefixtures("stopped_clock")
def test_look_ups_of_one_address_are_limited(client, stay):
    for number in range(LOOK_UPS):
        look_up(client, stay.site.slug, plate=f"苏B{number:05}")
    refused = look_up(client, stay.site.slug, plate=stay.plate)
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert "Too many attempts" in refused.content.decode()


@pytest.mark.usefixtures("stopped_clock")
def test_look_ups_of_one_plate_are_limited_whoever_makes_them(client, stay):
    for number in range(10):
        client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
        assert look_up(client, stay.site.slug, plate="沪A·123 45").status_code == 302
    client.defaults["REMOTE_ADDR"] = "198.51.100.1"
    assert look_up(client, stay.site.slug, plate=stay.plate).status_code == 429
    assert look_up(client, stay.site.slug, plate="苏B00001").status_code == 200


@pytest.mark.parametrize("plate", ["沪A12345", "苏B00001"])
def test_a_plate_in_the_address_is_not_looked_up(client, stay, plate):
    answer = page(client, "find", stay.site.slug, plate=plate)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert stay.public_id not in text
    assert "No car" not in text


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
    payment = record_cash_payment(stay, staff())
    text = page(client, "receipt", payment.public_id).content.decode()
    assert "CN¥10.00" in text
    assert f"{stay.site.slug}-000001" in text
    assert "price-lines" in text


def test_no_page_carries_script_or_style_of_its_own(client, stay, stripe):
    payment = record_cash_payment(stay, staff())
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


def left_unpaid(stay, days=1):
    """Let the car leave at the price of its stay, with nothing paid."""
    from parking.charges import post_charge

    stay.status, stay.price = "closed", 1000
    stay.left_at = clock.now() - timedelta(days=days)
    stay.entered_at = stay.left_at - timedelta(minutes=90)
    stay.save()
    post_charge(stay)
    return stay


def test_a_car_that_left_unpaid_is_found_and_can_be_paid(client, stay, stripe):
    left_unpaid(stay)
    answer = look_up(client, stay.site.slug, plate=stay.plate)
    assert answer.headers["Location"] == reverse("portal:stay", args=[stay.public_id])
    assert "Pay CN¥10.00" in page(client, "stay", stay.public_id).content.decode()
    answer = client.post(reverse("portal:checkout", args=[stay.public_id]), {"email": ""})
    assert answer.headers["Location"] == stripe.session["url"]


def test_a_stay_inside_and_an_unpaid_one_are_both_offered(client, stay):
    older = left_unpaid(StayFactory(lot=stay.lot, tariff=stay.tariff, plate="沪A99999"))
    Stay.objects.filter(pk=older.pk).update(plate=stay.plate, folded=stay.folded)
    text = look_up(client, stay.site.slug, plate=stay.plate).content.decode()
    assert stay.public_id in text
    assert older.public_id in text


def test_arrears_are_offered_for_the_exact_plate_only(client, stay):
    left_unpaid(stay)
    text = look_up(client, stay.site.slug, plate="沪A1Z345").content.decode()
    assert stay.public_id not in text


def test_a_paid_stay_that_left_is_not_offered(client, stay):
    left_unpaid(stay)
    pay(stay, 1000)
    text = look_up(client, stay.site.slug, plate=stay.plate).content.decode()
    assert "No car" in text


def test_only_the_browser_that_began_a_payment_changes_its_e_mail(client, stay, stripe):
    url = reverse("portal:checkout", args=[stay.public_id])
    client.post(url, {"email": "payer@example.org"})
    stranger = type(client)()
    for _ in range(2):
        stranger.post(url, {"email": "stranger@example.org"})
    assert [each.email for each in payments_of(stay)] == ["payer@example.org"]
    client.post(url, {"email": "corrected@example.org"})
    assert [each.email for each in payments_of(stay)] == ["corrected@example.org"]


def test_only_the_browser_that_began_a_payment_adds_an_e_mail(client, stay, stripe):
    url = reverse("portal:checkout", args=[stay.public_id])
    client.post(url, {"email": ""})
    type(client)().post(url, {"email": "stranger@example.org"})
    assert [each.email for each in payments_of(stay)] == [""]
    client.post(url, {"email": "payer@example.org"})
    assert [each.email for each in payments_of(stay)] == ["payer@example.org"]


def test_a_browser_that_pays_for_two_cars_keeps_both_e_mails(client, stay, stripe):
    other = StayFactory(lot=stay.lot, tariff=stay.tariff, entered_at=stay.entered_at)
    for number in range(2):
        for each in (stay, other):
            email = f"payer{number}@example.org"
            client.post(reverse("portal:checkout", args=[each.public_id]), {"email": email})
    assert [payments_of(each)[0].email for each in (stay, other)] == ["payer1@example.org"] * 2


def test_a_receipt_names_no_log_in(client, stay):
    guard = staff("wang.wei")
    text = page(client, "receipt", record_cash_payment(stay, guard).public_id).content.decode()
    assert "wang.wei" not in text
    assert "guard" in text


def test_a_receipt_names_the_guard_as_staff_call_them(client, stay):
    guard = staff("wang.wei")
    guard.first_name, guard.last_name = "Wei", "Wang"
    text = page(client, "receipt", record_cash_payment(stay, guard).public_id).content.decode()
    assert "Wei Wang" in text
    assert "wang.wei" not in text


def test_a_receipt_s_pdf_is_prepared_and_then_downloaded(client, stay):
    payment = record_cash_payment(stay, staff())
    waiting = page(client, "receipt_pdf", payment.public_id)
    assert "is being created" in waiting.content.decode()
    deliver_events()
    url = reverse("portal:receipt_pdf", args=[payment.public_id])
    asked = client.get(url, headers={"HX-Request": "true"})
    assert "The PDF is ready" in asked.content.decode()
    answer = page(client, "receipt_pdf", payment.public_id)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_the_verification_page_names_no_person_and_no_plate(client, stay):
    payment = record_cash_payment(stay, staff())
    url = verification_url(RECEIPT, stay.site, str(payment.receipt_no))
    text = client.get(urlsplit(url).path).content.decode()
    assert "CN¥10.00" in text
    assert stay.plate not in text
    assert payment.public_id not in text


@pytest.mark.parametrize(("is_paid", "most"), [(False, 14), (True, 14)])
def test_the_page_of_a_stay_takes_few_statements(
    client, stay, stripe, django_assert_max_num_queries, is_paid, most
):
    if is_paid:
        pay(stay, 1000)
    path = reverse("portal:stay", args=[stay.public_id])
    with django_assert_max_num_queries(most):
        client.get(path)


def test_a_paid_stay_shows_what_was_paid_and_whom_to_call(client, stay, stripe):
    Site.objects.filter(pk=stay.site.pk).update(phone="021 5555", wallets="WeChat Pay")
    assert "Accepted: WeChat Pay" in page(client, "stay", stay.public_id).content.decode()
    payment = pay(stay, 1000)
    text = page(client, "stay", stay.public_id).content.decode()
    assert "CN¥10.00 paid" in text
    assert "021 5555" in text
    assert reverse("portal:fapiao", args=[payment.public_id]) in text


def test_a_fapiao_is_requested_once_for_a_paid_stay(client, stay):
    path = reverse("portal:fapiao", args=[pay(stay, 1000).public_id])
    assert client.post(path, {"title": "", "tax_number": ""}).status_code == 422
    assert client.post(path, {"title": "Li Wei", "tax_number": "1"}).status_code == 422
    assert client.post(path, {"title": "Li Wei", "tax_number": ""}).status_code == 302
    assert "Li Wei" in client.get(path).content.decode()
    assert client.post(path, {"title": "Li Wei", "tax_number": ""}).status_code == 422
