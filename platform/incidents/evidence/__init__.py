"""Evidence of incidents: collected after an incident is raised, by what rooms provide.

A room registers a `Provider`. A job asks each for what it has of an occurrence, at once and again
a quarter of an hour later, and stores each piece once, with its digest.
"""

from incidents.evidence.registry import Found, Provider, providers, register

__all__ = ["Found", "Provider", "providers", "register"]
