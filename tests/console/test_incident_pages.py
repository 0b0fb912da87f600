"""The page of an incident, silences, and how a site handles incidents."""

import json
from datetime import timedelta

import pytest
from django.utils.timezone import localtime

from core import clock
from core.permissions import StandardRole
from incidents import inhibition, muting, services
from incidents.models import Comment, Incident, ProcedureStep, Silence, StepTick
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory, UserFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(here):
    return hire(here.site, StandardRole.SECURITY)


@pytest.fixture
def browser(officer):
    return signed_in(officer)


@pytest.fixture
def incident(here):
    return raised(here)


def raised(here, source="zone:1", kind="intrusion", severity="severe"):
    return services.raise_incident(here.site.pk, kind, source, severity, clock.now(), {})


def page(browser, here, incident):
    return text(browser.get(here.url("incident", incident.pk)))


def test_the_page_shows_comments_the_procedure_and_the_timeline(here, browser, officer, incident):
    services.change_procedure(here.site, UserFactory(), "intrusion", ["Look at the camera"])
    step = ProcedureStep.objects.get(text="Look at the camera")
    browser.post(here.url("comment_incident", incident.pk), {"text": "Two people at the fence."})
    browser.post(here.url("tick_step", incident.pk, step.pk))
    shown = page(browser, here, incident)
    for each in ("Two people at the fence.", "Look at the camera", "1 of 1 done", "Commented"):
        assert each in shown
    assert StepTick.objects.get().actor == officer
    browser.post(here.url("tick_step", incident.pk, step.pk), {"undo": "1"})
    assert not StepTick.objects.exists()
    assert "Not done after all: Look at the camera" in page(browser, here, incident)


def test_the_card_of_the_evidence_has_its_title_before_its_content_arrives(here, browser, incident):
    shown = page(browser, here, incident)
    card = shown[shown.index(here.url("evidence", incident.pk)) :].partition("</section>")[0]
    assert "Collected evidence" in card
    assert "Loading" in card


def test_who_has_acknowledged_an_incident_is_its_owner_until_it_is_assigned(
    here, browser, officer, incident
):
    def owner():
        facts = page(browser, here, incident).partition("<dt>Owner</dt>")[2]
        return facts.partition("</dd>")[0].partition("<dd>")[2].strip()

    assert owner() == "nobody"
    services.acknowledge(incident, officer)
    assert owner() == officer.display_name
    guard = hire(here.site, "guard")
    services.assign(incident, officer, guard)
    assert owner() == guard.display_name


def test_a_comment_without_text_is_rejected_at_its_field(here, browser, incident):
    answer = browser.post(here.url("comment_incident", incident.pk), {"text": " "})
    assert answer.status_code == 422
    assert not Comment.objects.exists()


def test_an_incident_is_assigned_to_a_colleague_of_the_list(here, browser, officer, incident):
    address, guard = here.url("assign_incident", incident.pk), hire(here.site, "guard")
    finance = hire(here.site, StandardRole.FINANCE)
    dialog = browser.get(address).content.decode()
    assert f'value="{officer.pk}" selected' in dialog, "oneself at first"
    assert f'value="{finance.pk}"' not in dialog
    assert browser.post(address, {"assignee": finance.pk}).status_code == 422
    browser.post(address, {"assignee": guard.pk})
    incident.refresh_from_db()
    assert incident.assigned_to == guard
    browser.post(address, {"assignee": ""})
    incident.refresh_from_db()
    assert incident.assigned_to is None


def test_a_confirmed_incident_is_reviewed_again_with_another_severity(here, browser, incident):
    address = here.url("review_incident", incident.pk)
    browser.post(address, {"finding": "confirmed", "reason": "seen", "severity": "severe"})
    assert "Review this incident again" in text(browser.get(address))
    browser.post(address, {"finding": "confirmed", "reason": "worse", "severity": "extreme"})
    incident.refresh_from_db()
    assert (incident.severity, incident.review_reason) == ("extreme", "worse")
    assert "Severity changed from severe to extreme" in page(browser, here, incident)


def test_only_the_review_of_a_watch_list_hit_names_the_entry(here, browser, incident):
    hit = raised(here, "plate:1", "plate_watchlist")
    Incident.objects.filter(pk=hit.pk).update(watch_entry=WatchEntryFactory(site=here.site))
    compare = "Compare the photo with the entry."
    assert compare in text(browser.get(here.url("review_incident", hit.pk)))
    dialog = text(browser.get(here.url("review_incident", incident.pk)))
    assert compare not in dialog
    assert "Your finding is recorded with your name." in dialog


def test_an_incident_is_merged_and_leads_to_the_one_that_goes_on(here, browser, incident):
    other = raised(here, "zone:2")
    address = here.url("merge_incident", incident.pk)
    assert "Intrusion" in text(browser.get(address))
    browser.post(address, {"survivor": other.pk, "reason": "one person"})
    incident.refresh_from_db()
    assert incident.merged_into == other
    assert (
        here.url("incident", other.pk)
        in browser.get(here.url("incident", incident.pk)).content.decode()
    )
    assert "Merged into this one" in page(browser, here, other)


