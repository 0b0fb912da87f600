"""Photos of meters: validated, scaled down, and without metadata."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings as product
from PIL import Image

from core import clock, photos
from core.errors import Rejection
from metering import jobs
from metering.models import MeterReading
from tests.metering.meters import counting, install_meter, photo, read

GPS, ORIENTATION = 0x8825, 0x0112


def with_place(form="JPEG"):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Maker of the telephone"
    exif.get_ifd(GPS)[1] = "N"
    return photo(320, 240, form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_metadata_of_the_camera_is_removed(form):
    image = photos.sanitise(with_place(form))
    assert b"Maker" not in image
    with Image.open(BytesIO(image)) as kept:
        assert kept.format == "JPEG"
        assert not kept.getexif()
        assert kept.size == (240, 320), "turned upright before the note of it is lost"


def test_a_large_photo_is_scaled_down():
    with Image.open(BytesIO(photos.sanitise(photo(4000, 3000)))) as kept:
        assert kept.size == (1600, 1200)


@pytest.mark.parametrize(
    "image",
    [
        b"no picture",
        photo()[:400],
        photo(form="GIF"),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    ],
    ids=["text", "cut off", "gif", "pdf", "broken png"],
)
def test_a_file_that_is_not_a_jpeg_or_png_is_rejected(image):
    with pytest.raises(Rejection) as caught:
        photos.sanitise(image)
    assert caught.value.field == "photo"


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (photo(40, 400), "too small"),
        (b"\0" * (photos.MAX_BYTES + 1), "too large"),
        (photo(10_001, 6_000), "too large"),
        (photo(4_001, 4_000, "PNG"), "too large; use a JPEG"),
    ],
)
def test_a_photo_that_is_too_small_or_too_large_is_rejected(image, problem):
    with pytest.raises(Rejection, match=problem):
        photos.sanitise(image)


@pytest.mark.django_db
def test_a_rejected_reading_leaves_no_photo_behind():
    meter = install_meter()
    read(meter, "100", 10)
    with pytest.raises(Rejection):
        read(meter, "50", 20, photo=photo())
    with pytest.raises(Rejection):
        read(meter, "150", 20, photo=b"no picture")
    assert list(product.MEDIA_ROOT.rglob("*.jpg")) == []
    assert counting(meter) == ["0.0", "100.0"]


@pytest.mark.django_db
def test_a_photo_past_its_retention_is_deleted_and_the_reading_stays(settings):
    settings.METER_PHOTO_DAYS = 30
    meter = install_meter()
    old = read(meter, "100", 10, photo=photo())
    fresh = read(meter, "110", 20, photo=photo())
    MeterReading.objects.filter(pk=old.pk).update(entered_at=clock.now() - timedelta(days=31))
    assert jobs.delete_expired_photos() == 1
    with pytest.raises(FileNotFoundError):
        photos.load(old.photo)
    assert photos.load(fresh.photo)
    assert counting(meter) == ["0.0", "100.0", "110.0"]
