"""A plan is drafted, compared and published in revisions; an earlier one can be restored."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core import audit
from core.errors import Rejection
from estate.models import Bay, Building, Gate, Lot, PlanRevision
from estate.plans import selectors, services
from estate.plans.features import RejectedPlan
from estate.selectors import site_plan
from estate.services import change_bay, change_lot, create_lot, end_place, remove_place
from tests.estate.plans import (
    SMALL,
    drawing,
    feature,
    file,
    gate,
    publish,
    row,
    shape,
    square,
    version_of,
)
from tests.factories import BayFactory, BuildingFactory, LotFactory, SiteFactory, UserFactory
from tests.gate import staff
from tests.live import announcements

pytestmark = pytest.mark.django_db


def draw(site, *shapes):
    return services.save_drawing(site, staff("li"), drawing(*shapes), version=version_of(site))


def changes_of(site):
    return selectors.plan_changes(selectors.plan_draft(site))


def counts(site):
    made: dict[str, int] = {}
    for each in site_plan(site)["features"]:
        kind = each["properties"]["kind"]
        made[kind] = made.get(kind, 0) + 1
    return made


def test_publishing_creates_the_places_and_the_map_shows_them():
    site = SiteFactory()
    publish(site)
    assert counts(site) == {"lot": 1, "road": 1, "building": 1, "bay": 10, "gate": 1}
    assert [bay.code for bay in Bay.objects.order_by("code")][-1] == "A-10"
    lot = Lot.objects.get()
    assert (lot.name, lot.capacity) == ("Courtyard", 10)
    assert Gate.objects.get().name == "North gate"
    assert Building.objects.get().name == "Maple House"


def test_an_area_is_shown_with_its_name_and_is_no_place():
    site = SiteFactory()
    publish(site, drawing(shape("area", "g1", 0, 0, 20, 10, name="Garden")))
    (shown,) = site_plan(site)["features"]
    assert (shown["properties"]["kind"], shown["properties"]["name"]) == ("area", "Garden")
    assert not Lot.objects.exists()


def test_a_draft_changes_nothing_before_it_is_published():
    site = SiteFactory()
    draw(site, *SMALL["shapes"])
    assert counts(site) == {}
    assert not Lot.objects.exists()
    found = changes_of(site)
    assert len(found.created) == 13
    assert (found.moved, found.undrawn, found.rejections) == ([], (), ())


def test_places_that_exist_are_drawn_and_keep_their_history():
    bay = BayFactory(code="A-02", lot__code="P1", lot__capacity=80, status="occupied")
    building = BuildingFactory(site=bay.site, code="1", name="Ash House")
    site = bay.site
    draw(site, *SMALL["shapes"])
    found = changes_of(site)
    assert {match.label for match in found.drawn} == {"building 1", "car park P1", "bay A-02"}
    assert {match.label: match.new_values for match in found.renamed} == {
        "building 1": {"name": "Maple House"},
        "car park P1": {"name": "Courtyard"},
    }
    services.publish_plan(site, staff(), version=1)
    bay.refresh_from_db()
    building.refresh_from_db()
    assert (bay.status, bool(bay.outline), building.name) == ("occupied", True, "Maple House")
    assert Bay.objects.count() == 10
    assert Lot.objects.get().capacity == 80


def test_a_moved_row_moves_its_bays_by_that_distance():
    site = SiteFactory()
    publish(site)
    draw(site, shape("lot", "P1", 0, 0, 30, 20), row(10, x=2, y=5))
    found = changes_of(site)
    assert [match.label for match in found.moved][:2] == ["bay A-01", "bay A-02"]
    assert len(found.moved) == 10
    assert {round(match.distance, 2) for match in found.moved} == {3.0}
    assert {str(place) for place in found.undrawn} == {"Maple House", "North gate"}


def test_what_is_not_on_the_new_plan_leaves_the_map_only():
    site = SiteFactory()
    publish(site)
    publish(site, drawing(shape("lot", "P1", 0, 0, 30, 20), row(4, x=2, y=2)))
    assert counts(site) == {"lot": 1, "bay": 4}
    assert Bay.objects.in_use().count() == 10
    assert Gate.objects.in_use().count() == Building.objects.in_use().count() == 1


def test_a_published_revision_cannot_be_changed():
    revision = publish(SiteFactory())
    revision.features = []
    with pytest.raises(DatabaseError, match="is published"), transaction.atomic():
        revision.save()


def test_a_site_has_one_draft():
    site = SiteFactory()
    draft = draw(site, gate())
    draft.pk, draft.number = None, 2
    with pytest.raises(IntegrityError, match="one_plan_draft"), transaction.atomic():
        draft.save(force_insert=True)


def test_revisions_are_numbered_and_audited():
    site = SiteFactory()
    publish(site)
    draft = draw(site, gate())
    services.discard_draft(site, staff("li"))
    services.discard_draft(site, staff("li"))
    second = publish(site, drawing(gate("south")))
    assert [each.number for each in selectors.revisions_of(site)] == [2, 1]
    entries = audit.history(site, ("plan", second.pk))
    assert [entry.action for entry in entries] == ["draw plan", "publish plan"]
    assert entries[1].detail == {"number": 2, "created": 1, "moved": 0, "undrawn": 13}
    discarded = audit.history(site, ("plan", draft.pk)).last()
    assert (discarded.action, discarded.actor) == ("discard plan", "li")


def test_an_earlier_revision_is_restored_as_a_new_one():
    site = SiteFactory()
    first = publish(site)
    publish(site, drawing(gate("north", 5, 5)))
    draft = services.restore_plan(first, staff())
    assert (draft.number, draft.source) == (3, "revision 1")
    services.publish_plan(site, staff(), version=draft.version)
    assert counts(site) == {"lot": 1, "road": 1, "building": 1, "bay": 10, "gate": 1}
    assert PlanRevision.objects.get(number=1).features == first.features


def test_a_restored_plan_follows_places_that_were_renamed_since():
    site = SiteFactory()
    first = publish(site)
    bay, lot = Bay.objects.get(code="A-03"), Lot.objects.get()
    change_bay(bay, staff(), code="Z-99")
    change_lot(lot, staff(), code="yard", name="Yard", capacity=33)
    services.restore_plan(first, staff())
    assert changes_of(site).is_empty


def test_a_restored_plan_leaves_out_places_that_have_ended_since():
    site = SiteFactory()
    first = publish(site)
    end_place(Bay.objects.get(code="A-10"), staff())
    end_place(Gate.objects.get(), staff())
    draft = services.restore_plan(first, staff())
    assert len(draft.features) == len(first.features) - 2
    assert changes_of(site).is_empty


def test_a_restored_plan_names_a_code_that_another_place_has_now():
    site = SiteFactory()
    first = publish(site)
    remove_place(Bay.objects.get(code="A-10"), staff())
    change_bay(Bay.objects.get(code="A-01"), staff(), code="A-10")
    with pytest.raises(RejectedPlan, match=r"bay A-10.*another feature has this code"):
        services.restore_plan(first, staff())


def test_a_second_editor_does_not_overwrite_the_first():
    site = SiteFactory()
    services.save_drawing(site, staff("li"), drawing(gate()), version=0)
    with pytest.raises(Rejection, match="li has changed the draft at"):
        services.save_drawing(site, staff("wang"), drawing(), version=0)
    with pytest.raises(Rejection, match="li has changed the draft at"):
        services.publish_plan(site, staff("wang"), version=0)
    services.publish_plan(site, staff("li"), version=1)
    with pytest.raises(Rejection, match="published or discarded"):
        services.save_drawing(site, staff("wang"), drawing(), version=1)


def test_without_a_draft_there_is_nothing_to_publish():
    with pytest.raises(Rejection, match="no draft"):
        services.publish_plan(SiteFactory(), staff(), version=0)


def ended_bay(site):
    bay = BayFactory(code="A-01", lot__code="P1", lot__site=site)
    end_place(bay, staff())


@pytest.mark.parametrize(
    ("prepare", "drawn", "text"),
    [
        (ended_bay, [row()], "bay A-01 has ended"),
        (lambda site: None, [row(lot="P9")], "no car park has the code P9"),
        (lambda site: None, [shape("lot", "P1")], "neither bays nor a capacity"),
    ],
)
def test_what_cannot_be_published_is_named_before(prepare, drawn, text):
    site = SiteFactory()
    prepare(site)
    draw(site, *drawn)
    assert text in changes_of(site).rejections[0].message
    with pytest.raises(RejectedPlan, match=text):
        services.publish_plan(site, staff(), version=1)
    assert not Bay.objects.exclude(outline=[]).exists()


def test_bays_belong_to_a_lot_that_is_drawn_or_exists():
    site = SiteFactory()
    create_lot(site, staff(), code="P7", name="Roof", capacity=5)
    publish(site, drawing(row(lot="P7")))
    assert Lot.objects.get().bays.count() == 10


def test_bays_outside_their_lot_and_a_distant_plan_are_pointed_out():
    site = SiteFactory(longitude=121.47, latitude=31.23)
    draw(site, shape("lot", "P1", 0, 0, 30, 20), row(2, x=100), row(2, "B-1", x=2))
    (warning,) = changes_of(site).warnings
    assert "A-01, A-02" in warning
    services.import_plan(site, staff(), file(feature(ring=square(120.0, 30.0))), "far.geojson")
    (warning,) = changes_of(site).warnings
    assert "195 km" in warning


def test_a_file_replaces_the_draft_and_names_itself():
    site = SiteFactory()
    draw(site, gate())
    draft = services.import_plan(site, staff(), file(feature()), "plan.geojson")
    assert (draft.source, draft.number, len(draft.features)) == ("plan.geojson", 1, 1)
    with pytest.raises(RejectedPlan):
        services.import_plan(site, staff(), file(feature(), feature()), "bad.geojson")
    draft.refresh_from_db()
    assert draft.source == "plan.geojson"


def test_a_site_without_a_position_gets_that_of_its_plan():
    site = SiteFactory(longitude=0, latitude=0)
    services.import_plan(site, staff(), file(feature(ring=square(103.8, 1.3))), "plan.geojson")
    drawn, version = selectors.drawing_in_work(site)
    assert drawn["origin"] == [103.8, 1.3]
    assert (drawn["shapes"][0]["x"], drawn["shapes"][0]["y"], version) == (0, 0, 1)
    services.publish_plan(site, staff(), version=1)
    site.refresh_from_db()
    assert (site.longitude, site.latitude) == (103.8, 1.3)


def test_a_gate_at_the_origin_of_the_world_is_on_the_map():
    site = SiteFactory(longitude=0, latitude=0)
    publish(site, drawing(gate(), origin=[0, 0]))
    assert counts(site) == {"gate": 1}


def test_the_editor_opens_a_plan_that_was_made_without_revisions():
    ring = square(121.47, 31.23, 0.0001)[:-1]
    lot = LotFactory(site=SiteFactory(longitude=121.47, latitude=31.23), outline=ring, code="P1")
    drawn, version = selectors.drawing_in_work(lot.site)
    (found,) = drawn["shapes"]
    assert (found["kind"], found["code"], version) == ("lot", "P1", 0)
    assert found["width"] == pytest.approx(9.53, abs=0.01)
    services.save_drawing(lot.site, staff(), drawn, version=0)
    assert changes_of(lot.site).is_empty


def test_another_site_s_places_are_not_touched():
    theirs, mine = SiteFactory(), SiteFactory()
    publish(theirs)
    publish(mine, drawing(gate("north", 1, 1)))
    assert counts(theirs)["bay"] == 10
    assert Gate.objects.filter(code="north").count() == 2


def test_open_maps_are_notified_of_a_new_plan():
    site = SiteFactory()
    publish(site, actor=UserFactory())
    assert ("plan", site.pk, None) in announcements()
