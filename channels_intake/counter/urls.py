"""The counter, for agents."""

from django.urls import path

from channels_intake.counter import queue_views, views

app_name = "counter"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("site/", views.choose_site, name="site"),
    path("poste/", views.choose_desk, name="place"),
    path("visiteur/", views.visitor, name="visitor"),
    path("appel/", views.call, name="call"),
    path("visiteur/<int:pk>/<slug:step>/", views.step, name="step"),
    path("file/", queue_views.queue, name="queue"),
    path("file/<int:pk>/<slug:step>/", queue_views.step, name="queue_step"),
]
