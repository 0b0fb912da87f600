"""Drawings and files of plans, as the editor and other programs write them."""

import json

from core.models import User
from estate.plans import services
from tests.factories import UserFactory

ORIGIN = [121.4737, 31.2304]


def shape(kind, code, x=0.0, y=0.0, width=10.0, depth=5.0, **more):
    """A rectangle of the editor."""
    size = {"width": width, "depth": depth, "rotation": 0}
    return {"kind": kind, "code": code, "x": x, "y": y, **size, **more}


def row(count=10, code="A-01", lot="P1", **more):
    """A row of bays of 2.5 × 5 m."""
    size = {"width": 2.5, "depth": 5.0, **more}
    return shape("bay", code, count=count, lot=lot, **size)


def gate(code="north", x=0.0, y=0.0, **more):
    """A gate of the editor."""
    return {"kind": "gate", "code": code, "x": x, "y": y, **more}


def drawing(*shapes, origin=None):
    """What the editor sends."""
    return {"origin": origin or ORIGIN, "shapes": list(shapes)}


SMALL = drawing(
    shape("building", "1", 0, 40, 44, 16, name="Maple House"),
    shape("lot", "P1", 0, 0, 30, 20, name="Courtyard"),
    row(10, x=2, y=2),
    shape("road", "r1", 30, 0, 6, 60),
    gate("north", 33, 60, name="North gate"),
)


def publish(site, drawn=SMALL, actor: User | None = None):
    """Draw and publish a plan."""
    actor = actor or UserFactory()
    draft = services.save_drawing(site, actor, drawn, version=version_of(site))
    return services.publish_plan(site, actor, version=draft.version)


def version_of(site):
    """The version of the site's draft."""
    draft = site.plan_revisions.filter(published_at=None).first()
    return draft.version if draft else 0


def square(west=121.0, south=31.0, size=0.001):
    """A closed ring of positions."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(kind="building", code="1", ring=None, **properties):
    """A feature of a GeoJSON file."""
    geometry = {"type": "Polygon", "coordinates": [ring or square()]}
    if kind == "gate":
        geometry = {"type": "Point", "coordinates": [121.0, 31.0]}
    properties = {"kind": kind, "code": code, **properties}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def file(*features, **members):
    """The content of a GeoJSON file."""
    data = {"type": "FeatureCollection", "features": list(features), **members}
    return json.dumps(data).encode()
