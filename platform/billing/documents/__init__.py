"""Documents of billing as PDF, in the active language."""
