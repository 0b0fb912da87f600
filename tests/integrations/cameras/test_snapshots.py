"""Pictures of cameras by HTTP: Basic and Digest, and what is refused."""

import pytest

from incidents.evidence.pictures import MAX_BYTES
from incidents.evidence.ports import SnapshotError, SnapshotTarget
from integrations.cameras.authentication import Credentials, authorization
from integrations.cameras.snapshots import HttpSnapshots
from tests.fake_camera import PASSWORD, USER, running_camera

OWN = ("127.0.0.0/8",)


def fetch(camera, user=USER, password=PASSWORD, networks=OWN):
    return HttpSnapshots().fetch(SnapshotTarget(camera.url, user, password, networks))


@pytest.mark.parametrize(
    "manners",
    [
        {"scheme": "none"},
        {"scheme": "basic"},
        {"scheme": "digest"},
        {"scheme": "digest", "algorithm": "SHA-256"},
        {"scheme": "digest", "qop": ""},
        {"scheme": "both"},
    ],
)
def test_the_picture_arrives_as_the_camera_sent_it(manners):
    with running_camera(**manners) as camera:
        assert fetch(camera) == camera.body


def test_a_camera_that_offers_both_is_sent_no_password_in_clear():
    with running_camera(scheme="both") as camera:
        fetch(camera)
        assert [each.split(" ")[0] for each in camera.asked] == ["", "Digest"]


def test_no_password_is_sent_before_the_camera_asks():
    with running_camera(scheme="none") as camera:
        fetch(camera)
        assert camera.asked == [""]


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_wrong_password_is_tried_once(scheme):
    with running_camera(scheme=scheme) as camera:
        with pytest.raises(SnapshotError) as error:
            fetch(camera, password="wrong")
        assert (error.value.code, len(camera.asked)) == ("not_authorised", 2)


@pytest.mark.parametrize(
    ("manners", "code"),
    [
        ({"body": b"<html>"}, "not_a_jpeg"),
        ({"body": b"\xff\xd8\xff" + bytes(MAX_BYTES)}, "too_large"),
        ({"status": 503}, "http_error"),
        ({"status": 302}, "http_error"),
    ],
)
def test_what_is_no_picture_is_refused(manners, code):
    with running_camera(**manners) as camera:
        with pytest.raises(SnapshotError) as error:
            fetch(camera)
        assert error.value.code == code


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8",)])
def test_a_camera_outside_the_sites_networks_is_not_connected_to(networks):
    with running_camera() as camera:
        with pytest.raises(SnapshotError) as error:
            fetch(camera, networks=networks)
        assert (error.value.code, camera.asked) == ("address_not_allowed", [])


def test_the_answer_to_a_digest_challenge_is_that_of_the_standard():
    """RFC 7616, section 3.9.1."""
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    header = authorization(
        challenge,
        Credentials("Mufasa", "Circle of Life"),
        "GET",
        "http://www.example.org/dir/index.html",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in header


@pytest.mark.parametrize("challenge", ["", "Negotiate", "Digest algorithm=SHA-512-256, nonce=x"])
def test_an_unknown_challenge_is_not_answered(challenge):
    assert authorization(challenge, Credentials("a", "b"), "GET", "http://c/") == ""
