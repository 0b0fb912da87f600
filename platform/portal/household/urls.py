"""The addresses of a household."""

from django.urls import path

from portal.household import views

urlpatterns = [
    path("<int:binding>/", views.household, name="household"),
    path("<int:binding>/<int:unit>/invite/", views.invite, name="invite_member"),
    path(
        "<int:binding>/<int:unit>/<int:person>/",
        views.change_rights,
        name="change_member_rights",
    ),
    path(
        "<int:binding>/<int:unit>/<int:person>/invite/",
        views.invite_again,
        name="invite_existing_member",
    ),
    path(
        "<int:binding>/invitations/<int:pk>/revoke/",
        views.revoke,
        name="revoke_member_invitation",
    ),
]
