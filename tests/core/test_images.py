"""Images that are small and costly to decode: rejected before, or stopped while, decoding."""

import time
from io import BytesIO

import pytest
from django.db import connection
from PIL import Image

from core import clock, photos
from core.errors import Rejection
from core.images import DECODER, Decoder, ImageRejected, Limits
from core.images.structure import MAX_PARTS, MAX_SCANS, inspect
from devices.vision.photo import open_photo
from devices.vision.plates import UnreadableImage
from tests.core import hostile_images as hostile
from tests.metering.meters import install_meter, photo, read

ANY = Limits(
    formats=("JPEG", "PNG", "WEBP", "BMP"),
    pixels=60_000_000,
    png_pixels=60_000_000,
    smallest_side=8,
    longest_side=60_000,
)
HOSTILE = {
    "thousands of scans": hostile.jpeg_with_scans(4_000),
    "some scans too many": hostile.jpeg_with_scans(MAX_SCANS + 1, 640, 480),
    "few scans of a vast image": hostile.jpeg_with_scans(14, 8_000, 5_000),
    "thousands of segments": hostile.jpeg_with_segments(MAX_PARTS + 1),
    "vast blank progressive": hostile.jpeg_with_scans(12, 7_000, 5_000),
    "vast blank png": hostile.png(6_000, 6_000),
    "deep interlaced png": hostile.png(3_000, 3_000, depth=16, interlaced=True),
    "thousands of chunks": hostile.png(64, 64, *[hostile.png_chunk(b"tEXt", b"a\0b")] * MAX_PARTS),
    "compressed texts": hostile.png(64, 64, *[hostile.text_bomb(30_000_000)] * 40),
    "animation": hostile.animated_webp(),
    "run-length encoded": hostile.run_length_bmp(),
}


def milliseconds(started: float) -> float:
    return (time.perf_counter() - started) * 1000


@pytest.mark.parametrize("image", HOSTILE.values(), ids=HOSTILE)
def test_a_costly_image_is_rejected_without_decoding_it(image):
    started = time.perf_counter()
    with pytest.raises(ImageRejected) as caught:
        ANY.check(image)
    assert caught.value.code == "too_costly"
    assert milliseconds(started) < 500


@pytest.mark.parametrize("image", HOSTILE.values(), ids=HOSTILE)
def test_a_costly_image_is_rejected_by_the_reader_and_by_the_web(image):
    with pytest.raises(UnreadableImage) as unreadable:
        open_photo(image)
    assert unreadable.value.hint
    with pytest.raises(Rejection) as rejected:
        photos.sanitise(image)
    assert (rejected.value.field, bool(rejected.value.hint)) == ("photo", True)


@pytest.mark.parametrize(
    "image",
    [
        hostile.encoded(hostile.noisy(4_000, 3_000), "JPEG", progressive=True),
        hostile.encoded(hostile.noisy(1_600, 1_200), "JPEG", subsampling=0, optimize=True),
        hostile.encoded(hostile.noisy(1_200, 800), "PNG"),
        hostile.encoded(Image.new("RGB", (4_000, 3_000)), "JPEG"),
        hostile.png(640, 480, interlaced=True),
        hostile.png(2_000, 1_500),
    ],
    ids=["progressive", "4:4:4", "png", "blank", "interlaced", "blank png"],
)
def test_a_photo_of_an_ordinary_encoder_is_accepted(image):
    assert open_photo(image).width
    with Image.open(BytesIO(photos.sanitise(image))) as kept:
        assert max(kept.size) <= photos.STORED_SIDE


def test_scans_are_counted_behind_garbage_fill_bytes_and_restart_markers():
    plain = hostile.jpeg_with_scans(20, 320, 240)
    at = plain.rindex(b"\xff\xda")
    disguised = plain[:at] + b"\x12\xff\x00\xff\xd3" + b"\xff" * 2_000 + plain[at:]
    assert inspect(plain, ("JPEG",)).scans == inspect(disguised, ("JPEG",)).scans == 20


def test_fill_bytes_do_not_make_the_count_slow():
    started = time.perf_counter()
    image = hostile.encoded(hostile.noisy(64, 64), "JPEG")
    inspect(image[:-2] + b"\xff" * 5_000_000 + b"\x00", ("JPEG",))
    assert milliseconds(started) < 1_000


def test_a_decoder_out_of_time_is_stopped_and_the_next_photo_is_decoded():
    decoder = Decoder(timeout_s=1.0)
    decoder.start()
    costly = hostile.jpeg_with_scans(20_000, 2_400, 1_600)
    started = time.perf_counter()
    with pytest.raises(ImageRejected) as caught:
        decoder.decode(costly, formats=("JPEG",), reduce_above=10**9)
    assert caught.value.code == "timeout"
    assert milliseconds(started) < 3_000
    good = hostile.encoded(hostile.noisy(320, 240), "JPEG")
    header, rgb = decoder.decode(good, formats=("JPEG",), reduce_above=10**9)
    assert (header["width"], len(rgb)) == (320, 320 * 240 * 3)
    decoder.stop()


def test_a_decoder_that_died_is_replaced():
    good = hostile.encoded(hostile.noisy(320, 240), "JPEG")
    decoder = Decoder()
    decoder.start()
    decoder.stop()
    assert decoder.decode(good, formats=("JPEG",), reduce_above=10**9)[0]["height"] == 240
    decoder.stop()


def test_an_image_beyond_the_memory_limit_is_rejected_as_damaged():
    vast = hostile.png_that_claims(30_000, 30_000)
    with pytest.raises(ImageRejected) as caught:
        DECODER.decode(vast, formats=("PNG",), reduce_above=10**9)
    assert caught.value.code in ("damaged", "timeout")


def test_one_process_decodes_photo_after_photo():
    good = hostile.encoded(hostile.noisy(320, 240), "JPEG")
    decoder = Decoder()
    decoder.start()
    started = time.perf_counter()
    for _ in range(20):
        decoder.decode(good, formats=("JPEG",), reduce_above=10**9)
    assert milliseconds(started) < 20 * 150
    decoder.stop()


@pytest.mark.django_db(transaction=True)
def test_a_meters_photo_is_decoded_outside_any_transaction(monkeypatch):
    seen = []

    def decode(self, image, **request):
        seen.append(connection.in_atomic_block)
        return original(self, image, **request)

    original = Decoder.decode
    monkeypatch.setattr(Decoder, "decode", decode)
    meter = install_meter()
    read(meter, "100", 10, photo=photo())
    assert seen == [False]


def test_a_photo_that_was_not_sanitised_is_not_stored():
    with pytest.raises(TypeError), photos.stored(photo(), clock.now(), "meters"):
        pass
