"""The addresses of homes, invitations and requests for access."""

from django.urls import path

from portal.homes import invitations, views

urlpatterns = [
    path("", views.homes, name="homes"),
    path("code/", invitations.enter_code, name="enter_code"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("access/<slug:slug>/", views.request_access, name="request_access"),
    path("<int:binding>/", views.home, name="home"),
]
