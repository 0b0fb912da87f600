"""Every address of the product, by room."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from console.consumers import SiteConsumer
from portal.consumers import StayConsumer
from ui import notifications
from ui.accounts import passkeys, resident_sign_in
from ui.accounts.invitations import invitation
from ui.accounts.languages import set_language, set_theme
from ui.accounts.notification_settings import notification_settings, subscribe, unsubscribe
from ui.accounts.profile import end_others, end_session, profile
from ui.accounts.second_factor import second_factor, turn_off
from ui.accounts.sign_in_code import sign_in_code
from ui.accounts.views import SignInView, password

urlpatterns = [
    path(
        "login/",
        SignInView.as_view(),
        name="login",
    ),
    path("login/code/", sign_in_code, name="sign_in_code"),
    path("login/home/", resident_sign_in.address, name="resident_login"),
    path("login/home/code/", resident_sign_in.code, name="resident_code"),
    path("login/home/link/<str:token>/", resident_sign_in.link, name="resident_link"),
    path("login/home/password/", resident_sign_in.password, name="resident_password"),
    path("login/passkey/", passkeys.sign_in, name="passkey_sign_in"),
    path("password/", password, name="password"),
    path("profile/", profile, name="profile"),
    path("profile/sessions/end/", end_others, name="end_other_sessions"),
    path("profile/sessions/<int:pk>/end/", end_session, name="end_session"),
    path("profile/passkeys/", passkeys.own_passkeys, name="passkeys"),
    path("profile/passkeys/add/", passkeys.add, name="add_passkey"),
    path("profile/passkeys/<int:pk>/remove/", passkeys.remove, name="remove_passkey"),
    path("profile/notifications/", notification_settings, name="notification_settings"),
    path("profile/notifications/browsers/add/", subscribe, name="add_push_browser"),
    path(
        "profile/notifications/browsers/<int:pk>/remove/", unsubscribe, name="remove_push_browser"
    ),
    path("profile/second-factor/", second_factor, name="second_factor"),
    path("profile/second-factor/off/", turn_off, name="turn_off_second_factor"),
    path("invitation/<str:token>/", invitation, name="invitation"),
    path("notifications/", notifications.page, name="notifications"),
    path("notifications/panel/", notifications.panel, name="notification_panel"),
    path("notifications/read/", notifications.read, name="read_notifications"),
    path("notifications/<uuid:uid>/", notifications.open_notification, name="notification"),
    # A script at this address may show messages of all pages.
    path("service-worker.js", notifications.service_worker, name="service_worker"),
    path("manifest.webmanifest", notifications.manifest, name="manifest"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("theme/", set_theme, name="set_theme"),
    path("hooks/stripe/", include("integrations.stripe.urls")),
    path("api/v1/feeds/", include("integrations.police.cap.urls")),
    path("api/v1/feeds/", include("integrations.feed_api.urls")),
    path("faces/", include("integrations.face_terminals.urls")),
    path("VIID/", include("integrations.police.viid.urls")),
    path("", include("console.urls")),
    path("", include("portal.urls")),
]

live_urlpatterns = [
    path("live/stay/<slug:public_id>/", StayConsumer.as_asgi()),
    path("live/<slug:slug>/", SiteConsumer.as_asgi()),
]
