from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

app_name = "portal"


def _later(request: HttpRequest, **_: object) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("", _later, name="home"),
    path("demande/", _later, name="request"),
    path("demande/coordonnees/", _later, name="request_contact"),
    path("demande/verification/", _later, name="request_check"),
    path("demande/recue/<str:reference>/", _later, name="receipt"),
    path("demande/<slug:code>/", _later, name="request_type"),
    path("suivi/", _later, name="track"),
    path("suivi/lien/<str:token>/", _later, name="track_open"),
    path("suivi/<str:reference>/", _later, name="ticket"),
    path("suivi/<str:reference>/message/", _later, name="message"),
    path("suivi/<str:reference>/pieces/<int:pk>/", _later, name="attachment"),
    path("questions/", _later, name="articles"),
    path("questions/<int:pk>/", _later, name="article"),
    path("accessibilite/", _later, name="accessibility"),
    path("mentions-legales/", _later, name="legal"),
]
