"""The live channel of a visitor's page, which shows one stay."""

from core.live_consumer import Admission, LiveConsumer, public_group
from parking.models import Stay


class StayConsumer(LiveConsumer):
    """The page of one stay; its unguessable address is the only credential."""

    def admit(self) -> Admission | None:
        """Return the group of the stay in the address, if there is such a stay."""
        public_id = self.scope["url_route"]["kwargs"]["public_id"]
        if not Stay.objects.filter(public_id=public_id).exists():
            return None
        return Admission(topics={}, groups=frozenset({public_group(public_id)}))
