"""Visitors: invited, approved, let in at the edge of the site, and gone again."""
