"""The addresses of the cameras' accuracy."""

from django.urls import path

from console.plate_accuracy import label_files, views

urlpatterns = [
    path("", views.page, name="plate_accuracy"),
    path("days.csv", views.days_file, name="plate_accuracy_file"),
    path("labels/", label_files.card, name="labels"),
    path("labels/export/", label_files.export, name="export_labels"),
    path("labels/<int:pk>/", label_files.download, name="download_labels"),
    path("<int:pk>/", views.card, name="camera_accuracy"),
]
