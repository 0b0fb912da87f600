"""The demo site: a small residential community, loaded once into an empty installation."""
