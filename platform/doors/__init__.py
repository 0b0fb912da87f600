"""Doors: the cards by which people open them, from issue to return."""
