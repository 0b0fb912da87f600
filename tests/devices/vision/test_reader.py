"""The default reader on plates that the tests draw: what it must never get wrong."""

import threading
from io import BytesIO

import pytest
from PIL import Image

from core.images.worker import ORIENTATION_TAG
from core.plates import PROVINCES, fold
from devices.vision.certainty import judge
from devices.vision.formats import COUNTRIES
from devices.vision.plates import (
    PlateCandidate,
    PlateReader,
    UnreadableImage,
    best,
    plate_reader,
)
from tests.devices.vision import drawn


def read_best(reader: PlateReader, image: bytes) -> PlateCandidate:
    found = best(reader.read(image))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shown", "colour"),
    [
        ("粤B·12345", "blue"),
        ("京A·8B8Q0", "blue"),
        ("渝D·66G82", "yellow"),
        ("粤BD·12345", "green"),
        ("沪A·12345D", "green"),
        ("京A·1234学", "yellow"),
        ("川A·1234警", "white"),
        ("鲁H·123B挂", "yellow"),
        ("粤Z·1234港", "black"),
        ("粤Z·5F78澳", "black"),
        ("使014578", "black"),
        ("沪A·0123领", "black"),
        ("WJ京12345", "white"),
        ("KA12345", "white"),
    ],
)
def test_chinese_plates_of_every_kind(reader, shown, colour):
    found = read_best(reader, drawn.photo(shown, colour))
    assert found.text == shown.replace("·", "")
    assert found.colour == colour
    assert found.accepted_format


@pytest.mark.parametrize(
    ("shown", "country"),
    [
        ("RK-755AJ", "SK"),
        ("M AB 1234", "DE"),
        ("AB12 CDE", "GB"),
        ("ABC-1234", "BR"),
        ("ABC1D23", "BR"),
        ("7CID930", "US"),
        ("1234 BCD", "ES"),
        ("1AB 2345", "CZ"),
    ],
)
def test_plates_of_other_countries(reader, shown, country):
    found = read_best(reader, drawn.photo(shown))
    assert fold(found.text) == fold(shown)
    assert country in found.countries


@pytest.mark.parametrize("province", PROVINCES)
def test_every_province(reader, province):
    assert read_best(reader, drawn.photo(f"{province}A·86F25", "blue")).text[0] == province


@pytest.mark.parametrize("height", [22, 40, 180])
def test_near_and_far(reader, height):
    assert read_best(reader, drawn.photo("粤B·73K56", "blue", height)).text == "粤B73K56"


@pytest.mark.parametrize("turned", [-12, 9])
def test_a_plate_that_hangs_askew(reader, turned):
    assert read_best(reader, drawn.photo("RK-755AJ", turned=turned)).text == "RK755AJ"


def test_a_lorrys_plate_in_two_rows(reader):
    piece = drawn.two_rows("鲁H", "123B挂")
    found = read_best(reader, drawn.jpeg(drawn.scene((piece, (280, 200)))))
    assert found.text == "鲁H123B挂"
    assert found.box.height > 80


def test_the_plate_alone_as_a_camera_cuts_it_out(reader):
    assert read_best(reader, drawn.jpeg(drawn.plate("粤B·73K56", "blue", 64))).text == "粤B73K56"


def test_the_box_is_where_the_plate_is(reader):
    piece = drawn.plate("RK-755AJ")
    box = read_best(reader, drawn.jpeg(drawn.scene((piece, (90, 400))))).box
    assert box.x == pytest.approx(90, abs=25)
    assert box.x + box.width == pytest.approx(90 + piece.width, abs=25)
    assert box.y == pytest.approx(400, abs=15)
    assert box.y + box.height == pytest.approx(400 + piece.height, abs=15)


def test_a_phones_photo_is_turned_upright_first(reader):
    upright = drawn.scene((drawn.plate("RK-755AJ"), (90, 400)))
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    found = read_best(reader, drawn.jpeg(stored, exif=exif))
    assert found.text == "RK755AJ"
    assert found.box.x < 150
    assert 370 < found.box.y < 430


