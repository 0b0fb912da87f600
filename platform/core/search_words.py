"""The words of a search."""

# Each word is a condition of the query, so a text of thousands would occupy the database.
MOST_WORDS = 8


def search_words(text: str) -> list[str]:
    """Return the words of what a person searches for, as many as a search uses."""
    return text.split()[:MOST_WORDS]
