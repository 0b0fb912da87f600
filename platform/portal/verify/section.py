"""Verification of printed documents by their QR code."""

from ui.sections import Section

SECTION = Section(name="verify", prefix="verify/", urls="portal.verify.urls")
