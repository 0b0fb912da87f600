"""Export an incident as a sealed file, as a run with progress, to be downloaded for a week."""

import hashlib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import audit, clock, runs
from core.ids import public_id
from core.jobs import every
from core.models import Run, User
from incidents import timeline
from incidents.evidence.storing import digest_of
from incidents.feeds.site_keys import signing_key
from incidents.models import Incident, IncidentExport
from incidents.sealing import contents
from incidents.sealing.container import SealedWriter

KIND = "export incident"
KEPT_FOR = timedelta(days=7)
FOLDER = "incident-exports"
EXPORTED = timeline.declare("exported", _("Exported as a sealed file"))
_CHUNK = 5


@transaction.atomic
def start_export(incident: Incident, actor: User) -> IncidentExport:
    """Start to write the sealed file of an incident; one that is under way is returned."""
    Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    waiting = runs.unfinished(IncidentExport.objects.filter(incident=incident))
    if waiting is not None:
        return waiting
    audit.record(incident.site, actor, "export incident", ("incident", incident.pk))
    timeline.record(incident, EXPORTED, actor)
    checked = contents.evidence_of(incident).order_by("pk").values_list("pk", flat=True)
    total = len(checked) + 1
    # What is collected meanwhile is in the file, too, but not among the steps.
    parameters = {"incident": incident.pk, "last": max(checked, default=0)}
    run = runs.start(KIND, incident.site, actor.get_username(), total, parameters)
    return IncidentExport.objects.create(run=run, incident=incident, created_at=clock.now())


def latest_export(incident: Incident) -> IncidentExport | None:
    """Return the newest export of an incident that is still kept."""
    return IncidentExport.objects.filter(incident=incident).select_related("run").first()


def work_on(run: Run) -> runs.Chunk:
    """Check the next pictures against their digests; once they are checked, write the file."""
    export = IncidentExport.objects.select_related("incident__site").get(run=run)
    pieces = contents.evidence_of(export.incident).order_by("pk")
    left = pieces.filter(pk__gt=run.cursor or 0, pk__lte=run.parameters["last"])
    chunk = list(left[:_CHUNK])
    if not chunk:
        _write(export, run.actor)
        return runs.Chunk(1)
    altered = list(run.result.get("altered", []))
    for piece in chunk:
        image = contents.picture(piece)
        if piece.image and (image is None or digest_of(image, {}) != piece.sha256):
            altered.append(piece.pk)
    return runs.Chunk(len(chunk), cursor=chunk[-1].pk, result={"altered": altered})


@every(minutes=60)
def delete_exports() -> int:
    """Delete sealed files after a week; return how many."""
    old = IncidentExport.objects.filter(created_at__lt=clock.now() - KEPT_FOR)
    files = list(old.values_list("pk", "file"))
    IncidentExport.objects.filter(pk__in=[pk for pk, _file in files]).delete()
    for _pk, name in files:
        if name:
            (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)
    return len(files)


def files_in_use(names: list[str]) -> QuerySet[IncidentExport, str]:
    """Return which files an export names."""
    return IncidentExport.objects.filter(file__in=names).values_list("file", flat=True)


def _write(export: IncidentExport, actor: str) -> None:
    incident = export.incident
    name = f"{FOLDER}/{public_id()}.zip"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    key = signing_key(incident.site)
    with path.open("wb") as file:
        writer = SealedWriter(file, contents.facts_of(incident, actor))
        for table, content in contents.tables_of(incident):
            writer.add(table, content)
        for piece in contents.evidence_of(incident):
            image = contents.picture(piece)
            if image is not None:
                writer.add(contents.name_of(piece), image)
        for delivery in contents.deliveries_of(incident):
            writer.add(contents.body_name(delivery), bytes(delivery.body))
        writer.close(key.sign, key.certificate_pem)
    with path.open("rb") as file:
        export.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    export.file = name
    export.save(update_fields=["file", "sha256"])


# The card that shows the progress asks for it, so no live topic announces it.
runs.register(KIND, work_on, lambda run: None)
