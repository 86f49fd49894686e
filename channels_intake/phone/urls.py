from django.urls import path

from channels_intake.phone import queue_views, views

app_name = "phone"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("appel/", views.incoming, name="incoming"),
    path("poste/", views.workstation, name="workstation"),
    path("rappels/", queue_views.callbacks, name="callbacks"),
    path("rappels/<int:pk>/prendre/", queue_views.take, name="callback_take"),
    path("rappels/<int:pk>/essai/", queue_views.attempt, name="callback_attempt"),
    path("appels-manques/<int:pk>/prendre/", queue_views.missed_take_view, name="missed_take"),
    path("appels-manques/<int:pk>/essai/", queue_views.missed_attempt_view, name="missed_attempt"),
    path("appels-manques/<int:pk>/ecarter/", queue_views.missed_dismiss_view, name="missed_dismiss"),
]
