"""Rights at doors are granted, listed and withdrawn in the console."""

import pytest

from core.models import AuditEntry
from doors.models import Right
from people.models import Role
from tests.browsers import text
from tests.factories import CompanyFactory, DoorGroupFactory, PersonFactory

pytestmark = pytest.mark.django_db


def grant(here, browser, **values):
    wanted = {"group": here.door_group.pk, "profile": "", **values}
    return browser.post(here.url("grant_door_right"), wanted)


def test_a_right_of_a_person_needs_a_reason(here, manager):
    person = PersonFactory(site=here.site)
    values = {"who": "person", "name": person.name, "person": person.pk}
    answer = grant(here, manager, **values)
    assert list(answer.context["form"].errors) == ["reason"]
    assert grant(here, manager, **values, reason="cleans the hall").status_code == 204
    right = Right.objects.get(person=person)
    assert (right.who, right.origin, right.reason) == ("person", "hand", "cleans the hall")


@pytest.mark.parametrize(
    ("who", "origin"),
    [
        ("household", "occupancy"),
        ("building", "occupancy"),
        ("residents", "occupancy"),
        ("company", "company"),
        ("role", "hand"),
    ],
)
def test_a_right_is_for_any_kind_of_holder(here, manager, who, origin):
    company = CompanyFactory(site=here.site)
    role = Role.objects.create(site=here.site, code="patrol", name="Patrol")
    chosen = {
        "household": {"unit": str(here.unit)},
        "building": {"building": here.unit.building.pk},
        "residents": {},
        "company": {"name": company.name, "person": f"company-{company.pk}"},
        "role": {
            "role": role.pk,
            "reason": "on patrol",
        },
    }[who]
    before = set(Right.objects.values_list("pk", flat=True))
    assert grant(here, manager, who=who, **chosen).status_code == 204
    right = Right.objects.exclude(pk__in=before).get()
    assert (right.who, right.origin) == (who, origin)
    assert "not ended" in text(manager.get(here.url("door_rights")))


def test_a_group_of_another_site_cannot_be_chosen(here, manager):
    other = DoorGroupFactory(name="Elsewhere")
    assert "Elsewhere" not in text(manager.get(here.url("grant_door_right")))
    answer = grant(here, manager, who="residents", group=other.pk)
    assert list(answer.context["form"].errors) == ["group"]


def test_another_kind_of_holder_keeps_the_doors_that_were_chosen(here, manager):
    query = {"who": "building", "group": here.door_group.pk}
    form = manager.get(here.url("grant_door_right"), query).context["form"]
    assert "building" in form.fields
    assert "name" not in form.fields
    assert form.initial["group"] == str(here.door_group.pk)


def test_a_right_is_withdrawn_with_a_reason(here, manager):
    right = here.door_right
    answer = manager.post(here.url("end_door_right", right.pk), {"ends_at": "", "reason": ""})
    assert list(answer.context["form"].errors) == ["reason"]
    values = {"ends_at": "", "reason": "moved out"}
    assert manager.post(here.url("end_door_right", right.pk), values).status_code == 204
    right.refresh_from_db()
    assert right.ends_at is not None
    entry = AuditEntry.objects.get(subject_type="door_right", action="end door right")
    assert entry.detail["withdrawn"] == "moved out"
    name = right.person.name
    assert name not in text(manager.get(here.url("door_rights"), {"state": "lasting"}))
    assert name in text(manager.get(here.url("door_rights"), {"state": "ended"}))


def test_several_rights_are_withdrawn_with_one_confirmation(here, manager):
    address = f"{here.url('bulk_door_rights', 'withdraw')}?row={here.door_right.pk}"
    answer = manager.post(address, {"reason": "doors rebuilt", "confirmed_rows": "1"})
    assert answer.status_code == 204
    here.door_right.refresh_from_db()
    assert here.door_right.ends_at is not None


def test_a_door_shows_its_rights_with_origin_and_people(here, manager):
    right = here.door_right
    page = text(manager.get(here.url("rights_at_door", here.door.pk)))
    assert right.person.name in page
    assert "by hand" in page
    people = text(manager.get(here.url("people_of_door_right", right.pk)))
    assert right.person.name in people


def test_a_right_is_found_by_its_holder(here, manager):
    name = here.door_right.person.name
    assert name in text(manager.get(here.url("door_rights"), {"q": name[:4]}))
    assert name not in text(manager.get(here.url("door_rights"), {"q": "nobody at all"}))


def test_a_person_s_page_says_where_they_may_go_and_why(here, manager, guard):
    right = here.door_right
    address = here.url("person", right.person.pk)
    page = text(manager.get(address))
    assert "Where this person may go" in page
    assert here.door.name in page
    assert "by hand" in page
    assert "Where this person may go" not in text(guard.get(address))
