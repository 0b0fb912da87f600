"""The pages of alarm rules: templates, the editor by form, trials, enabling and disabling."""

import json

import pytest

from console.alarm_rules.starting_points import TEMPLATES
from core.models import Run
from core.permissions import StandardRole
from core.runs import work
from incidents.alarms import editing
from incidents.models import AlarmRule, Incident
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory, UserFactory
from tests.incidents.alarms import HOT, enabled, measure, values

pytestmark = pytest.mark.django_db

CONDITION = {
    "c0-type": "threshold",
    "c0-watched": "telemetry.temperature.c",
    "c0-direction": "above",
    "c0-number": "60",
    "c0-clear": "55",
    "c0-minutes": "5",
}
RULE = {"name": "cellar too hot", "severity": "severe", "conditions": "1", "do": "save"}


@pytest.fixture
def security(here):
    """The browser of the site's security."""
    return signed_in(hire(here.site, StandardRole.SECURITY))


def add(client, here, **changed):
    return client.post(here.url("add_alarm_rule"), RULE | CONDITION | changed)


def added(here):
    return AlarmRule.objects.exclude(pk=here.alarm_rule.pk).get(site=here.site)


def test_the_list_describes_each_rule(here, security):
    shown = text(security.get(here.url("alarm_rules")))
    assert "too hot or silent" in shown
    assert "temperature above 60 °C for 5 minutes, until 55 °C or no “temperature”" in shown


def test_a_rule_starts_from_a_template(here, security):
    shown = text(security.get(here.url("add_alarm_rule")))
    assert "Battery nearly empty" in shown
    page = security.get(here.url("add_alarm_rule"), {"template": "battery"})
    form = page.context["editor"].conditions[0]
    assert (form["number"].value(), form["watched"].value()) == (20, "telemetry.battery.percent")


def test_every_template_can_be_saved_as_it_is(here, security):
    for number, name in enumerate(TEMPLATES):
        page = security.get(here.url("add_alarm_rule"), {"template": name})
        editor = page.context["editor"]
        data = {"conditions": "1", "do": "save", "name": f"rule {number}"}
        for form in (editor.rule, *editor.conditions):
            for field in form:
                if field.name != "name" and field.value() not in (None, False):
                    data[field.html_name] = "on" if field.value() is True else field.value()
        answer = security.post(here.url("add_alarm_rule"), data)
        assert answer.status_code == 303, (name, text(answer))


def test_a_rule_is_saved_disabled_and_its_page_opens(here, security):
    answer = add(security, here)
    rule = added(here)
    assert answer["Location"] == here.url("alarm_rule", rule.pk)
    assert (rule.enabled, rule.severity) == (False, "severe")
    assert rule.definition == {
        "condition": {
            "type": "threshold",
            "kind": "telemetry.temperature.c",
            "field": "value",
            "above": True,
            "limit": 60.0,
            "lasting_s": 300,
            "clear": 55.0,
        }
    }
    assert "temperature above 60 °C for 5 minutes, until 55 °C" in text(
        security.get(answer["Location"])
    )


def test_what_was_saved_is_shown_by_the_form_and_saved_again_the_same(here, security):
    here.alarm_rule.devices.set([here.camera])
    address = here.url("change_alarm_rule", here.alarm_rule.pk)
    editor = security.get(address).context["editor"]
    data = {"conditions": "2", "do": "save"}
    for form in (editor.rule, *editor.conditions):
        for field in form:
            if field.value() not in (None, False):
                data[field.html_name] = "on" if field.value() is True else field.value()
    before = editing.shown_values(here.alarm_rule)
    assert security.post(address, data).status_code == 303
    here.alarm_rule.refresh_from_db()
    assert editing.shown_values(here.alarm_rule) == before
    assert here.alarm_rule.version == 2


