"""The addresses of the portal."""

from portal.sections import SECTIONS
from ui.sections import site_urls

app_name = "portal"
urlpatterns = site_urls(SECTIONS)
