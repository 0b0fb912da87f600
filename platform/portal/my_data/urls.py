"""The addresses of a resident's own data."""

from django.urls import path

from portal.my_data import views

urlpatterns = [
    path("<int:binding>/profile/", views.profile, name="own_profile"),
    path("<int:binding>/", views.data, name="own_data"),
    path("<int:binding>/export/", views.export, name="export_own_data"),
    path("<int:binding>/<int:pk>/", views.read, name="read_own_data"),
    path("<int:binding>/<int:pk>/progress/", views.progress, name="export_progress"),
    path("<int:binding>/<int:pk>/file/", views.download, name="download_own_data"),
    path("<int:binding>/erase/", views.erase, name="erase_own_data"),
]
