"""The addresses of presence, absences and suggestions."""

from django.urls import path

from tickets.views import absences, suggestions

urlpatterns = [
    path("moi/", absences.me, name="me"),
    path("moi/disponibilite/", absences.availability, name="availability"),
    path("absences/", absences.team, name="absences"),
    path("absences/<int:pk>/terminer/", absences.end, name="absence_end"),
    path("demandes/<str:reference>/suggestion/accepter/", suggestions.accept, name="suggestion_accept"),
    path("demandes/<str:reference>/suggestion/ecarter/", suggestions.dismiss, name="suggestion_dismiss"),
]
