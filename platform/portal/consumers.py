"""The live channel of a visitor's page, which waits for one stay to be paid."""

from core.live_consumer import BundlingConsumer, stay_group
from parking.models import Stay


class StayConsumer(BundlingConsumer):
    """That one stay changed, told to whoever has its unguessable address."""

    def group_allowed(self) -> str | None:
        """Return the stay's group where there is such a stay."""
        public_id = self.scope["url_route"]["kwargs"]["public_id"]
        known = Stay.objects.filter(public_id=public_id).exists()
        return stay_group(public_id) if known else None
