"""Lists that are driven to devices."""
