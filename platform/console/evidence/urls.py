"""The addresses of evidence."""

from django.urls import path

from console.evidence import views

urlpatterns = [
    path("<int:pk>/", views.card, name="evidence"),
    path("<int:pk>/link/", views.issue_link, name="issue_evidence_link"),
    path("<int:pk>/export/", views.export, name="export_incident"),
    path("pictures/<int:pk>/", views.picture, name="evidence_picture"),
    path("pieces/<int:pk>/release/", views.release, name="release_evidence"),
    path("pieces/<int:pk>/retract/", views.retract, name="retract_evidence"),
    path("links/<int:pk>/withdraw/", views.withdraw_link, name="withdraw_evidence_link"),
    path("files/<int:pk>/", views.download, name="download_incident"),
]
