"""The ASGI application: Django for HTTP, Channels for the live channel."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Before anything below is imported: it loads the apps that the consumers need.
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from config.live import Lifespan  # noqa: E402
from config.request_limits import RequestLimits  # noqa: E402
from config.urls import live_urlpatterns  # noqa: E402
from core.origin import SameOriginOnly  # noqa: E402
from core.pooled_postgresql import keep_connections  # noqa: E402

keep_connections(settings.DATABASE_POOL)

application = ProtocolTypeRouter(
    {
        "http": RequestLimits(http),
        # Consumers read the session themselves, again and again (core.live_sessions).
        "websocket": SameOriginOnly(CookieMiddleware(URLRouter(live_urlpatterns))),
        "lifespan": Lifespan(),
    }
)
