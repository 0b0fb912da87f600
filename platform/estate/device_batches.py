"""What follows an import of devices: their passwords are shown once; it may be undone."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.events import publish
from core.models import ImportBatch, Site, User
from devices import accounts
from devices.models import Device
from devices.services import remove_devices
from estate.events import LaneChanged
from estate.models import Bay, Lane
from estate.provisioning import Provisioned, with_secrets
from estate.services.bays import status_of


@transaction.atomic
def withdraw(site: Site, devices: Sequence[Device], actor: User | str) -> None:
    """Remove devices that were registered by mistake, and take them from their lanes and bays.

    Raises:
        Rejection: one has reported already.
    """
    keys = [device.pk for device in devices]
    lanes = Lane.objects.select_for_update(of=("self",)).select_related("gate").order_by("pk")
    found = list(lanes.filter(Q(camera__in=keys) | Q(barrier__in=keys)))
    for lane in found:
        lane.camera_id = None if lane.camera_id in keys else lane.camera_id
        lane.barrier_id = None if lane.barrier_id in keys else lane.barrier_id
    Lane.objects.bulk_update(found, ["camera", "barrier"])
    bays = list(Bay.objects.select_for_update().filter(sensor__in=keys).order_by("pk"))
    for bay in bays:
        bay.sensor, bay.status_at, bay.sensed = None, None, Bay.Status.UNKNOWN
        bay.status = status_of(bay)
    Bay.objects.bulk_update(bays, ["sensor", "status_at", "sensed", "status"])
    remove_devices(site, devices, actor)
    for lane in found:
        publish(LaneChanged(lane.gate.site_id, lane.pk))


@transaction.atomic
def reveal_secrets(batch: ImportBatch, actor: User) -> list[Provisioned]:
    """Return the devices that an import has registered with their secrets, which are shown once.

    Raises:
        Rejection: it is not imported, or its secrets were shown before.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != ImportBatch.State.APPLIED or batch.run is None:
        raise Rejection("batch", "not_ended", _("is not imported"), _("import it first"))
    if "revealed_at" in batch.run.result:
        raise Rejection(
            "batch",
            "already_shown",
            _("its passwords have already been shown"),
            _("generate new passwords on the devices' pages"),
        )
    batch.run.result["revealed_at"] = clock.now().isoformat()
    batch.run.save(update_fields=["result"])
    keys = list(batch.effects.filter(subject_type="device").values_list("subject_id", flat=True))
    audit.record(batch.site, actor, "show device passwords", ("import_batch", batch.pk))
    devices = Device.objects.select_related("site").filter(site=batch.site_id, pk__in=keys)
    return [with_secrets(each, accounts.password_of(each) or "") for each in devices.order_by("pk")]
