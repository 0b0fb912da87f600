"""The addresses of the plan and its revisions."""

from django.urls import path

from console.site_plan import views

urlpatterns = [
    path("", views.page, name="site_plan"),
    path("draw/", views.draw, name="draw_plan"),
    path("draft.json", views.draft, name="plan_draft"),
    path("import/", views.import_file, name="import_plan"),
    path("publish/", views.publish, name="publish_plan"),
    path("discard/", views.discard, name="discard_plan"),
    path("<int:pk>/restore/", views.restore, name="restore_plan"),
    path("<int:pk>/plan.geojson", views.download, name="plan_file"),
]
