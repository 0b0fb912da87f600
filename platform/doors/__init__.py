"""Doors: by what people open them, who may do so when, and who has passed."""
