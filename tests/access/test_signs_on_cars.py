"""A taxi, a bus and a van drive up: their plates open the barrier, what stands on them does not.

A Vzenith camera sends the photo of each car. It has read the sign, and is not sure of it.
"""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from access.models import Passage
from access.photo_queue import read_next_photo
from core import clock
from devices import inbound
from devices.simulator.plates import plate
from devices.simulator.render import Look, photo
from devices.simulator.speech import Read, Vzenith
from devices.vision.plates import plate_reader
from estate.services import change_site
from tests.devices.vision import drawn
from tests.gate import GateScene, open_commands, staff

pytestmark = pytest.mark.django_db
# What stands on it, its body, how far down the sign is in its photo, and its plate.
CARS = {
    "taxi": ("TAXI", "saloon", 0.12, "粤B73K56"),
    "bus": ("555-1234", "lorry", 0.16, "沪A8K261"),
    "van": ("METRO", "van", 0.2, "苏E70K92"),
    "dealer": ("COLMA", "hatchback", 0.3, "京N5H618"),
}
MUD = (92, 78, 60)


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def with_sign(image: bytes, text: str, down: float, mud: tuple[int, ...] = ()) -> bytes:
    """The photo with a white panel with black letters, and with mud on it in a box."""
    shown = Image.open(BytesIO(image)).convert("RGB")
    panel = drawn.plate(text, "white", round(shown.height * 0.09))
    shown.paste(panel, ((shown.width - panel.width) // 2, round(shown.height * down)))
    if mud:
        ImageDraw.Draw(shown).rectangle(mud, fill=MUD)
    return drawn.jpeg(shown)


def drives_up(gate: GateScene, kind: str, *, muddy: bool = False) -> Passage:
    """Deliver the camera's message, and read its photo."""
    sign, body, down, text = CARS[kind]
    taken = photo(plate(text), Look(body=body, paint="grey"), seed=7)
    image = with_sign(taken.jpeg, sign, down, taken.plate if muddy else ())
    camera, now = gate.entry.camera, clock.now()
    speech = Vzenith(camera.code, camera.serial)
    said = speech.reading(kind, now, Read(sign, 60, jpeg=image))
    inbound.receive(said.topic, said.payload, now)
    read_next_photo(plate_reader())
    return Passage.objects.get()


@pytest.mark.parametrize("kind", sorted(CARS))
def test_a_car_is_let_in_by_its_plate_whatever_stands_on_it(gate, kind):
    passage = drives_up(gate, kind)
    assert passage.plate == CARS[kind][3]
    assert open_commands(gate.entry) == 1


@pytest.mark.parametrize(
    ("kind", "country"),
    [("bus", "CN"), ("bus", "US"), ("dealer", "GB"), ("taxi", "DE"), ("van", "DE")],
)
def test_what_stands_on_a_car_with_a_muddy_plate_opens_nothing(gate, kind, country):
    change_site(gate.site, staff(), plate_countries=[country])
    passage = drives_up(gate, kind, muddy=True)
    assert passage.state == Passage.State.HELD
    assert open_commands(gate.entry) == 0


def queue(nearest: str) -> bytes:
    """Three cars one behind the other; the plate of the nearest one, or mud."""
    front = drawn.plate(nearest, "blue", 64) if nearest else Image.new("RGB", (240, 64), MUD)
    second, third = drawn.plate("粤A98M21", "blue", 40), drawn.plate("粤C3X507", "blue", 26)
    return drawn.jpeg(drawn.scene((front, (280, 400)), (second, (330, 220)), (third, (360, 90))))


def test_of_three_cars_in_a_queue_the_nearest_is_let_in(gate):
    passage = gate.sees(gate.entry, "", image=queue("粤B73K56"))
    read_next_photo(plate_reader())
    passage.refresh_from_db()
    assert passage.plate == "粤B73K56"
    assert open_commands(gate.entry) == 1
