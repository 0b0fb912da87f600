"""Labels of photos: a line of a file, and folders of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.vision.labelled import Label, format_label, labels_in, parse_label

texts = st.text("ABC粤012-", min_size=1, max_size=8)
numbers = st.integers(0, 9999)
labels = st.builds(
    Label,
    photo=texts.map("{}.jpg".format),
    text=texts,
    box=st.tuples(numbers, numbers, numbers, numbers),
    camera=texts,
    hour=st.integers(0, 23).map("{:02d}".format),
    verdict=st.sampled_from(["right", "wrong"]),
    countries=st.lists(st.sampled_from(["CN", "HK", "DE"]), max_size=3).map(tuple),
)


@given(labels)
def test_a_label_is_what_its_line_says(label):
    assert parse_label(format_label(label)) == label


def test_a_label_of_a_plate_alone_says_nothing_of_a_site():
    label = parse_label("eu2.jpg\t10\t20\t30\t8\tRK755AJ\n")
    assert label == Label("eu2.jpg", "RK755AJ", (10, 20, 30, 8))


@pytest.mark.parametrize("line", ["", "a.jpg\tRK755AJ", "a.jpg\tx\t2\t3\t4\tRK755AJ"])
def test_a_line_that_is_no_label_is_an_error(line):
    with pytest.raises(ValueError, match=r"label|invalid"):
        parse_label(line)


def test_a_folder_s_labels_are_found_in_the_folders_below_it(tmp_path: Path):
    for camera in ("out", "in"):
        (tmp_path / camera).mkdir()
        line = format_label(Label("7.jpg", "粤B12345", camera=camera))
        (tmp_path / camera / "7.txt").write_text(line + "\n", encoding="utf-8")
    (tmp_path / "README.txt").write_text("no label\n")
    found = [(path, label.camera) for path, label in labels_in(tmp_path)]
    assert found == [(tmp_path / "in" / "7.jpg", "in"), (tmp_path / "out" / "7.jpg", "out")]
