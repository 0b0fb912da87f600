"""The addresses of the portal."""

from ui.sections import sections_of, site_urls

app_name = "portal"
urlpatterns = site_urls(sections_of("portal"))
