"""Writing a tariff in the console: templates, fields, JSON, checks while typing, review."""

import json

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings

from console.tariffs.editor import FIELDS, Editor, open_document
from core.models import Site
from parking.models import Tariff
from pricing.form_fields import lost_in_fields, same_meaning
from tests.browsers import text
from tests.factories import HOURLY, LotFactory, SiteFactory
from tests.pricing.cases import DAY_AND_NIGHT
from tests.pricing.strategies import tariffs

pytestmark = pytest.mark.django_db


def opened(client, here, query: str = "") -> QueryDict:
    """What a browser would send back for the editor that opens with the version in force."""
    answer = client.get(here.url("publish_tariff") + (query or f"?from={here.tariff.pk}"))
    return posted(answer)


def posted(answer) -> QueryDict:
    editor: Editor = answer.context["editor"]
    data = editor.as_posted()
    data["mode"] = editor.mode
    return data


def send(client, here, data: QueryDict, do: str, name: str = "publish_tariff"):
    data["do"] = do
    return client.post(
        here.url(name), data.urlencode(), content_type="application/x-www-form-urlencoded"
    )


def errors(answer) -> dict[str, str]:
    """The errors of the editor by the name of their field."""
    forms = answer.context["editor"].forms()
    return {
        (f"{form.prefix}-{name}" if form.prefix else name): " ".join(found)
        for form in forms
        for name, found in form.errors.items()
    }


def document(answer) -> dict:
    return answer.context["editor"].entry.document()


def template_url(here, name: str, lot=None) -> str:
    query = f"?name={name}" + (f"&lot={lot.pk}" if lot else "")
    return here.url("tariff_template") + query


def element(**keys) -> dict:
    return {**HOURLY["elements"][0], **keys}


TEMPLATE_VALUES = {
    "free": {},
    "first-hour": {"first_hour": "5", "unit": "30", "unit_price": "2.50"},
    "day-night": {
        "day_from": "07:00",
        "night_from": "21:00",
        "unit": "60",
        "day_price": "3",
        "night_price": "5.5",
    },
    "daily-maximum": {"unit": "60", "unit_price": "6", "cap": "40"},
    "monthly": {"day_price": "30", "month_price": "400"},
}
SHARED_VALUES = {"code": "main-gate", "free_minutes": "20", "grace_minutes": "10"}


@pytest.mark.parametrize("name", TEMPLATE_VALUES)
def test_a_template_opens_as_fields_with_prices_and_can_be_published(here, manager, name):
    values = SHARED_VALUES | TEMPLATE_VALUES[name]
    answer = manager.post(template_url(here, name, here.gate.lot), values)
    assert answer.context["editor"].mode == FIELDS
    assert answer.context["preview"].rows
    data = posted(answer)
    assert send(manager, here, data, "review").context["plan"].label == "main-gate@1"
    assert send(manager, here, data, "confirm").status_code == 303
    assert Tariff.objects.get(code="main-gate").lot == here.gate.lot


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("first-hour", "first_hour", "5.555"),
        ("first-hour", "unit", "0"),
        ("day-night", "night_from", "07:00"),
        ("daily-maximum", "cap", "-1"),
        ("monthly", "month_price", "900"),
        ("free", "code", ""),
    ],
)
def test_a_value_that_a_template_cannot_use_is_an_error_of_its_field(
    here, manager, name, field, value
):
    values = SHARED_VALUES | TEMPLATE_VALUES[name] | {field: value}
    answer = manager.post(template_url(here, name), values)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}


def test_an_unknown_template_is_not_found(here, manager):
    assert manager.get(template_url(here, "yearly")).status_code == 404


