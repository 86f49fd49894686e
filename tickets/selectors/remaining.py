"""What would be left undone behind a ticket that is closed."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.enums import DeadlineKind, DeadlineState
from tickets.models import Letter, Ticket
from tickets.selectors.collaboration import tasks_open_on
from tickets.selectors.composing import planned_on


def what_remains(ticket: Ticket) -> list[str]:
    """Tasks of other services, a planned reply, letters to post, a callback: a few words each, in the active language.

    At most four queries; none where the page of the ticket knows already that there is nothing.
    """
    found = []
    known = {name: getattr(ticket, name, None) for name in ("open_tasks", "letters_to_post")}  # by `page_file_read`
    tasks = tasks_open_on(ticket) if known["open_tasks"] is None else known["open_tasks"]
    if tasks:
        found.append(ngettext("%(n)d task asked of a service", "%(n)d tasks asked of services", tasks) % {"n": tasks})
    planned = planned_on(ticket).filter(refusal="").order_by("send_at").first()
    if planned is not None:
        day = date_format(localtime(planned.send_at), "j F")
        found.append(_("a reply planned for %(day)s") % {"day": day})
    letters = known["letters_to_post"]
    if letters is None:
        letters = Letter.objects.filter(ticket=ticket, sent_at=None).count()
    if letters:
        found.append(ngettext("%(n)d letter to post", "%(n)d letters to post", letters) % {"n": letters})
    running = (DeadlineState.RUNNING, DeadlineState.PAUSED)
    if any(clock.kind == DeadlineKind.CALLBACK and clock.state in running for clock in ticket.deadlines.all()):
        found.append(_("a callback that was promised"))
    return found


def remains_sentence(found: list[str]) -> str:
    return _("Still to be done: %(list)s.") % {"list": "\u202f; ".join(found)}
