from django.urls import path

from channels_intake.web_form import views as form
from portal.views import pages, tracking

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("questions/", pages.articles, name="articles"),
    path("questions/<int:pk>/", pages.article, name="article"),
    path("questions/<int:pk>/utile/", pages.helped, name="helped"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("mentions-legales/", pages.legal, name="legal"),
    path("demande/", form.choose, name="request"),
    path("demande/etape/reponses/", form.suggestions, name="suggestions"),
    path("demande/etape/coordonnees/", form.contact, name="request_contact"),
    path("demande/etape/verification/", form.check, name="request_check"),
    path("demande/etape/abandon/", form.forget, name="request_forget"),
    path("demande/recue/<str:reference>/", form.receipt, name="receipt"),
    path("demande/<slug:code>/", form.details, name="request_type"),
    path("suivi/", tracking.track, name="track"),
    path("suivi/lien/<str:token>/", tracking.track_open, name="track_open"),
    path("suivi/<str:reference>/", tracking.ticket, name="ticket"),
    path("suivi/<str:reference>/message/", tracking.message, name="message"),
    path("suivi/<str:reference>/attestation/", tracking.attestation, name="attestation"),
    path("suivi/<str:reference>/motifs/", tracking.reasons, name="reasons"),
    path("suivi/<str:reference>/fermer/", tracking.leave, name="leave"),
    path("suivi/<str:reference>/pieces/<int:pk>/", tracking.attachment, name="attachment"),
    path("suivi/<str:reference>/courriers/<int:pk>/", tracking.letter, name="letter"),
]
