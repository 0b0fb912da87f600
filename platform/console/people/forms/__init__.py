"""Forms of people, companies and occupancies."""
