"""Export verified readings as photos with labels, for scoring the plate reader, as a run.

A file is deleted after a day, and at once when data of a person at the site is erased. Photos whose
retention period ends before that, and those of incidents, are left out.
"""

import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from access.models import LabelExport
from access.retention import PASSAGES
from access.verified_readings import Reading, Verdict, readings
from core import audit, clock, photos, retention, runs, validation
from core.models import Run, Site, User
from devices.models import Device
from devices.vision.labelled import Label, format_label

KIND = "export labelled photos"
FOLDER = "plate-labels"
KEPT_FOR = timedelta(days=1)
SUBJECT = "labelled_photos"


@transaction.atomic
def start_export(site: Site, actor: User, days: int, reason: str) -> LabelExport:
    """Start to write the labelled photos of a site's last days; one under way is returned.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    waiting = runs.unfinished(LabelExport.objects.filter(site=site))
    if waiting is not None:
        return waiting
    _log(site, actor, days, reason)
    today = clock.local(clock.now(), site.timezone).date()
    parameters = {"today": today.isoformat(), "days": days}
    run = runs.start(KIND, site, actor.get_username(), days, parameters)
    return LabelExport.objects.create(run=run, site=site, created_at=clock.now())


def latest_export(site: Site) -> LabelExport | None:
    """Return a site's newest export that is still kept."""
    return LabelExport.objects.filter(site=site).select_related("run").first()


def work_on(run: Run) -> runs.Chunk:
    """Write the photos of one more day; after the last one, pack all into a zip file."""
    export = LabelExport.objects.select_related("site").filter(run=run).first()
    if export is None:  # deleted meanwhile
        return runs.Chunk()
    number, days = run.cursor or 0, run.parameters["days"]
    day = date.fromisoformat(run.parameters["today"]) - timedelta(days=number)
    written = write_day(export.site, day, _folder(export))
    if number + 1 == days:
        _pack(export)
    result = {"photos": run.result.get("photos", 0) + written}
    return runs.Chunk(1, cursor=number + 1 if number + 1 < days else None, result=result)


def write_folder(site: Site, actor: str, folder: Path, days: int, reason: str) -> int:
    """Write the labelled photos of a site's last days into a folder; return how many.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    _log(site, actor, days, reason)
    today = clock.local(clock.now(), site.timezone).date()
    return sum(write_day(site, today - timedelta(days=each), folder) for each in range(days))


def write_day(site: Site, day: date, folder: Path) -> int:
    """Write the verified readings of one day of a site's calendar; return how many.

    Each camera has a folder of its code, with a photo and a text file of each passage.
    """
    cameras = dict(Device.objects.filter(site=site).values_list("pk", "code"))
    written = 0
    for reading in _verified(site, day):
        try:
            image = photos.load(reading.image)
        except FileNotFoundError:
            continue
        own = folder / cameras[reading.device]
        own.mkdir(parents=True, exist_ok=True)
        label = _label(site, reading, cameras[reading.device])
        (own / label.photo).write_bytes(image)
        (own / f"{reading.passage}.txt").write_text(format_label(label) + "\n", encoding="utf-8")
        written += 1
    return written


def delete_old() -> int:
    """Delete exports that are a day old; return how many."""
    return _delete(LabelExport.objects.filter(created_at__lt=clock.now() - KEPT_FOR))


def delete_of_site(site_id: int) -> int:
    """Delete a site's exports, since data of a person in them was erased; return how many."""
    return _delete(LabelExport.objects.filter(site=site_id))


def files_in_use(names: list[str]) -> set[str]:
    """Return which files an export names."""
    rows = LabelExport.objects.filter(file__in=names)
    return set(rows.values_list("file", flat=True))


def _log(site: Site, actor: User | str, days: int, reason: str) -> None:
    subject = (SUBJECT, site.pk)
    audit.record(site, actor, "export labelled photos", subject, days=days, reason=reason)


def _verified(site: Site, day: date) -> Iterator[Reading]:
    begin = clock.midnight(day, site.timezone)
    end = clock.midnight(day + timedelta(days=1), site.timezone)
    kept_from = retention.limit(site.pk, PASSAGES) + KEPT_FOR
    for each in readings(site.pk, begin, end):
        is_kept = each.received_at >= kept_from and not each.evidence
        if each.image and is_kept and each.plate and each.verdict != Verdict.UNVERIFIED:
            yield each


def _label(site: Site, reading: Reading, camera: str) -> Label:
    """Return a photo's label; where the reading was wrong, it does not say where the plate is."""
    is_right = reading.verdict == Verdict.RIGHT
    left, top, right, bottom = (reading.box if is_right else None) or (0, 0, 0, 0)
    countries = site.plate_countries or settings.PLATE_COUNTRIES
    return Label(
        photo=f"{reading.passage}.jpg",
        text=reading.plate,
        box=(left, top, right - left, bottom - top),
        camera=camera,
        hour=f"{clock.local(reading.seen_at, site.timezone).hour:02d}",
        verdict=reading.verdict,
        countries=tuple(countries),
    )


def _pack(export: LabelExport) -> None:
    """Pack the files of an export; photos are compressed already."""
    folder = _folder(export)
    target = folder.with_suffix(".zip")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, file.relative_to(folder))
    shutil.rmtree(folder, ignore_errors=True)
    export.file = str(target.relative_to(settings.MEDIA_ROOT))
    export.save(update_fields=["file"])


def _folder(export: LabelExport) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / str(export.site_id) / str(export.run_id)


def _delete(exports: QuerySet[LabelExport]) -> int:
    """Delete exports with their files, which are gone before the rows are."""
    found = list(exports.order_by("pk"))
    for each in found:
        shutil.rmtree(_folder(each), ignore_errors=True)
        _folder(each).with_suffix(".zip").unlink(missing_ok=True)
    LabelExport.objects.filter(pk__in=[each.pk for each in found]).delete()
    return len(found)


# The card that shows the progress asks for it, so no live topic announces it.
runs.register(KIND, work_on, lambda run: None)
