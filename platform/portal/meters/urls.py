"""The addresses of a resident's meters."""

from django.urls import path

from portal.meters import views

urlpatterns = [
    path("<int:binding>/", views.meters, name="own_meters"),
    path("<int:binding>/<int:pk>/", views.meter, name="own_meter"),
    path("<int:binding>/<int:pk>/send/", views.send, name="send_reading"),
    path("<int:binding>/readings/<int:pk>/photo/", views.photo, name="own_reading_photo"),
]
