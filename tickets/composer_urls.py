"""The addresses of the composer and of what surrounds it."""

from django.urls import path

from tickets.views import conversation, draft_files, drafts, planned, presence, reply_preview, reply_templates

_TICKET = "demandes/<str:reference>/"

urlpatterns = [
    path(f"{_TICKET}repondre/", conversation.reply, name="reply"),
    path(f"{_TICKET}repondre/apercu/", reply_preview.preview, name="reply_preview"),
    path(f"{_TICKET}repondre/apercu.html", reply_preview.preview_html, name="reply_preview_html"),
    path(f"{_TICKET}repondu-par-telephone/", conversation.phone, name="phone_answer"),
    path(f"{_TICKET}noter/", conversation.note, name="note"),
    path(f"{_TICKET}brouillon/", drafts.save, name="draft_save"),
    path(f"{_TICKET}brouillon/effacer/", drafts.discard, name="draft_discard"),
    path(f"{_TICKET}brouillon/fichiers/", draft_files.draft_files, name="draft_files"),
    path(f"{_TICKET}presence/", presence.presence, name="presence"),
    path(f"{_TICKET}modeles/", reply_templates.pick, name="template_pick"),
    path("brouillons/", drafts.mine, name="drafts"),
    path("reponses-programmees/<int:pk>/<slug:do>/", planned.planned, name="planned"),
    path("modeles-de-reponse/", reply_templates.templates, name="templates"),
    path("modeles-de-reponse/nouveau/", reply_templates.new, name="template_new"),
    path("modeles-de-reponse/<int:pk>/modifier/", reply_templates.edit, name="template_edit"),
    path("modeles-de-reponse/<int:pk>/ranger/", reply_templates.retire, name="template_retire"),
]
