"""``/api/v1/``: the room of the API channel is above ``tickets`` and composes its views with the way in."""

from django.urls import path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from channels_intake.api import views
from channels_intake.phone.api import CallEvents
from tickets.api.views import MessageList, TicketDetail

app_name = "api"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api:docs"), name="root"),
    path("tickets/", views.TicketIntake.as_view(), name="ticket-list"),
    path("tickets/<str:reference>/", TicketDetail.as_view(), name="ticket-detail"),
    path("tickets/<str:reference>/messages/", MessageList.as_view(), name="message-list"),
    path("calls/", CallEvents.as_view(), name="calls"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", views.Documentation.as_view(), name="docs"),
]
