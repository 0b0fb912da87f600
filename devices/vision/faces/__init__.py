"""Faces on photos: found, judged, turned into templates and compared; nothing is stored here."""
