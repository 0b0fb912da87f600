"""The addresses of a resident's own data."""

from django.urls import path

from portal.my_data import views

urlpatterns = [
    path("<int:binding>/profile/", views.profile, name="own_profile"),
    path("<int:binding>/data/", views.data, name="own_data"),
    path("<int:binding>/data/export/", views.export, name="export_own_data"),
    path("<int:binding>/data/<int:pk>/", views.read, name="read_own_data"),
    path("<int:binding>/data/<int:pk>/progress/", views.progress, name="export_progress"),
    path("<int:binding>/data/<int:pk>/file/", views.download, name="download_own_data"),
    path("<int:binding>/data/erase/", views.erase, name="erase_own_data"),
]
