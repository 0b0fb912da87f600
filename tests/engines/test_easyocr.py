"""The reader `easyocr` with random weights in the format of its own files.

That proves loading, shapes and the path of a photo; it says nothing about accuracy.
"""

import sys
from hashlib import md5

import numpy as np
import pytest

from devices.vision.alphabet import SIGNS
from devices.vision.engine_files import EASYOCR, MissingEngine
from devices.vision.plates import PlateCandidate, plate_reader
from tests.devices.vision import drawn

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not EASYOCR.version(), reason=f"easyocr is absent: {EASYOCR.install}"),
]
DETECTOR, RECOGNISER = EASYOCR.files


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with both networks, of random weights, as easyocr's training saves them."""
    import torch

    from devices.vision.easyocr_reader import import_torchvision

    import_torchvision()
    from easyocr import config
    from easyocr.craft import CRAFT
    from easyocr.model.vgg_model import Model

    torch.manual_seed(7)
    signs = config.recognition_models["gen2"]["zh_sim_g2"]["characters"]
    recogniser = Model(1, 256, 256, len(signs) + 1)
    folder = tmp_path_factory.mktemp("easyocr")
    for name, network in ((DETECTOR, CRAFT()), (RECOGNISER, recogniser)):
        weights = {f"module.{key}": value for key, value in network.state_dict().items()}
        torch.save(weights, folder / name)
    return folder


@pytest.fixture
def listed(models, monkeypatch):
    """The same folder; easyocr expects the checksums of its files instead of the published ones."""
    from easyocr import config

    detector = config.detection_models["craft"]
    recogniser = config.recognition_models["gen2"]["zh_sim_g2"]
    for entry, name in ((detector, DETECTOR), (recogniser, RECOGNISER)):
        found = md5((models / name).read_bytes(), usedforsecurity=False).hexdigest()
        monkeypatch.setitem(entry, "md5sum", found)
    return models


@pytest.fixture
def reader(listed):
    plate_reader.cache_clear()
    return plate_reader("easyocr", models=str(listed), countries=("CN",))


def test_the_detector_maps_each_pixel_of_any_picture(reader):
    pixels = np.random.default_rng(7).integers(0, 256, (70, 130, 3), np.uint8)
    found = reader.engine().detect(pixels)
    assert found.shape == (70, 130)
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_recogniser_gives_the_share_of_each_sign_in_each_column(reader):
    generator = np.random.default_rng(7)
    crops = [generator.integers(0, 256, (48, width, 3), np.uint8) for width in (16, 150, 400)]
    views = reader.engine().recognise(crops)
    assert [view.columns.shape[1] for view in views] == [1 + len(SIGNS)] * 3
    assert len(views[0].columns) < len(views[1].columns) < len(views[2].columns)
    for view in views:
        assert view.columns.sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert isinstance(view.text, str)


def test_a_photo_runs_through_search_formats_and_candidates(reader):
    found = reader.read(drawn.photo("粤B·12345", "blue"), ["CN"])
    assert all(isinstance(each, PlateCandidate) for each in found)


def test_the_folder_of_the_weights_is_not_imported_from(reader, listed):
    reader.load()
    assert str(listed) not in sys.path


def test_other_weights_than_those_of_the_release_are_rejected(models):
    plate_reader.cache_clear()
    with pytest.raises(MissingEngine, match=f"{DETECTOR}.*copy the weights of easyocr"):
        plate_reader("easyocr", models=str(models)).load()


def test_a_missing_network_is_named_with_its_folder(models, tmp_path):
    (tmp_path / DETECTOR).symlink_to(models / DETECTOR)
    plate_reader.cache_clear()
    reader = plate_reader("easyocr", models=str(tmp_path))
    with pytest.raises(MissingEngine, match=f"missing {RECOGNISER} in {tmp_path}"):
        reader.load()
