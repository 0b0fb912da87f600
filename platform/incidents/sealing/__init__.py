"""Sealed files of incidents: a zip with a signed manifest, made by a run, verified offline."""
