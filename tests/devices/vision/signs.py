"""Writing that is no plate: signs, firms and telephone numbers painted into scenes."""

from random import Random

from PIL import Image, ImageDraw, ImageFont

from tests.devices.vision import drawn

#: What stands on cars, at gates and along roads; none is a plate.
_WORDS = """
AUDI TAXI GATE2 555-1234 METRO COLMA BMW320 POLICE BUS7 AMBULANCE DHL AVIS24 HERTZ FORD F150 VOLVO
XC90 GOLF GTI EXIT STOP LANE1 ZONE30 LEVEL3 BAY12 OPEN24 SALE50 TEL5551234 1800555 02079461234
"""
WORDS = tuple(_WORDS.split())
_PAINTS = (
    ("white", (190, 30, 30)),
    ("black", (250, 200, 30)),
    ("white", (40, 60, 120)),
    ("black", (235, 235, 235)),
)
_GROUNDS = ((96, 98, 102), (150, 160, 170), (58, 66, 60))


def painted(word: str, place: int) -> bytes:
    """A photo of a word on a panel in one of three places, the same at each call."""
    chance = Random(f"{word} {place}")
    font = ImageFont.truetype(str(drawn.FONT), chance.choice((28, 44, 60)))
    ink, ground = chance.choice(_PAINTS)
    panel = Image.new("RGB", (round(font.getlength(word)) + 24, font.size + 18), ground)
    middle = (panel.width / 2, panel.height / 2)
    ImageDraw.Draw(panel).text(middle, word, font=font, fill=ink, anchor="mm")
    scene = Image.new("RGB", (800, 500), _GROUNDS[place % len(_GROUNDS)])
    draw = ImageDraw.Draw(scene)
    for _ in range(30):  # edges of walls, kerbs and shadows
        left, top = chance.randint(0, 760), chance.randint(0, 460)
        shade = chance.randint(30, 220)
        box = (left, top, left + chance.randint(20, 240), top + chance.randint(8, 160))
        draw.rectangle(box, fill=(shade, shade, shade))
    corner = chance.randint(10, max(11, 780 - panel.width)), chance.randint(30, 380)
    scene.paste(panel, corner)
    turned = scene.rotate(chance.choice((0, 0, 4, -3)), resample=Image.Resampling.BICUBIC)
    return drawn.jpeg(turned)
