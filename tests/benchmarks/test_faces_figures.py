"""The figures of faces follow from the templates: pairs, and searches in galleries."""

import math

import pytest

from benchmarks import faces

THRESHOLD = 0.5


def made(*rows: tuple[str, float]):
    """Templates of people on a line, so that distances are plain."""
    found = faces.Set(photos=len(rows))
    found.people = [person for person, _ in rows]
    found.templates = [(place, 0.0) for _, place in rows]
    return found


def test_accuracy_weighs_pairs_of_one_person_and_of_two_alike(capsys):
    found = made(("a", 0.0), ("a", 0.1), ("a", 0.9), ("b", 0.2))
    faces.print_pairs(found, THRESHOLD)
    said = capsys.readouterr().out
    assert "false reject 0.6667 (2 of 3 pairs of one person)" in said
    assert "false accept 0.666667 (2 of 3 pairs of two people)" in said
    assert "accuracy 0.3333" in said


def test_without_pairs_of_both_kinds_nothing_is_claimed(capsys):
    faces.print_pairs(made(("a", 0.0), ("b", 0.2)), THRESHOLD)
    assert "not measured" in capsys.readouterr().out


def test_a_gallery_that_the_set_has_too_few_people_for_is_not_measured(capsys):
    faces.print_identification(made(("a", 0.0), ("b", 0.2)), THRESHOLD, draws=2)
    assert capsys.readouterr().out.count("not measured: the set has 2 people") == 3


def test_an_outsider_near_one_person_is_identified_falsely_and_near_two_is_not(capsys, monkeypatch):
    monkeypatch.setattr(faces, "GALLERIES", (3,))
    far = made(*((str(number), 10.0 * number) for number in range(4)))
    faces.print_identification(far, THRESHOLD, draws=3)
    assert "0.0000 with a margin of 0.05, 0.0000 without (3 searches" in capsys.readouterr().out
    alike = made(*((str(number), 0.0) for number in range(4)))
    faces.print_identification(alike, THRESHOLD, draws=3)
    assert "0.0000 with a margin of 0.05, 1.0000 without" in capsys.readouterr().out


def test_distances_are_those_of_the_engines():
    ones = faces.np.array([[0.0, 0.0], [3.0, 4.0]])
    assert faces._distances(ones)[0, 1] == pytest.approx(math.dist(*ones))
