"""The pages of fees."""