def test_another_type_of_condition_shows_its_own_fields(here, security):
    page = add(security, here, do="fields", **{"c0-type": "count"})
    form = page.context["editor"].conditions[0]
    assert list(form.fields) == ["type", "watched", "least", "minutes"]
    assert not AlarmRule.objects.exclude(pk=here.alarm_rule.pk).exists()
    assert "invalid" not in text(page)


def test_a_metric_is_offered_before_a_device_has_reported_it(here, security):
    condition = HOT | {"kind": "telemetry.smoke.percent"}
    editing.add_rule(here.site, UserFactory(), values(condition))
    shown = text(security.get(here.url("add_alarm_rule"), {"template": "barrier-hits"}))
    assert "Smoke density" not in shown
    shown = text(security.get(here.url("add_alarm_rule"), {"template": "battery"}))
    assert "Smoke density (%)" in shown
    assert "Temperature (°C)" in shown


def test_conditions_are_added_and_removed(here, security):
    page = add(security, here, do="add")
    assert len(page.context["editor"].conditions) == 2
    second = {f"c1-{name[3:]}": value for name, value in CONDITION.items()} | {"c1-number": "70"}
    page = add(security, here, do="remove 0", conditions="2", **second)
    (left,) = page.context["editor"].conditions
    assert left["number"].value() == "70"


def test_two_conditions_are_joined_as_chosen(here, security):
    second = {"c1-type": "count", "c1-watched": "barrier|change|hit", "c1-least": "3"}
    add(security, here, conditions="2", join="any", **second, **{"c1-minutes": "10"})
    condition = added(here).definition["condition"]
    assert (condition["type"], condition["parts"][1]) == (
        "any",
        {
            "type": "count",
            "kind": "barrier",
            "field": "change",
            "equals": "hit",
            "least": 3,
            "within_s": 600,
        },
    )


def test_a_time_profile_is_saved(here, security):
    add(security, here, days=["5", "6"], begins="22:00", ends="06:30")
    assert added(here).definition["profile"] == {
        "days": [5, 6],
        "begins": "22:00",
        "ends": "06:30",
    }


def test_days_without_times_are_whole_days(here, security):
    add(security, here, days=["0"])
    profile = added(here).definition["profile"]
    assert (profile["begins"], profile["ends"]) == ("00:00", "00:00")


@pytest.mark.parametrize(
    ("changed", "form", "field"),
    [
        ({"name": ""}, "rule", "name"),
        ({"name": "too hot or silent"}, "rule", "name"),
        ({"begins": "10:00"}, "rule", "ends"),
        ({"devices": "no-such-device"}, "rule", "devices"),
        ({"c0-clear": "61"}, "condition", "clear"),
        ({"c0-number": ""}, "condition", "number"),
        ({"c0-minutes": "-1"}, "condition", "minutes"),
        ({"c0-watched": "weather"}, "condition", "watched"),
    ],
)
def test_an_invalid_value_is_shown_at_its_field(here, security, changed, form, field):
    page = add(security, here, **changed)
    editor = page.context["editor"]
    shown = editor.rule if form == "rule" else editor.conditions[0]
    assert (page.status_code, list(shown.errors)) == (422, [field])


def test_the_devices_of_a_rule_may_be_entered_in_other_letters(here, security):
    one = DeviceFactory(site=here.site, code="Garage-Smoke-1")
    other = DeviceFactory(site=here.site, code="roof-1")
    add(security, here, devices="garage-SMOKE-1, ROOF-1 roof-1")
    assert set(added(here).devices.all()) == {one, other}


def test_codes_that_differ_by_letters_alone_are_told_apart_by_the_exact_one(here, security):
    upper, lower = (DeviceFactory(site=here.site, code=code) for code in ("ROOF-1", "roof-1"))
    page = add(security, here, devices="Roof-1")
    assert list(page.context["editor"].rule.errors) == ["devices"]
    add(security, here, devices="roof-1")
    assert list(added(here).devices.all()) == [lower] != [upper]


