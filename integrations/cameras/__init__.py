"""Cameras that hand out pictures by HTTP."""
