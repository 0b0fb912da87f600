"""Deletions at devices: whoever is gone, what a device has of them is deleted there."""

import pytest

from doors.device_lists import (
    comparing,
)
from doors.models import DeviceEntry, DeviceList
from tests.doors.device_lists.lists import (
    CONTROLLER,
    TERMINAL,
    Listed,
    end_rights,
    good_cards,
    loaded,
)

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("driver", [TERMINAL, CONTROLLER])


@BOTH
def test_what_a_device_has_is_deleted_there_when_the_person_is_deleted(driver):
    listed = Listed.build(driver)
    goes, stays, waits = listed.resident(), listed.resident(), listed.resident()
    listed.refresh()
    listed.bring_about()
    listed.stored.pop(listed.row_of(waits).key)
    DeviceEntry.objects.filter(person=waits).update(state="wanted", loaded={})
    goes.delete()
    waits.delete()
    listed.bring_about()
    assert loaded(listed) == good_cards(stays)
    assert sorted(listed.states().values()) == ["gone", "gone", "on_device"]


def test_a_deletion_that_cannot_be_written_is_tried_on():
    listed = Listed.build(TERMINAL)
    person = listed.resident()
    listed.refresh()
    listed.bring_about()
    key = listed.row_of(person).key
    DeviceEntry.objects.filter(person=person).update(key="")  # which no driver writes
    end_rights(person)
    listed.refresh()
    assert not listed.step()
    row = listed.row_of(person)
    assert (row.state, row.reason) == ("removing", "unwritable")
    DeviceEntry.objects.filter(person=person).update(key=key)
    listed.bring_about()
    assert listed.stored == {}


def test_no_entry_is_overlooked_where_a_deletion_moves_the_list_while_it_is_read(monkeypatch):
    monkeypatch.setattr(comparing, "PAGE", 2)
    listed = Listed.build(TERMINAL)
    people = [listed.resident() for _ in range(5)]
    listed.refresh()
    listed.bring_about()
    first = min(listed.stored)
    comparing.begin(listed.device)
    listed.step()  # how many there are
    listed.step()  # the first part
    end_rights(next(each for each in people if str(each.pk) == first))
    listed.refresh()
    listed.bring_about()
    found = DeviceList.objects.get(device=listed.device)
    assert (found.comparing, found.differences) == (None, [])
    assert len(listed.stored) == len(people) - 1
