"""The addresses of requests."""

from django.urls import path

from portal.requests import views

urlpatterns = [
    path("<int:binding>/", views.requests, name="requests"),
    path("<int:binding>/<int:pk>/withdraw/", views.withdraw, name="withdraw_request"),
    path("<int:binding>/access/<int:pk>/approve/", views.approve, name="approve_access"),
    path("<int:binding>/access/<int:pk>/refuse/", views.refuse, name="refuse_access"),
]
