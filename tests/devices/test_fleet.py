"""How versions are ordered."""

import pytest

from devices.fleet import is_outdated, version_key


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("1.9", "1.9.1"),
        ("2.0-rc1", "2.0"),
        ("2.0-rc1", "2.0-rc2"),
        ("v1.2", "V1.3"),
        ("20260101", "20260301"),
        ("", "0.1"),
    ],
)
def test_versions_are_ordered_by_their_numbers(older, newer):
    assert version_key(older) < version_key(newer)


def test_an_unknown_version_is_not_called_outdated():
    assert not is_outdated("", "1.0")
    assert not is_outdated("1.0", "v1.0")
    assert is_outdated("0.9", "1.0")
