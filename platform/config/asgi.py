"""The ASGI application: Django for HTTP, Channels for the live channel."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Before anything below is imported: it loads the apps that the consumers need.
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from config.live import Lifespan  # noqa: E402
from config.urls import live_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        # A page of another origin must not open a channel with the visitor's cookies.
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(live_urlpatterns))),
        "lifespan": Lifespan(),
    }
)
