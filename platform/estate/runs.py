"""Import what registers the kinds of runs of places, so that a worker finds them."""

from estate import provisioning_runs

__all__ = ["provisioning_runs"]