def test_the_box_in_a_very_large_photo_is_in_its_own_pixels(reader):
    piece = drawn.plate("RK-755AJ", height=200)
    found = read_best(reader, drawn.jpeg(drawn.scene((piece, (1800, 2000)), size=(4000, 3000))))
    assert found.text == "RK755AJ"
    assert found.box.x == pytest.approx(1800, abs=80)
    assert found.box.y == pytest.approx(2000, abs=60)


def test_of_two_cars_the_nearer_comes_first(reader):
    near, far = drawn.plate("粤B·73K56", "blue", 80), drawn.plate("粤A·98M21", "blue", 36)
    found = reader.read(drawn.jpeg(drawn.scene((far, (40, 60)), (near, (300, 320)))))
    assert [candidate.text for candidate in found[:2]] == ["粤B73K56", "粤A98M21"]


def test_the_cameras_clock_is_not_taken_for_a_plate(reader):
    clock = drawn.plate("2026-05-01 12:33:21", height=40)
    found = reader.read(drawn.jpeg(drawn.scene((clock, (10, 10)))))
    assert not any(candidate.accepted_format for candidate in found)


def test_a_photo_without_a_plate_has_none(reader):
    assert reader.read(drawn.jpeg(drawn.scene())) == []


def test_other_writing_never_opens_a_barrier(reader):
    sign = drawn.plate("EXIT ONLY", height=50)
    image = drawn.jpeg(drawn.scene((sign, (200, 200))))
    for country in COUNTRIES:
        assert not judge(reader.read(image, [country]), [country]).is_certain()


def test_what_was_read_is_kept_beside_what_was_made_of_it(reader):
    found = read_best(reader, drawn.photo("粤B·12345", "blue"))
    assert "B" in found.raw_text
    assert found.text == "粤B12345"


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"\xff\xd8\xff\xe0" + b"\0" * 40])
def test_what_is_no_photo_is_refused(reader, image):
    with pytest.raises(UnreadableImage, match="image: "):
        reader.read(image)


@pytest.mark.parametrize("size", [(24, 24), (24, 16000), (3000, 25), (33, 31)])
def test_photos_of_odd_shapes_are_searched_like_any_other(reader, size):
    assert reader.read(drawn.jpeg(Image.new("RGB", size, "white"))) == []


def test_a_grey_photo_is_read_like_a_coloured_one(reader):
    buffer = BytesIO()
    Image.open(BytesIO(drawn.photo("RK-755AJ"))).convert("L").save(buffer, "PNG")
    assert read_best(reader, buffer.getvalue()).text == "RK755AJ"


def test_several_threads_may_read_at_once():
    reader = plate_reader("rapidocr", threads=1)
    shown = ["RK755AJ", "AB12CDE", "7CID930"]
    read: dict[str, str] = {}

    def read_one(text: str) -> None:
        read[text] = read_best(reader, drawn.photo(text)).text

    threads = [threading.Thread(target=read_one, args=(text,)) for text in shown]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert read == {text: text for text in shown}


def test_a_site_that_expects_certain_countries_reads_theirs_with_more_confidence(reader):
    image = drawn.photo("RK-896AO")
    at_home = read_best(plate_reader("rapidocr", countries=("SK",)), image)
    assert at_home.text == "RK896AO"
    assert at_home.confidence > read_best(reader, image).confidence


def test_the_engine_is_chosen_by_name_and_loaded_once():
    assert plate_reader("rapidocr") is plate_reader("rapidocr")
    with pytest.raises(LookupError, match="'tesseract' is not known; one of rapidocr"):
        plate_reader("tesseract")


@pytest.mark.parametrize(
    ("options", "field"), [({"threads": 0}, "threads"), ({"countries": ("XX",)}, "countries")]
)
def test_a_wrong_setting_is_named(options, field):
    with pytest.raises(ValueError, match=field):
        plate_reader("rapidocr", **options)


def test_nothing_read_has_no_best_candidate():
    assert best([]) is None
