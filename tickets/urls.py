from django.urls import path

from tickets.views import (
    attachments,
    conversation,
    legal_calculator,
    legal_panels,
    letters,
    lists,
    mentions,
    panels,
    processing,
    start,
    ticket,
)

app_name = "tickets"
urlpatterns = [
    path("", start.start, name="start"),
    path("demandes/", lists.queue, name="queue"),
    path("demandes/file/<slug:key>/", lists.queue, name="queue"),
    path("recherche/", lists.search, name="search"),
    path("pieces/<int:pk>/", attachments.attachment, name="attachment"),
    path("courriers/<int:pk>/", letters.letter, name="letter"),
    path("courriers/<int:pk>/poste/", letters.posted, name="letter_posted"),
    path("mentions-manquantes/", mentions.mentions, name="missing_mentions"),
    path("mentions-manquantes/envoyer/", mentions.send_waiting, name="receipts_send"),
    path("calculateur-de-delais/", legal_calculator.legal_calculator, name="legal_calculator"),
    path("demandes/<str:reference>/", ticket.detail, name="detail"),
    path("demandes/<str:reference>/repondre/", conversation.reply, name="reply"),
    path("demandes/<str:reference>/noter/", conversation.note, name="note"),
    path("demandes/<str:reference>/courrier/", letters.write, name="letter_write"),
    path("demandes/<str:reference>/accuse/", letters.send_receipt, name="receipt_send"),
    path("demandes/<str:reference>/prendre/", processing.take, name="take"),
    path("demandes/<str:reference>/liberer/", processing.release, name="release"),
    path("demandes/<str:reference>/attendre/", processing.wait, name="wait"),
    path("demandes/<str:reference>/reprendre/", processing.resume, name="resume"),
    path("demandes/<str:reference>/rouvrir/", processing.reopen, name="reopen"),
    path("demandes/<str:reference>/confier/", panels.panel, {"name": "assign"}, name="assign"),
    path("demandes/<str:reference>/transferer/", panels.panel, {"name": "transfer"}, name="transfer"),
    path("demandes/<str:reference>/classer/", panels.panel, {"name": "classify"}, name="classify"),
    path("demandes/<str:reference>/priorite/", panels.panel, {"name": "prioritise"}, name="prioritise"),
    path("demandes/<str:reference>/rappel/", panels.panel, {"name": "callback"}, name="callback"),
    path("demandes/<str:reference>/rappel/fait/", panels.panel, {"name": "callback_done"}, name="callback_done"),
    path("demandes/<str:reference>/pause/", panels.panel, {"name": "pause"}, name="pause"),
    path("demandes/<str:reference>/cloturer/", panels.panel, {"name": "close"}, name="close"),
    path("demandes/<str:reference>/annuler/", panels.panel, {"name": "cancel"}, name="cancel"),
]

_LEGAL = {
    "pieces/demander": "pieces_ask",
    "pieces/recues": "pieces_receive",
    "transmettre": "transmit",
    "premiere-reception": "transmitted",
    "decision": "decide",
    "retrait": "withdraw",
    "attestation": "attest",
    "motifs/demandes": "reasons_ask",
    "motifs": "reasons_give",
}
urlpatterns += [
    path(f"demandes/<str:reference>/loi/{address}/", legal_panels.panel, {"name": name}, name=name)
    for address, name in _LEGAL.items()
]
