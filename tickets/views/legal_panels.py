"""The panels of the law on a ticket: what each asks and which action it calls. `panels` opens and submits them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.guards import agent_required
from directory.models import Agent
from directory.roles import WORK
from tickets import legal_panel_forms as forms
from tickets.actions.legal.decisions import Verdict, decision_record, withdrawal_record
from tickets.actions.legal.pieces import Piece, SentBefore, pieces_ask, pieces_receive
from tickets.actions.legal.requests import attestation_give, reasons_ask, reasons_give
from tickets.actions.legal.transmission import Administration, transmission_receive, transmission_send
from tickets.actions.letters.letters import requester_locate
from tickets.letter_forms import EMAIL
from tickets.models import Ticket
from tickets.views.panel_spec import Panel, panel_run

Data = dict[str, Any]


def _by_email(ticket: Ticket, agent: Agent, data: Data) -> bool:
    """Whether the letter leaves by e-mail; otherwise the address it is posted to is kept."""
    if data["way"] == EMAIL:
        return True
    requester_locate(ticket=ticket, address=data["postal_address"], actor=agent)
    return False


def _pieces_ask(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    before = SentBefore(data["asked_on"]) if data["way"] == forms.BEFORE else None
    by_email = before is None and _by_email(ticket, agent, data)
    pieces = [Piece(name, text) for name, text in data["pieces"]]
    request = pieces_ask(
        ticket=ticket, actor=agent, pieces=pieces, due_on=data["due_on"], now=now, by_email=by_email, sent_before=before
    )
    return request.ticket


def _pieces_receive(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    pieces_receive(ticket=ticket, actor=agent, request=data["request"], received_on=data["received_on"], now=now)
    return ticket


def _transmit(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    to = Administration(data["administration"], data["address"], data["email"])
    transmission_send(ticket=ticket, actor=agent, to=to, now=now, by_email=_by_email(ticket, agent, data))
    return ticket


def _transmitted(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    transmission_receive(
        ticket=ticket,
        actor=agent,
        administration=data["administration"],
        first_received_on=data["first_received_on"],
        received_on=data["received_on"],
        now=now,
    )
    return ticket


def _decide(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    decision_record(ticket=ticket, actor=agent, verdict=Verdict(**data), now=now)
    return ticket


def _withdraw(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    withdrawal_record(ticket=ticket, actor=agent, reasons=data["reasons"], decided_on=data["decided_on"], now=now)
    return ticket


def _attest(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    by_email = _by_email(ticket, agent, data)
    attestation_give(ticket=ticket, actor=agent, now=now, by_email=by_email, asked_on=data["asked_on"])
    return ticket


def _reasons_ask(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    reasons_ask(ticket=ticket, actor=agent, now=now, asked_on=data["asked_on"])
    return ticket


def _reasons_give(ticket: Ticket, agent: Agent, data: Data, now: datetime) -> Ticket:
    by_email = _by_email(ticket, agent, data)
    reasons_give(ticket=ticket, actor=agent, reasons=data["reasons"], now=now, by_email=by_email)
    return ticket


LEGAL_PANELS: dict[str, Panel] = {
    "pieces_ask": Panel(
        right=WORK,
        form=forms.PiecesAskForm,
        title=_("Ask for missing pieces"),
        intro=_(
            "CRPA L114-5: only the pieces that a text in force requires, listed, with a deadline. Acceptance by "
            "silence then waits for the last of them; refusal by silence is suspended until the deadline."
        ),
        submit=_("Ask for these pieces"),
        done=_("The pieces are asked for and the legal delay is counted again."),
        icon="file-question-mark",
        apply=_pieces_ask,
    ),
    "pieces_receive": Panel(
        right=WORK,
        form=forms.PiecesReceiveForm,
        title=_("Pieces received"),
        submit=_("The file is complete"),
        done=_("The pieces are received and the legal delay is counted again."),
        icon="file-check",
        apply=_pieces_receive,
    ),
    "transmit": Panel(
        right=WORK,
        form=forms.TransmitForm,
        title=_("Forward to the competent administration"),
        intro=_(
            "CRPA L114-2: the request is sent to them and the person is told by letter. Our legal delay stops; refusal "
            "by silence still counts from our reception, acceptance from theirs (L114-3)."
        ),
        submit=_("Forward the request"),
        done=_("The request is forwarded and the person is told."),
        icon="forward",
        apply=_transmit,
    ),
    "transmitted": Panel(
        right=WORK,
        form=forms.TransmittedForm,
        title=_("Received from another administration"),
        intro=_("CRPA L114-3: refusal by silence is counted from their reception, acceptance by silence from ours."),
        submit=_("Record"),
        done=_("The first reception is recorded and the legal delay is counted again."),
        icon="building-2",
        apply=_transmitted,
    ),
    "decide": Panel(
        right=WORK,
        form=forms.DecideForm,
        title=_("Record the decision"),
        intro=_(
            "A decision already taken and told. To write it, use the reply or a letter: they record it themselves."
        ),
        submit=_("Record the decision"),
        done=_("The decision is recorded."),
        icon="gavel",
        apply=_decide,
    ),
    "withdraw": Panel(
        right=WORK,
        form=forms.WithdrawForm,
        title=_("Withdraw what was granted"),
        intro=_("CRPA L242-1: only if the decision is illegal, and within four months of it."),
        submit=_("Withdraw the decision"),
        done=_("The withdrawal is recorded: tell the person, with the appeals. The request can be decided again."),
        icon="undo-2",
        apply=_withdraw,
        danger=True,
    ),
    "attest": Panel(
        right=WORK,
        form=forms.AttestForm,
        title=_("Attestation of the implicit acceptance"),
        intro=_("CRPA L232-3: it is owed to the person who asks for it."),
        submit=_("Write the attestation"),
        done=_("The attestation is written."),
        icon="stamp",
        apply=_attest,
    ),
    "reasons_ask": Panel(
        right=WORK,
        form=forms.ReasonsAskForm,
        title=_("The person asks for the reasons"),
        intro=_("CRPA L232-4: asked within the delay of appeal, they are owed within a month."),
        submit=_("Record"),
        done=_("The reasons are owed within a month: their deadline runs."),
        icon="circle-question-mark",
        apply=_reasons_ask,
    ),
    "reasons_give": Panel(
        right=WORK,
        form=forms.ReasonsGiveForm,
        title=_("Give the reasons of the implicit refusal"),
        intro=_("CRPA L232-4: the delay of appeal then runs again, for two months."),
        submit=_("Send the reasons"),
        done=_("The reasons are written."),
        icon="message-square-text",
        apply=_reasons_give,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def panel(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Open or submit one of LEGAL_PANELS. 404 when the ticket is out of sight, 403 without the right."""
    return panel_run(request, reference, name, LEGAL_PANELS[name])
