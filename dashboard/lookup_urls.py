from django.urls import path

from dashboard import lookup_views

app_name = "lookup"
urlpatterns = [
    path("", lookup_views.lookup, name="lookup"),
    path("journal/", lookup_views.lookup_log_page, name="log"),
]
