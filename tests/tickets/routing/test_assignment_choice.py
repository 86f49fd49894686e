"""Who gets a new ticket, among those who are there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.routing.assignment import LEAST_LOADED, ROUND_ROBIN, Candidate, choose

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def one(pk, **fields):
    return Candidate(agent_id=pk, **fields)


@pytest.mark.parametrize("mode", [ROUND_ROBIN, LEAST_LOADED])
def test_nobody_present_means_nobody(mode):
    assert choose(mode, []) is None


def test_by_hand_means_nobody():
    assert choose("manual", [one(1)]) is None


@pytest.mark.parametrize(
    ("mode", "candidates", "type_id", "language", "expected"),
    [
        # in turn: who never had one, then who had one longest ago, then the lower number
        (ROUND_ROBIN, [one(1, last_assigned_at=NOON), one(2)], None, "", 2),
        (ROUND_ROBIN, [one(1, last_assigned_at=NOON), one(2, last_assigned_at=NOON - timedelta(1))], None, "", 2),
        (ROUND_ROBIN, [one(2), one(1)], None, "", 1),
        (ROUND_ROBIN, [one(1, open_tickets=9), one(2, last_assigned_at=NOON)], None, "", 1),  # loads do not count
        # least loaded, then in turn
        (LEAST_LOADED, [one(1, open_tickets=3), one(2, open_tickets=2, last_assigned_at=NOON)], None, "", 2),
        (LEAST_LOADED, [one(1, last_assigned_at=NOON), one(2)], None, "", 2),
        # the skill first, then no skill in particular, then another's skill
        (ROUND_ROBIN, [one(1), one(2, skills=frozenset({7}), last_assigned_at=NOON)], 7, "", 2),
        (LEAST_LOADED, [one(1), one(2, skills=frozenset({7}), open_tickets=50)], 7, "", 2),
        (ROUND_ROBIN, [one(1, skills=frozenset({8})), one(2, last_assigned_at=NOON)], 7, "", 2),
        (ROUND_ROBIN, [one(1, skills=frozenset({8}))], 7, "", 1),  # better a colleague than nobody
        (ROUND_ROBIN, [one(1, skills=frozenset({8})), one(2)], None, "", 2),  # a ticket without a type
        # the language before the skill: without it nobody understands anybody
        (ROUND_ROBIN, [one(1, skills=frozenset({7})), one(2, languages=frozenset({"ar"}))], 7, "ar", 2),
        (ROUND_ROBIN, [one(1, skills=frozenset({7})), one(2)], 7, "ar", 1),  # nobody speaks it
        (ROUND_ROBIN, [one(1, last_assigned_at=NOON), one(2, languages=frozenset({"ar"}))], None, "", 2),
    ],
)
def test_the_order(mode, candidates, type_id, language, expected):
    chosen = choose(mode, candidates, type_id=type_id, language=language)
    assert chosen is not None
    assert chosen.agent_id == expected


_candidates = st.lists(
    st.builds(
        Candidate,
        agent_id=st.integers(1, 1000),
        skills=st.frozensets(st.integers(1, 4)),
        languages=st.frozensets(st.sampled_from(["ar", "en", "tr"])),
        open_tickets=st.integers(0, 20),
        last_assigned_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each.agent_id,
)


@given(_candidates, st.sampled_from([ROUND_ROBIN, LEAST_LOADED]), st.none() | st.integers(1, 4), st.data())
def test_the_order_of_the_list_does_not_matter(candidates, mode, type_id, data):
    language = data.draw(st.sampled_from(["", "ar", "pt"]))
    shuffled = data.draw(st.permutations(candidates))
    chosen = choose(mode, candidates, type_id=type_id, language=language)
    assert chosen in candidates
    assert chosen == choose(mode, shuffled, type_id=type_id, language=language)


@given(st.integers(1, 6), st.integers(1, 40))
def test_turns_are_even(agents, tickets):
    """Whatever the number of tickets, nobody has had two more than anybody else."""
    last = dict.fromkeys(range(1, agents + 1))
    given_to = dict.fromkeys(last, 0)
    for number in range(tickets):
        chosen = choose(ROUND_ROBIN, [one(pk, last_assigned_at=at) for pk, at in last.items()])
        assert chosen is not None
        last[chosen.agent_id] = NOON + timedelta(seconds=number)
        given_to[chosen.agent_id] += 1
    assert max(given_to.values()) - min(given_to.values()) <= 1
