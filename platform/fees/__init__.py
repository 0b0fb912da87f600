"""Property fees: from an area or a reading to a charge."""
