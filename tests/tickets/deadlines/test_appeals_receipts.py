"""Domain §1: what follows a decision, and the receipts of electronic requests."""

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.deadlines.appeals import Residence, appeal_last_day, next_working_day, reasons_due, withdrawal_last_day
from tickets.deadlines.calendars import is_working_day
from tickets.deadlines.receipts import notified_on, open_until, receipt_due, registration_due

day = date.fromisoformat
ALSACE_GOOD_FRIDAY = day("2026-04-03")


@pytest.mark.parametrize(
    ("notified", "residence", "last"),
    [
        ("2026-08-31", "metropole", "2026-11-02"),  # franc: 1 November, a Sunday and a public holiday
        ("2026-03-13", "metropole", "2026-05-15"),  # 14 May 2026 is Ascension Day
        ("2026-11-02", "metropole", "2027-01-04"),  # franc: Sunday 3 January
        ("2026-12-31", "metropole", "2027-03-01"),  # quantième: 28 February, the franc day is 1 March
        ("2026-03-16", "metropole", "2026-05-18"),  # a Sunday
        ("2026-08-31", "overseas", "2026-12-01"),
        ("2026-08-31", "abroad", "2027-01-04"),  # franc: 1 January, a Friday, then the weekend
    ],
)
def test_appeals_are_francs_and_end_on_a_working_day(notified: str, residence: str, last: str) -> None:
    assert appeal_last_day(day(notified), residence=Residence(residence)) == day(last)


def test_local_holidays_move_an_appeal() -> None:
    notified = day("2026-02-02")
    assert appeal_last_day(notified) == ALSACE_GOOD_FRIDAY
    local = appeal_last_day(notified, working=partial(is_working_day, region="alsace-moselle"))
    assert local == day("2026-04-07")  # after Easter Monday


@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)))
def test_the_next_working_day_is_the_first_one_from_that_day_on(start: date) -> None:
    found = next_working_day(start)
    assert is_working_day(found)
    assert [one for one in range(start.toordinal(), found.toordinal()) if is_working_day(date.fromordinal(one))] == []


@pytest.mark.parametrize(
    ("received", "registration", "receipt"),
    [
        ("2026-09-05", "2026-09-07", "2026-09-18"),  # a Saturday, at 22:40: the hour does not matter
        ("2026-12-24", "2026-12-28", "2027-01-11"),
        ("2026-09-07", "2026-09-08", "2026-09-21"),
    ],
)
def test_receipts_of_an_electronic_request(received: str, registration: str, receipt: str) -> None:
    assert registration_due(day(received)) == day(registration)
    assert receipt_due(day(received)) == day(receipt)


def test_receipts_follow_the_holidays_of_the_place() -> None:
    thursday, alsace = day("2026-04-02"), partial(is_working_day, region="alsace-moselle")
    assert registration_due(thursday) == ALSACE_GOOD_FRIDAY
    assert registration_due(thursday, working=alsace) == day("2026-04-07")
    assert (receipt_due(thursday), receipt_due(thursday, working=alsace)) == (day("2026-04-17"), day("2026-04-20"))


@pytest.mark.parametrize(
    ("opened", "notified"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026-09-16", "2026-09-16"),  # the fifteenth day
        ("2026-09-17", "2026-09-01"),
        (None, "2026-09-01"),
    ],
)
def test_an_electronic_notification_unopened_counts_from_the_day_it_was_made(opened: str | None, notified: str) -> None:
    available = day("2026-09-01")
    assert open_until(available) == day("2026-09-16")
    assert notified_on(available, day(opened) if opened else None) == day(notified)


def test_a_notification_cannot_be_opened_before_it_exists() -> None:
    with pytest.raises(ValueError, match="opened"):
        notified_on(day("2026-09-01"), day("2026-08-31"))


def test_reasons_and_withdrawal() -> None:
    assert reasons_due(day("2026-01-31")) == day("2026-02-28")
    assert withdrawal_last_day(day("2026-10-31")) == day("2027-02-28")
