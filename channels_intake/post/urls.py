from django.urls import path

from channels_intake.post import files, views

app_name = "post"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("suivant/", views.following, name="next"),
    path("<int:pk>/", views.letter, name="letter"),
    path("<int:pk>/fichier/", files.scan_file, name="file"),
    path("<int:pk>/page/<int:number>/", files.scan_page, name="page"),
    path("<int:pk>/prendre/", views.take, name="take"),
    path("<int:pk>/laisser/", views.leave, name="leave"),
    path("<int:pk>/ecarter/", views.discard, name="discard"),
    path("<int:pk>/remettre/", views.restore, name="restore"),
]
