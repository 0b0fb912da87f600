"""The audit log on pages: filters, and the history of one thing."""

import re
from pathlib import Path

import pytest

from console.audit_labels import ACTIONS
from console.audit_log.details import described
from core import audit
from core.permissions import StandardRole
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db
SOURCES = Path(__file__).resolve().parents[2]
# An action is a literal: the third argument of `record`, or named in a function of the room.
_LITERAL = re.compile(r'audit\.record(?:_read)?\(\s*[\w.]+,\s*[\w.]+,\s*"([^"]+)"')


def shown(answer) -> list[str]:
    return [row.action for row in answer.context["rows"]]


def test_entries_are_filtered_by_who_what_and_when(here, manager):
    audit.record(here.site, "ada", "lift barrier", ("passage", 7), reason="fire engine")
    audit.record(here.site, "bo", "review stay", ("stay", 8))
    page = here.url("audit_log")
    assert shown(manager.get(page, {"actor": "ada"})) == ["lift barrier"]
    assert shown(manager.get(page, {"action": "review stay"})) == ["review stay"]
    assert shown(manager.get(page, {"kind": "passage", "subject": "7"})) == ["lift barrier"]
    assert shown(manager.get(page, {"since": "2100-01-01T00:00"})) == []
    assert "opened a barrier by hand" in text(manager.get(page, {"actor": "ada"}))


def test_an_entry_of_the_installation_is_not_a_site_s(here, manager):
    audit.record(None, "installation", "create site", ("site", "x"))
    assert "create site" not in shown(manager.get(here.url("audit_log"), {"reset": "1"}))


def test_a_page_shows_the_history_of_its_thing(here, manager):
    audit.record(here.site, "ada", "review stay", ("stay", here.stay.pk), reason="same car")
    answer = manager.get(here.url("history"), {"kind": "stay", "subject": here.stay.pk})
    assert "ada" in text(answer)
    assert "same car" in text(answer)
    loads = f"kind=stay&amp;subject={here.stay.pk}"
    assert loads in text(manager.get(here.url("stay", here.stay.pk)))


def test_the_history_of_a_thing_that_nobody_touched_says_so(here, manager):
    answer = manager.get(here.url("history"), {"kind": "stay", "subject": "0"})
    assert "Nobody has changed or viewed this yet." in text(answer)


def test_a_long_history_leads_to_the_log(here, manager):
    for _ in range(51):
        audit.record(here.site, "ada", "review stay", ("stay", 4711))
    answer = manager.get(here.url("history"), {"kind": "stay", "subject": "4711"})
    assert "Older entries in the audit log" in text(answer)


def test_who_may_not_read_the_audit_log_sees_no_history(here):
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    assert here.url("history") not in text(guard.get(here.url("stay", here.stay.pk)))
    assert guard.get(here.url("history")).status_code == 403


def test_every_action_that_is_recorded_has_a_label():
    written = set()
    for folder in ("platform", "devices", "integrations"):
        for path in (SOURCES / folder).rglob("*.py"):
            written |= set(_LITERAL.findall(path.read_text()))
    assert written - ACTIONS.keys() == set()


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({}, ""),
        ({"reason": "fire engine"}, "Reason: fire engine"),
        ({"name": ["Mill", "Mill Street"]}, "Name: Mill → Mill Street"),
        (
            {"capacity": [None, 120], "enabled": [True, False]},
            "Capacity: – → 120; Enabled: yes → no",
        ),
        ({"plate_countries": [["CN"], ["CN", "HK"]]}, "Countries of plates: CN → CN, HK"),
        ({"roles": ["guard", "finance"]}, "Roles: guard, finance"),
        ({"roles": [["guard"], []]}, "Roles: guard → –"),
        ({"before": "沪A1", "after": "沪A2", "reason": "wrong"}, "沪A1 → 沪A2; Reason: wrong"),
        ({"of_no_label": {"code": 5}}, "of no label: (Code: 5)"),
    ],
)
def test_the_values_of_an_entry_are_shown_in_words(detail, words):
    assert described(detail) == words


def test_the_history_shows_no_json(here, manager):
    audit.record(here.site, "ada", "change site", ("site", 9), name=["Mill", "Mill Street"])
    answer = text(manager.get(here.url("history"), {"kind": "site", "subject": "9"}))
    assert "Name: Mill → Mill Street" in answer
    answer = manager.get(
        here.url("history"),
        {"kind": "site", "subject": "9"},
        headers={"Accept-Language": "zh-hans"},
    )
    assert "Mill → Mill Street" in text(answer)


def test_values_of_moves_and_of_rights_are_in_words():
    move = {"on": "2026-11-30", "begun": [12], "pays": [""], "ended": []}
    assert described(move) == "From: 2026-11-30; Begun: 12; Pays: all fees; Ended: –"
    assert described({"rights": ["may_pay", "may_see_bills"]}) == "Rights: May pay, May see bills"
    assert described({"state": "under_renovation"}) == "State: under renovation"


def test_amounts_are_shown_in_the_currency_of_the_entry_or_of_the_site():
    assert described({"amount": 1250, "currency": "EUR"}, "CNY") == "Amount: €12.50"
    assert described({"amount": [0, 1250]}, "CNY") == "Amount: CN¥0.00 → CN¥12.50"
