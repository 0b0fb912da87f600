"""The addresses of imports."""

from django.urls import path

from console.imports import views

urlpatterns = [
    path("", views.page, name="imports"),
    path("new/", views.choose, name="new_import"),
    path("new/<slug:kind>/", views.upload, name="upload_list"),
    path("template/<slug:kind>.csv", views.template_csv, name="import_template_csv"),
    path("template/<slug:kind>.xlsx", views.template_xlsx, name="import_template_xlsx"),
    path("<int:pk>/", views.batch, name="import"),
    path("<int:pk>/errors.csv", views.errors_file, name="import_errors"),
    path("<int:pk>/confirm/", views.confirm, name="confirm_import"),
    path("<int:pk>/discard/", views.discard, name="discard_import"),
    path("<int:pk>/undo/", views.undo, name="undo_import"),
]
