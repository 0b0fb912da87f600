"""The ASGI application: Django for HTTP, Channels for the live channel."""