def test_a_site_without_tariffs_is_offered_the_templates(here, manager):
    lot = here.gate.lot
    assert "Choose a template" not in text(manager.get(here.url("tariffs")))
    empty = LotFactory(site=here.site)
    assert f"publish/?lot={empty.pk}" in text(manager.get(here.url("tariffs")))
    here.stay.__class__.objects.filter(lot=lot).update(tariff=None)
    Tariff.objects.filter(lot__site=here.site).delete()
    shown = text(manager.get(here.url("tariffs")))
    assert f"{here.url('tariff_template')}?name=day-night" in shown


def test_a_version_is_opened_as_the_fields_of_its_document(here, manager):
    data = opened(manager, here)
    assert (data["code"], data["free_minutes"], data["lot"]) == (
        here.tariff.code,
        "15",
        str(here.gate.lot.pk),
    )
    assert data["elements-0-steps-0-price"] == "5.00"
    assert data["elements-0-steps-0-unit"] == "60"


def test_rows_are_added_moved_and_removed(here, manager):
    data = opened(manager, here)
    for do in ("add elements", "add elements-0-steps", "add caps", "add days"):
        data = posted(send(manager, here, data, do))
    assert [data[f"{name}-rows"] for name in ("elements", "caps", "days")] == ["2", "1", "1"]
    assert (data["elements-0-steps-rows"], data["elements-1-steps-rows"]) == ("2", "1")
    data["elements-1-title_en"], data["elements-1-steps-0-price"] = "Night", "7"
    data = posted(send(manager, here, data, "up elements 1"))
    assert (data["elements-0-title_en"], data["elements-0-steps-0-price"]) == ("Night", "7")
    assert (data["elements-1-id"], data["elements-1-steps-rows"]) == ("all", "2")
    data = posted(send(manager, here, data, "remove elements 0"))
    data = posted(send(manager, here, data, "remove elements-0-steps 1"))
    assert (data["elements-rows"], data["elements-0-id"]) == ("1", "all")
    assert data["elements-0-steps-0-price"] == "5.00"


def test_a_new_row_is_no_error_before_it_is_filled_in(here, manager):
    answer = send(manager, here, opened(manager, here), "add caps")
    assert (answer.status_code, errors(answer)) == (200, {})
    assert answer.context["editor"].missing


@pytest.mark.parametrize("do", ["add x", "remove elements x", "remove elements 99", "up days 0"])
def test_a_change_of_rows_that_are_not_there_changes_nothing(here, manager, do):
    data = opened(manager, here)
    answer = send(manager, here, data.copy(), do)
    assert same_meaning(document(answer), here.tariff.document)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"elements-0-steps-0-upto": "90"}, "elements-0-steps-0-upto"),
        ({"elements-0-steps-0-price": "5.001"}, "elements-0-steps-0-price"),
        ({"elements-0-steps-0-price": "-5"}, "elements-0-steps-0-price"),
        ({"elements-0-steps-0-unit": "", "elements-0-steps-0-per": "60"}, "elements-0-steps-0-per"),
        ({"elements-0-time_from": "25:00"}, "elements-0-time_from"),
        ({"free_minutes": "-1"}, "free_minutes"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"code": "x" * 61}, "code"),
        ({"valid_from": "3000-01-01T00:00"}, "valid_from"),
        (
            {"elements-0-time_from": "08:00", "elements-0-time_to": "20:00"},
            "__all__",  # hours without a rate belong to no single field
        ),
    ],
)
def test_an_error_is_shown_at_its_field_while_typing_and_before_publishing(
    here, manager, changes, field
):
    data = opened(manager, here)
    for name, value in changes.items():
        data[name] = value
    while_typing = send(manager, here, data, "", "check_tariff")
    assert while_typing.status_code == 200
    assert list(errors(while_typing)) == [field]
    for do in ("review", "confirm"):
        answer = send(manager, here, data, do)
        assert (answer.status_code, list(errors(answer))) == (422, [field])
    assert Tariff.objects.filter(lot=here.gate.lot).count() == 1


