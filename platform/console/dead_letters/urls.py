"""The addresses of dead letters."""

from django.urls import path

from console.dead_letters import views

urlpatterns = [
    path("", views.page, name="dead_letters"),
    path("no-site/", views.of_no_site, name="dead_letters_of_no_site"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_letters"),
    path("replay/progress/", views.progress, name="replay_progress"),
    path("<int:pk>/", views.one, name="dead_letter"),
    path("<int:pk>/payload/", views.payload, name="letter_payload"),
    path("<int:pk>/replay/", views.replay, name="replay_letter"),
    path("<int:pk>/discard/", views.discard, name="discard_letter"),
]
