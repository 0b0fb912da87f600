"""Faces at doors: by consent only, as encrypted templates whose keys are outside the database."""