def test_a_class_that_no_vehicle_of_the_site_has_is_an_error_of_its_rate(here, manager):
    data = posted(send(manager, here, opened(manager, here), "add elements"))
    data = posted(send(manager, here, data, "up elements 1"))
    data["elements-0-vehicle"], data["elements-0-steps-0-price"] = "tractor", "9"
    answer = send(manager, here, data, "review")
    assert list(errors(answer)) == ["elements-0-vehicle"]
    assert "tractor" in errors(answer)["elements-0-vehicle"]


def test_an_entry_that_cannot_be_priced_is_an_error_of_the_preview(here, manager):
    data = opened(manager, here)
    data["entry"] = "3000-01-01T00:00"
    assert list(errors(send(manager, here, data, "review"))) == ["entry"]


def test_a_check_while_typing_has_a_place_for_the_error_of_every_field(here, manager):
    data = opened(manager, here)
    data["elements-0-steps-0-price"] = "5.001"
    page = text(send(manager, here, data, "", "check_tariff"))
    assert 'id="id_elements-0-steps-0-price_error" hx-swap-oob="true">CNY has 2 decimals.' in page
    assert 'id="id_free_minutes_error" hx-swap-oob="true"></p>' in page


def test_an_empty_field_is_an_error_only_before_publishing(here, manager):
    data = opened(manager, here)
    data["elements-0-steps-0-price"] = ""
    assert errors(send(manager, here, data, "", "check_tariff")) == {}
    assert list(errors(send(manager, here, data, "review"))) == ["elements-0-steps-0-price"]


