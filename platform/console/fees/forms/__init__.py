"""Forms of fees, by subject."""