def test_an_incident_of_another_site_is_no_target(here, browser, incident):
    stranger = services.raise_incident(
        DeviceFactory().site_id, "sos", "zone:1", "extreme", clock.now(), {}
    )
    answer = browser.post(
        here.url("merge_incident", incident.pk), {"survivor": stranger.pk, "reason": "x"}
    )
    assert answer.status_code == 422


def test_a_hidden_incident_leaves_the_list_and_is_found_by_its_filter(here, browser):
    gateway = DeviceFactory(site=here.site)
    device = DeviceFactory(site=here.site, options={"gateway": gateway.code})
    cause = raised(here, f"device:{gateway.pk}", "device_offline", "minor")
    hidden = raised(here, f"device:{device.pk}", "device_offline", "minor")

    def listed(**query):
        return {row.pk for row in browser.get(here.url("incidents"), query).context["rows"]}

    assert {cause.pk, hidden.pk} & listed(state="active") == {cause.pk}
    assert listed(state="hidden") == {hidden.pk}
    assert "Explained by" in page(browser, here, hidden)
    assert "Hidden, because this one explains them" in page(browser, here, cause)


def silence_fields(**changed):
    now = localtime(clock.now())
    fields = {
        "reason": "repairs",
        "begins_at": f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "up_to": "severe",
        "place": "",
        "device": "",
    }
    return fields | changed


def test_a_silence_is_added_shown_and_ended_on_its_page(here, browser, officer, settings):
    settings.TIME_ZONE = here.site.timezone
    device = DeviceFactory(site=here.site)
    fields = silence_fields(kinds=["intrusion"], device=device.code.upper())
    assert browser.post(here.url("add_silence"), fields).status_code == 204
    silence = Silence.objects.get(reason="repairs")
    assert (silence.kinds, silence.device, silence.author) == (["intrusion"], device, officer)
    shown = text(browser.get(here.url("silences")))
    assert "repairs" in shown
    assert f"Intrusion, {device.code}" in shown
    assert browser.post(here.url("end_silence", silence.pk)).status_code == 204
    assert browser.post(here.url("end_silence", silence.pk)).status_code == 422


def test_a_silence_with_a_wrong_field_is_rejected_there(here, browser):
    for changed in ({"device": "unheard-of"}, {"ends_at": "2020-01-01T00:00"}, {"place": "lot:0"}):
        answer = browser.post(here.url("add_silence"), silence_fields(**changed))
        assert answer.status_code == 422
    assert not Silence.objects.filter(reason="repairs").exists()


def test_a_muted_incident_says_why_nobody_was_notified(here, browser):
    now = clock.now()
    values = services.SilenceValues(
        begins_at=now, ends_at=now + timedelta(hours=1), reason="repairs", up_to="severe"
    )
    services.add_silence(here.site, UserFactory(), values)
    assert "Nobody was notified: silenced" in page(browser, here, raised(here, "zone:9"))


def test_the_manager_changes_times_procedures_and_what_hides_what(here):
    browser = signed_in(hire(here.site, StandardRole.MANAGER))
    browser.post(here.url("incident_times"), {"group_minutes": 5, "cool_down_minutes": 0})
    settings = muting.settings_of(here.site.pk)
    assert (settings.group_minutes, settings.cool_down_minutes) == (5, 0)
    suggested = browser.get(here.url("change_procedure", "smoke_fire")).content.decode()
    assert "Call the fire brigade (119) if there is smoke or fire" in suggested
    browser.post(here.url("change_procedure", "smoke_fire"), {"steps": "Look\r\n\r\nCall 119\r\n"})
    steps = ProcedureStep.objects.filter(kind="smoke_fire").values_list("text", flat=True)
    assert list(steps) == ["Look", "Call 119"]
    rule = {"by": "smoke_fire", "relation": "lot", "hides": ["device_offline", "device_alarm"]}
    assert browser.post(here.url("add_inhibition"), rule).status_code == 204
    added = inhibition.rules_of(muting.settings_of(here.site.pk))[-1]
    assert added.hides == ("device_offline", "device_alarm")
    shown = text(browser.get(here.url("incident_handling")))
    for each in ("Call 119", "Smoke or fire", "in the same car park", "5 minutes"):
        assert each in shown
    browser.post(here.url("remove_inhibition", added.code))
    assert added not in inhibition.rules_of(muting.settings_of(here.site.pk))
    assert browser.get(here.url("remove_inhibition", added.code)).status_code == 404


def test_guards_handle_incidents_and_neither_silence_nor_merge_them(here, incident):
    browser = signed_in(hire(here.site, StandardRole.GUARD))
    answer = browser.post(here.url("acknowledge", incident.pk))
    assert json.loads(answer["HX-Trigger"])["notice"]
    assert browser.get(here.url("silences")).status_code == 403
    assert browser.get(here.url("merge_incident", incident.pk)).status_code == 403
    assert Incident.objects.get(pk=incident.pk).acked_by is not None
