"""Handle events: people at doors, changed doors, and what ends with the last occupancy."""

from typing import Any

from django.db.models.signals import pre_delete

from core import clock, live
from core.events import subscribe
from devices.drivers.contract import DoorSetting
from devices.events import (
    AlarmsReported,
    CommandSettled,
    CredentialAsked,
    CredentialSeen,
    DeviceSilent,
    DoorMoved,
)
from doors import alarms, contacts, decisions, granting, release, tokens
from doors.device_lists import outcomes, planning
from doors.events import PersonLoaded, TimeProfileChanged
from doors.faces import terminals, withdrawal
from doors.models import OpenHours
from doors.services import end_cards_of
from doors.visits import lanes
from estate.door_abilities import require_settings
from estate.events import DoorChanged
from estate.models import DoorDevice, DoorGroup
from estate.topics import DOOR
from people.events import LastOccupancyEnded
from people.models import Person


def register() -> None:
    """Subscribe to credentials at doors, to changed doors, and to the end of occupancies."""
    subscribe(LastOccupancyEnded, _on_last_occupancy_ended)
    subscribe(CredentialAsked, _on_asked)
    subscribe(CredentialSeen, _on_seen)
    subscribe(DoorChanged, _on_door_changed)
    subscribe(AlarmsReported, _on_alarms)
    subscribe(DoorMoved, contacts.moved)
    subscribe(DeviceSilent, _on_silent)
    lanes.register()
    subscribe(CommandSettled, outcomes.apply)
    subscribe(PersonLoaded, terminals.delete_photo_if_loaded)
    subscribe(TimeProfileChanged, _on_profile_changed)
    pre_delete.connect(_on_person_deleted, sender=Person, dispatch_uid="lists of devices")


def _on_last_occupancy_ended(event: LastOccupancyEnded) -> None:
    if event.person_id is not None:
        person = Person.objects.select_related("site").get(pk=event.person_id)
        end_cards_of(person, event.actor, event.at)
        tokens.end_tokens_of(person, event.actor, event.at)
        granting.end_rights_of(person, event.actor, event.at)
        withdrawal.end_face_of(person, event.at)


def _on_asked(event: CredentialAsked) -> None:
    decisions.answer(event)


def _on_seen(event: CredentialSeen) -> None:
    passage = decisions.record(event)
    if passage is not None and passage.means == "face":
        terminals.look_at(passage)


def _on_door_changed(event: DoorChanged) -> None:
    """Reject a device that can't hold the profile in which the door is open to all."""
    hours = OpenHours.objects.select_related("door").filter(door=event.door_id).first()
    if hours is not None and hours.door.decides_itself:
        require_settings(hours.door, {DoorSetting.TIME_PROFILES: "decides"})
    planning.refresh_site_later(event.site_id)


def _on_profile_changed(event: TimeProfileChanged) -> None:
    planning.refresh_site_later(event.site_id)


def _on_person_deleted(instance: Person, **_: Any) -> None:
    planning.drop_person(instance.pk)


def _on_alarms(event: AlarmsReported) -> None:
    """Open the doors of the groups in which the device with the release input serves a door.

    The end of the alarm does not end it: a person does, who has seen that it is over.
    """
    if event.alarms.get("fire_release"):
        groups = DoorGroup.objects.in_use().filter(doors__devices__device=event.device_id)
        for group in groups.distinct().order_by("pk"):
            release.begin_fire_release(group, f"device {event.device_id}")


def _on_silent(event: DeviceSilent) -> None:
    """Show that nobody is answered at the doors of a silent device, and tell alarm rules."""
    served = DoorDevice.objects.filter(device=event.device_id, door__ended_at=None)
    doors = list(served.order_by("number").values_list("door_id", flat=True))
    if doors:
        alarms.observe_at(event.site_id, event.device_id, alarms.OFFLINE, clock.now())
    for door_id in doors:
        live.announce(DOOR, event.site_id, door_id)
