"""The addresses of auto-pay."""

from django.urls import path

from portal.autopay import views

urlpatterns = [
    path("<int:binding>/", views.page, name="autopay"),
    path("<int:binding>/back/", views.back, name="autopay_back"),
    path("<int:binding>/stop/", views.stop, name="stop_autopay"),
]