def test_the_prices_are_compared_with_the_version_in_force(here, manager):
    data = opened(manager, here)
    data["elements-0-steps-0-price"] = "6"
    shown = send(manager, here, data, "", "check_tariff")
    preview = shown.context["preview"]
    assert preview.against == here.tariff
    assert [(row.amount, row.before, row.change) for row in preview.rows[:2]] == [
        (0, 0, 0),
        (1200 // 2, 500, 100),
    ]
    (change,) = preview.changes
    assert change.before == ["CN¥5.00 per started 60 min"]
    assert change.after == ["CN¥6.00 per started 60 min"]
    assert "+CN¥1.00" in text(shown)


def test_the_prices_are_those_of_the_chosen_vehicle_and_entry(here, manager):
    large = {"id": "large", "when": {"vehicle": ["large"]}, "steps": [{"flat": 9900}]}
    answer = send(manager, here, opened(manager, here), "json")
    data = posted(answer)
    data["document"] = json.dumps(HOURLY | {"elements": [large, *HOURLY["elements"]]})
    data["vehicle"], data["entry"] = "large", "2026-07-01T08:00"
    preview = send(manager, here, data, "", "check_tariff").context["preview"]
    assert {row.amount for row in preview.rows} == {0, 9900}
    assert preview.rows[-1].exit.isoformat() == "2026-07-04T08:00:00+08:00"


def test_fields_and_json_show_the_same_tariff(here, manager):
    data = opened(manager, here)
    data["valid_from"], data["entry"] = "2027-03-01T00:00", "2027-03-02T05:00"
    as_json = posted(send(manager, here, data, "json"))
    assert same_meaning(json.loads(as_json["document"]), here.tariff.document)
    back = posted(send(manager, here, as_json, "fields"))
    assert {**back, "do": ""} == {**data, "do": ""}


def test_json_that_the_fields_cannot_hold_stays_json_and_names_what(here, manager):
    data = posted(manager.get(here.url("publish_tariff") + "?as=json"))
    anchored = HOURLY | {"anchor": "window_start"}
    data["document"], data["lot"] = json.dumps(anchored), str(here.gate.lot.pk)
    answer = send(manager, here, data, "fields")
    assert answer.context["editor"].mode == "json"
    assert "anchor" in answer.context["editor"].notice
    assert same_meaning(json.loads(posted(answer)["document"]), anchored)


@pytest.mark.parametrize("wrong", ["", "{", "[]", '{"schema": "tariff/2"}'])
def test_what_is_no_tariff_does_not_become_fields(here, manager, wrong):
    data = posted(manager.get(here.url("publish_tariff") + "?as=json"))
    data["document"], data["lot"] = wrong, str(here.gate.lot.pk)
    answer = send(manager, here, data, "fields")
    assert answer.status_code == 422
    assert list(errors(answer)) == ["document"]


def test_fields_that_cannot_be_read_do_not_become_json(here, manager):
    data = opened(manager, here)
    data["elements-0-steps-0-price"] = "five"
    answer = send(manager, here, data, "json")
    assert answer.context["editor"].mode == FIELDS
    assert answer.status_code == 422


def test_the_review_returns_to_the_fields(here, manager):
    data = opened(manager, here)
    data["valid_from"] = "2027-03-01T00:00"
    review = send(manager, here, data, "review")
    hidden = QueryDict(mutable=True)
    hidden.update(review.context["hidden"])
    back = send(manager, here, hidden, "return")
    assert posted(back)["valid_from"] == "2027-03-01T00:00"
    assert same_meaning(document(back), here.tariff.document)
    assert send(manager, here, hidden, "confirm").status_code == 303


def test_amounts_have_the_decimals_of_the_site_s_currency(db):
    yen, dinar = SiteFactory(currency="JPY"), SiteFactory(currency="KWD")
    cap = {"window": "24h", "amounts": [1500, 20]}
    for site, price, caps in ((yen, "250", "1500, 20"), (dinar, "0.250", "1.500, 0.020")):
        tariff = HOURLY | {
            "currency": site.currency,
            "elements": [{"id": "all", "steps": [{"unit": 30, "price": 250}]}],
            "caps": [cap],
        }
        data = open_document(site, tariff).as_posted()
        assert (data["elements-0-steps-0-price"], data["caps-0-amounts"]) == (price, caps)
        entry = Editor(site, FIELDS, data).entry
        assert entry.is_valid()
        assert same_meaning(entry.document(), tariff)


@pytest.mark.parametrize(
    ("change", "path"),
    [({"id": " gate"}, "id"), ({"elements": [element(title={"en": "Day "})]}, "title.en")],
)
def test_spaces_that_the_form_would_remove_keep_the_tariff_as_json(db, change, path):
    editor = open_document(SiteFactory(), HOURLY | change)
    assert editor.mode == "json"
    assert path in editor.notice


def test_a_tariff_in_another_currency_is_shown_as_json(db):
    editor = open_document(SiteFactory(currency="JPY"), HOURLY)
    assert (editor.mode, "currency" in editor.notice) == ("json", True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tariffs())
def test_any_document_comes_back_from_its_form(tariff_site: Site, tariff):
    editor = open_document(tariff_site, tariff)
    if lost_in_fields(tariff) is not None:
        assert editor.mode == "json"
        assert same_meaning(json.loads(editor.as_posted()["document"]), tariff)
    else:
        assert editor.entry.is_valid(), [form.errors for form in editor.forms()]
        assert same_meaning(editor.entry.document(), tariff)


@pytest.fixture
def tariff_site(db) -> Site:
    return SiteFactory(currency="EUR")


def test_faults_of_a_tariff_are_named_in_the_reader_s_language(here, manager):
    data = opened(manager, here)
    data["elements-0-steps-0-upto"] = "60"
    data["do"] = "review"
    answer = manager.post(
        here.url("publish_tariff"),
        data.urlencode(),
        content_type="application/x-www-form-urlencoded",
        HTTP_ACCEPT_LANGUAGE="zh-hans",
    )
    assert errors(answer)["elements-0-steps-0-upto"].startswith("最后一")


def test_day_and_night_elements_are_two_rates(here, manager):
    tariff = HOURLY | {"elements": DAY_AND_NIGHT}
    data = open_document(here.site, tariff).as_posted()
    assert (data["elements-1-time_from"], data["elements-1-time_to"]) == ("19:00", "07:00")
