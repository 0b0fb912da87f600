"""The staff, the residents and the companies of the demo sites."""
