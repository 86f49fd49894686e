from django.urls import path

from notifications import notice_views

app_name = "notices"
urlpatterns = [
    path("", notice_views.notices, name="list"),
    path("cloche/", notice_views.bell, name="bell"),
    path("lues/", notice_views.read_all, name="read_all"),
    path("recapitulatif/", notice_views.digest, name="digest"),
    path("<int:pk>/lue/", notice_views.read, name="read"),
    path("<int:pk>/ouvrir/", notice_views.open_notice, name="open"),
]
