"""The pages of the plan: the editor's JSON, files, publication and the way back."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.permissions import StandardRole
from estate.models import Bay, PlanRevision
from estate.plans import selectors
from tests.browsers import hire, signed_in, text
from tests.estate.plans import SMALL, drawing, feature, file, gate, publish, shape, square
from tests.factories import LotFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def browser(site):
    return signed_in(hire(site, StandardRole.MANAGER))


def url(site, path=""):
    return f"/s/{site.slug}/site-plan/{path}"


def save(browser, site, drawn, version=0):
    content = json.dumps({"drawing": drawn, "version": version})
    return browser.post(url(site, "draft.json"), content, content_type="application/json")


def upload(browser, site, content, name="plan.geojson"):
    return browser.post(url(site, "import/"), {"file": SimpleUploadedFile(name, content)})


def test_a_site_without_a_plan_is_shown_what_to_do(browser, site):
    assert "No plan is published yet" in text(browser.get(url(site)))


def test_the_editor_saves_what_it_loaded(browser, site):
    lot = LotFactory(site=site, code="P7")
    loaded = browser.get(url(site, "draft.json")).json()
    assert (loaded["drawing"]["shapes"], loaded["version"]) == ([], 0)
    assert loaded["places"]["lot"] == [{"code": lot.code, "name": lot.name}]
    assert save(browser, site, SMALL).json() == {"version": 1}
    again = browser.get(url(site, "draft.json")).json()
    assert [each["kind"] for each in again["drawing"]["shapes"]] == [
        "building",
        "lot",
        "bay",
        "road",
        "gate",
    ]
    assert again["version"] == 1


def test_what_cannot_be_saved_is_answered_with_sentences(browser, site):
    answer = save(browser, site, drawing(shape("lot", "P 1"), gate("north"), gate("north")))
    assert answer.status_code == 422
    first, second = answer.json()["problems"]
    assert first == (
        "Feature 1: it has no valid code. Give it a code of at most 20 letters, digits and hyphens."
    )
    assert second.startswith("Feature 3 (gate north): another feature has this code.")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"drawing": {}}', '{"drawing": 1, "version": "1"}']
)
def test_a_malformed_request_is_answered_with_400(browser, site, content):
    answer = browser.post(url(site, "draft.json"), content, content_type="application/json")
    assert answer.status_code == 400


def test_the_second_editor_is_told_who_was_first(browser, site):
    save(browser, site, drawing(gate()))
    answer = save(browser, site, drawing(gate()))
    assert "has changed the draft" in answer.json()["problems"][0]


def test_the_dialog_lists_the_changes_before_they_are_published(browser, site):
    save(browser, site, SMALL)
    shown = text(browser.get(url(site, "publish/")))
    assert "building 1, car park P1, gate north, bay A-01" in shown
    assert '<b class="num">13</b>' in shown
    answer = browser.post(url(site, "publish/"), {"version": 1})
    assert answer.headers["Location"] == url(site)
    assert "in force" in text(browser.get(url(site)))
    assert Bay.objects.count() == 10


def test_a_draft_that_was_changed_since_is_not_published(browser, site):
    save(browser, site, SMALL)
    browser.get(url(site, "publish/"))
    save(browser, site, drawing(gate()), version=1)
    answer = browser.post(url(site, "publish/"), {"version": 1})
    assert answer.status_code == 422
    assert "has changed the draft" in text(answer)
    assert not PlanRevision.objects.exclude(published_at=None).exists()


def test_what_has_to_be_corrected_is_shown_without_a_button(browser, site):
    save(browser, site, drawing(shape("lot", "P1")))
    shown = text(browser.get(url(site, "publish/")))
    assert "neither bays nor a capacity" in shown
    assert "btn-primary send" not in shown


def test_an_imported_file_is_the_draft(browser, site):
    answer = upload(browser, site, file(feature("lot", "P1", square(121.47, 31.23), capacity=9)))
    assert answer.status_code in (204, 303)
    assert selectors.plan_draft(site).source == "plan.geojson"
    assert "plan.geojson" in text(browser.get(url(site)))


def test_each_fault_of_a_file_is_listed(browser, site):
    crossing = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
    answer = upload(browser, site, file(feature("hut"), feature(ring=crossing)))
    assert answer.status_code == 422
    shown = text(answer)
    assert "Feature 1: its kind is unknown. Set kind to one of: building" in shown
    assert "Feature 2 (building 1): its outline crosses itself. Move the corners" in shown
    many = upload(browser, site, file(*[feature("hut")] * 50))
    assert "And 30 more." in text(many)


def test_a_published_plan_is_downloaded_and_accepted_again(browser, site):
    revision = publish(site)
    answer = browser.get(url(site, f"{revision.pk}/plan.geojson"))
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert f'filename="{site.slug}-plan-1.geojson"' in answer.headers["Content-Disposition"]
    upload(browser, site, answer.content)
    assert selectors.plan_changes(selectors.plan_draft(site)).is_empty


def test_an_earlier_revision_is_restored_and_a_draft_discarded(browser, site):
    first = publish(site)
    publish(site, drawing(gate()))
    browser.post(url(site, f"{first.pk}/restore/"))
    assert selectors.plan_draft(site).source == "revision 1"
    browser.post(url(site, "discard/"))
    assert selectors.plan_draft(site) is None


def test_a_draft_has_no_address_of_a_revision(browser, site):
    save(browser, site, SMALL)
    pk = selectors.plan_draft(site).pk
    assert browser.get(url(site, f"{pk}/plan.geojson")).status_code == 404
    assert browser.post(url(site, f"{pk}/restore/")).status_code == 404


def test_a_guard_does_not_draw(site):
    guard = signed_in(hire(site, StandardRole.GUARD))
    assert save(guard, site, SMALL).status_code == 403
