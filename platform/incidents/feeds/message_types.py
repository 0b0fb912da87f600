"""The type under which an endpoint receives a message."""

from collections.abc import Sequence

from django.db.models import Min

from incidents.models import Delivery, FeedMessage

Type = FeedMessage.Type


def type_at_endpoint(type: str, *, is_first: bool) -> Type:
    """Return the type for one endpoint: its first message about an incident is an alert."""
    return Type.ALERT if is_first and type == Type.UPDATE else Type(type)


def types_at_endpoints(deliveries: Sequence[Delivery]) -> list[Type]:
    """Return the type of each delivery, as its body names it; all are read together."""
    about = {(each.endpoint_id, each.message.incident_id) for each in deliveries}
    rows = Delivery.objects.filter(
        endpoint__in={endpoint for endpoint, _incident in about},
        message__incident__in={incident for _endpoint, incident in about if incident},
    )
    firsts = rows.order_by().values("endpoint", "message__incident").annotate(first=Min("seq"))
    first_of: dict[tuple[int, int | None], int] = {
        (row["endpoint"], row["message__incident"]): row["first"] for row in firsts
    }
    return [
        type_at_endpoint(
            each.message.type,
            is_first=first_of.get((each.endpoint_id, each.message.incident_id)) == each.seq,
        )
        for each in deliveries
    ]