def test_a_rule_is_limited_to_devices_of_the_site(here, security):
    add(security, here, devices=here.camera.code)
    assert list(added(here).devices.all()) == [here.camera]
    page = add(security, here, name="another", devices=DeviceFactory().code)
    assert list(page.context["editor"].rule.errors) == ["devices"]


def test_a_change_made_meanwhile_is_shown_before_it_is_overwritten(here, security):
    address = here.url("change_alarm_rule", here.alarm_rule.pk)
    revision = security.get(address).context["editor"].rule["revision"].value()
    editing.change_rule(here.alarm_rule, UserFactory(), values(HOT, name="changed"))
    page = security.post(address, RULE | CONDITION | {"revision": revision})
    assert page.status_code == 422
    again = page.context["editor"].rule["revision"].value()
    assert security.post(address, RULE | CONDITION | {"revision": again}).status_code == 303


def test_a_rule_is_tried_and_the_page_shows_what_it_would_have_raised(here, security):
    rule = editing.add_rule(here.site, UserFactory(), values(HOT))
    for ago in (100, 300):
        measure(here.camera, 61.0, ago=ago)
        measure(here.camera, 50.0, ago=ago - 50)
    page = here.url("alarm_rule", rule.pk)
    assert "This version of the rule was not tried yet." in text(security.get(page))
    answer = security.post(here.url("try_alarm_rule", rule.pk))
    assert "list-changed" in json.loads(answer["HX-Trigger"])
    run = Run.objects.get(kind="incidents.trial")
    assert f"0 of {run.total} done" in text(security.get(page))
    work(run.pk)
    shown = text(security.get(page))
    assert "It would have raised 2 alarms." in shown
    assert "Evaluated from each measurement." in shown
    assert here.camera.code in shown
    dialog = text(security.get(here.url("enable_alarm_rule", rule.pk)))
    assert "it would have raised 2 alarms" in dialog


def test_a_long_result_lists_the_newest_of_each_device(here, security):
    rule = editing.add_rule(here.site, UserFactory(), values(HOT))
    for ago in range(30):
        measure(here.camera, 50.0 + ago % 2 * 20, ago=3000 - ago * 60)
    for ago in range(14):
        measure(here.camera, 50.0 + ago % 2 * 20, ago=9000 - ago * 60)
    security.post(here.url("try_alarm_rule", rule.pk))
    work(Run.objects.get(kind="incidents.trial").pk)
    shown = text(security.get(here.url("alarm_rule", rule.pk)))
    assert "It would have raised 22 alarms." in shown
    assert "The newest are listed: 20 of a device or lane at most, and 200 in all." in shown


def test_a_rule_is_enabled_and_disabled(here, security):
    rule = here.alarm_rule
    shown = text(security.get(here.url("enable_alarm_rule", rule.pk)))
    assert "It was not tried on the past 30 days yet." in shown
    assert security.post(here.url("enable_alarm_rule", rule.pk)).status_code == 204
    rule.refresh_from_db()
    assert rule.enabled
    assert "Watches since" in text(security.get(here.url("alarm_rule", rule.pk)))
    assert security.post(here.url("disable_alarm_rule", rule.pk)).status_code == 204
    rule.refresh_from_db()
    assert not rule.enabled


def test_an_incident_is_called_by_its_rule_and_shows_the_value(here, security):
    rule = enabled(here.site)
    measure(here.camera, 61.5)
    incident = Incident.objects.get(rule=rule)
    assert "Too hot" in text(security.get(here.url("incidents")))
    shown = text(security.get(here.url("incident", incident.pk)))
    assert "Too hot" in shown
    assert 'temperature (°C): <b class="num">61.5</b>' in shown
    assert "too hot" in text(security.get(here.url("alarm_rules")))


def test_the_number_of_queries_does_not_grow_with_the_rules(
    here, security, django_assert_max_num_queries
):
    for number in range(10):
        editing.add_rule(here.site, UserFactory(), values(HOT, name=f"rule {number}"))
    security.get(here.url("alarm_rules"))
    with django_assert_max_num_queries(25):
        security.get(here.url("alarm_rules"))
