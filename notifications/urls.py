from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.outgoing, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/pieces/<int:file_pk>/", views.attachment, name="attachment"),
    path("<int:pk>/renvoyer/", views.retry, name="retry"),
]
