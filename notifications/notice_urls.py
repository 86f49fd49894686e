from django.urls import path

from notifications import notice_views

app_name = "notices"
urlpatterns = [
    path("", notice_views.notices, name="list"),
    path("lues/", notice_views.read_all, name="read_all"),
    path("<int:pk>/lue/", notice_views.read, name="read"),
    path("<int:pk>/ouvrir/", notice_views.open_notice, name="open"),
]
