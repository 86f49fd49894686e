"""Learning the routing from the town's tickets: asked as a row, done by a process of its own, bounded in time and in
memory.

That process ends with its work: no worker keeps the memory that scikit-learn takes.
"""

import contextlib
import logging
import os
import resource
import signal
import subprocess
import sys
from bisect import bisect_left
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict
from core.jobs import enqueue
from core.text import one_line
from directory.models import Agent
from tickets.models import RoutingModel, RoutingTraining
from tickets.routing import learned
from tickets.routing.training import LEAST_TICKETS, Former, Learned, TooFew, learn
from tickets.selectors.learning import catalogue_keywords, names_among, samples_recent

logger = logging.getLogger(__name__)
SECONDS = 10 * 60
MEGABYTES = 3_000  # of address space; what is really used is a tenth of it
DEAD = timedelta(minutes=12)  # without a sign of life
KEPT, KEPT_FIGURES = 5, 100  # latest versions whose bytes are kept; whose figures are


def training_ask(*, actor: Agent | None, now: datetime, tell: bool = True) -> RoutingTraining:
    """Have the routing learned anew, in the background unless ``tell`` is false: whoever asks then runs it. Raises
    `Conflict` while it is being learned."""
    dead = Q(worked_at__lt=now - DEAD) | Q(worked_at__isnull=True, asked_at__lt=now - DEAD)
    RoutingTraining.objects.filter(dead, finished_at__isnull=True).update(
        finished_at=now, error=_("The process that learned was stopped.")
    )
    try:
        with transaction.atomic():
            training = RoutingTraining.objects.create(asked_by=actor, asked_at=now)
    except IntegrityError as error:
        raise Conflict(_("The routing is being learned already."), code="already_learning") from error
    if tell:
        enqueue("tickets.learn_routing", training.pk)
    return training


def trainings_unstarted() -> list[int]:
    """The ids of those that no process took: the broker was down when they were asked."""
    waiting = RoutingTraining.objects.filter(finished_at__isnull=True, worked_at__isnull=True)
    return list(waiting.values_list("pk", flat=True))


def training_spawn(*, training_id: int) -> None:
    """Run a training in a process of its own and wait for its end; nothing when a process has taken it. A process that
    dies leaves its reason in the row."""
    if training_id not in trainings_unstarted():
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "learn_routing", "--training", str(training_id)]
    try:
        # the arguments are ours: no shell, nothing that was typed
        done = subprocess.run(  # noqa: S603
            command, timeout=SECONDS, check=False, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        _failed(training_id, _("It took more than %(minutes)d minutes.") % {"minutes": SECONDS // 60})
        return
    if done.returncode:
        logger.error("The training %s ended with code %s: %s", training_id, done.returncode, done.stderr[-2000:])
        _failed(training_id, _("The process that learned was stopped."))


def _failed(training_id: int, why: str) -> None:
    RoutingTraining.objects.filter(pk=training_id, finished_at__isnull=True).update(
        finished_at=timezone.now(), error=why
    )


def bounds_set() -> None:
    """Let this process have MEGABYTES, SECONDS and one thread at most: past them, learning fails instead of the
    machine. Called before anything imports numpy, whose library makes its threads then."""
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    signal.alarm(SECONDS)
    with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, MEGABYTES * 2**20))
    with contextlib.suppress(OSError):
        os.nice(10)


def training_run(*, training_id: int, now: datetime) -> RoutingModel | None:
    """Learn now, in this process. None when there is nothing to learn from, or when another process has this training.

    The version made is used from then on unless it does worse than the one in use on tickets that neither was shown;
    the first one, unless it does worse than the keywords.
    """
    taken = RoutingTraining.objects.filter(pk=training_id, finished_at__isnull=True, worked_at__isnull=True)
    if not taken.update(worked_at=now, step="reading"):
        return None

    def progress(step: str, percent: int) -> None:
        RoutingTraining.objects.filter(pk=training_id).update(step=step, percent=percent, worked_at=timezone.now())

    try:
        samples, moments = samples_recent()
        current = RoutingModel.objects.filter(is_current=True).first()
        former = _former(current, moments)
        found = learn(samples, catalogue_keywords(), names=names_among, former=former, progress=progress)
    except TooFew as few:
        why = _("Not enough requests yet: %(found)d, and at least %(least)d are needed, of several types.")
        _failed(training_id, why % {"found": few.found, "least": LEAST_TICKETS})
        return None
    except MemoryError:
        _failed(training_id, _("It needed more than %(size)d MB of memory.") % {"size": MEGABYTES})
        return None
    except Exception as error:
        _failed(training_id, one_line(f"{type(error).__name__}: {error}", 300))
        raise
    cut = found.report["learned_from"]
    return _keep(training_id, found, samples=len(samples), until=moments[cut], now=timezone.now())


def _former(current: RoutingModel | None, moments: list[datetime]) -> Former | None:
    if current is None or current.judged_until is None:
        return None
    try:
        return Former(learned.unpack(bytes(current.judged)), bisect_left(moments, current.judged_until))
    except ValueError:  # of another time: nothing to compare with
        return None


@transaction.atomic
def _keep(training_id: int, found: Learned, *, samples: int, until: datetime, now: datetime) -> RoutingModel:
    """Store a version with its figures, use it when it is not worse, and forget the bytes of the old ones."""
    if found.is_better:
        RoutingModel.objects.filter(is_current=True).update(is_current=False)
    model = RoutingModel.objects.create(
        trained_at=now,
        samples=samples,
        weights=learned.pack(found.weights),
        judged=learned.pack(found.judged),
        judged_until=until,
        report=found.report | {"is_better": found.is_better},
        is_current=found.is_better,
    )
    old = RoutingModel.objects.filter(is_current=False)
    old.filter(pk__in=list(old.order_by("-id").values_list("pk", flat=True)[KEPT:])).update(weights=b"", judged=b"")
    old.filter(pk__in=list(old.order_by("-id").values_list("pk", flat=True)[KEPT_FIGURES:])).delete()
    RoutingTraining.objects.filter(pk=training_id).update(
        finished_at=now,
        step="done",
        percent=100,
        model=model,
        megabytes=_peak_megabytes(),
    )
    RoutingTraining.objects.filter(asked_at__lt=now - timedelta(days=90), finished_at__isnull=False).delete()
    return model


@transaction.atomic
def model_use(*, model: RoutingModel) -> None:
    """Go back to a version whose bytes are still there. Raises `Conflict` when they are not."""
    model = RoutingModel.objects.select_for_update(of=("self",), no_key=True).get(pk=model.pk)
    if not model.weights:
        raise Conflict(_("This version is too old: only its figures are kept."), code="version_forgotten")
    RoutingModel.objects.filter(is_current=True).update(is_current=False)
    model.is_current = True
    model.save(update_fields=["is_current"])


def _peak_megabytes() -> int:
    """The most memory this program had. Linux's ``ru_maxrss`` keeps what the process it was started from had."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024
