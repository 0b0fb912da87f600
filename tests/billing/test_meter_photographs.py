"""Photographs of meters: really photographs, small, and silent about where they were taken."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings as product
from PIL import Image

from access import pictures
from billing.meters import jobs, photographs
from billing.meters.models import MeterReading
from core import clock
from core.errors import Refusal
from tests.billing.meters import counting, hang, photograph, read

GPS, ORIENTATION = 0x8825, 0x0112


def with_place(form="JPEG"):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Maker of the telephone"
    exif.get_ifd(GPS)[1] = "N"
    return photograph(320, 240, form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_a_telephone_writes_beside_the_pixels_is_left_out(form):
    image = photographs.clean(with_place(form))
    assert b"Maker" not in image
    with Image.open(BytesIO(image)) as kept:
        assert kept.format == "JPEG"
        assert not kept.getexif()
        assert kept.size == (240, 320), "turned upright before the note of it is lost"


def test_a_large_photograph_is_made_small():
    with Image.open(BytesIO(photographs.clean(photograph(4000, 3000)))) as kept:
        assert kept.size == (1600, 1200)


@pytest.mark.parametrize(
    "image",
    [
        b"no picture",
        photograph()[:400],
        photograph(form="GIF"),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    ],
    ids=["text", "cut off", "gif", "pdf", "broken png"],
)
def test_what_is_no_jpeg_or_png_is_refused(image):
    with pytest.raises(Refusal) as caught:
        photographs.clean(image)
    assert caught.value.field == "photograph"


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (photograph(40, 400), "too small"),
        (b"\0" * (photographs.LARGEST_BYTES + 1), "too large"),
        (photograph(10_001, 6_000), "too large"),
        (photograph(4_001, 4_000, "PNG"), "too large; take a JPEG"),
    ],
)
def test_one_that_is_too_small_or_too_large_is_refused(image, problem):
    with pytest.raises(Refusal, match=problem):
        photographs.clean(image)


@pytest.mark.django_db
def test_a_reading_that_is_refused_leaves_no_photograph_behind():
    meter = hang()
    read(meter, "100", 10)
    with pytest.raises(Refusal):
        read(meter, "50", 20, photograph=photograph())
    with pytest.raises(Refusal):
        read(meter, "150", 20, photograph=b"no picture")
    assert list(product.MEDIA_ROOT.rglob("*.jpg")) == []
    assert counting(meter) == ["0.0", "100.0"]


@pytest.mark.django_db
def test_a_photograph_is_shredded_when_its_time_is_over_and_the_reading_stays(settings):
    settings.METER_PHOTOGRAPH_DAYS = 30
    meter = hang()
    old = read(meter, "100", 10, photograph=photograph())
    fresh = read(meter, "110", 20, photograph=photograph())
    MeterReading.objects.filter(pk=old.pk).update(entered_at=clock.now() - timedelta(days=31))
    assert jobs.forget_photographs() == 1
    with pytest.raises(FileNotFoundError):
        pictures.load(old.photograph)
    assert pictures.load(fresh.photograph)
    assert counting(meter) == ["0.0", "100.0", "110.0"]
