"""A citizen's text as rules and emergencies read it: French stems, phrases, accents and inflections forgiven. Pure.

A phrase is found when its words come in order in one sentence, with at most `GAP` other words between two of them;
articles, prepositions and the like count neither in the phrase nor in the text, so that « odeur de gaz » meets « une
odeur très forte de gaz ». Where they leave one word (« en feu »), and between quotation marks (« "me tuer" », which is
not « me tue »), every word counts and they follow one another; between quotation marks they are taken as written.
Stems are those of Snowball (M. Porter's algorithm for French).
"""

import re
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from core.text import fold, one_line, words

GAP = 2  # other words between two words of a phrase
LONGEST = 20_000  # characters read of a text
EXCERPT = 80

# Words that say how a sentence is built and not what it is about. No negation is here (« plus envie de vivre »), and no
# object pronoun (« me tuer »).
_EMPTY = """
    a ai as au aux avec c ce ces cet cette d dans de des du elle elles en est et etait etaient eu il ils j je l la le
    les leur leurs ma mes mon n ne nos notre on ont ou par pour qu que qui sa ses si son sont sur ta tes ton toujours
    tout tres trop tu un une vos votre y
"""
EMPTY = frozenset(_EMPTY.split())
_NEGATIONS = frozenset({"pas", "aucun", "aucune", "sans", "jamais", "ni"})
_BETWEEN = EMPTY | {"ete", "senti", "vu", "constate", "remarque"}  # « pas senti d'odeur de gaz »

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[.!?;…]|\n\s*\n")
_CLAUSE = re.compile(r"[,:()\n]")
_QUOTED = re.compile(r"""\s*["«“][^"«»“”]+["»”]\s*""")
_stemmer = snowballstemmer.stemmer("french")
_lock = threading.Lock()  # a stemmer holds the word it works on


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """``word`` (folded: `core.text.fold`) without its inflection: ``brulee``, ``brulent`` → ``brul``.

    A stem that lost nearly the whole word is not trusted (``batiment`` → ``bat``): the plural alone is then forgiven.
    """
    found = _shortened(word)
    if found.endswith("ent") and len(found) > 5:  # « brûlent » keeps its plural
        found = _shortened(found[:-2])
    if len(found) < 4 and len(word) - len(found) > 4:
        return word[:-1] if word[-1] in "sx" else word
    return found


def _shortened(word: str) -> str:
    for _turn in range(3):  # without its accent « brulée » needs two turns
        with _lock:
            shorter = _stemmer.stemWord(word)
        if shorter == word:
            break
        word = shorter
    return str(word)


class Phrase(NamedTuple):
    """What is looked for: stems, or ``=word`` as written. ``is_close``: one right after the other, empty words too."""

    keys: tuple[str, ...]
    is_close: bool


@lru_cache(maxsize=5_000)
def phrase(text: str) -> Phrase:
    """A phrase as it is looked for; without any key when ``text`` holds no word."""
    found = words(text)
    if _QUOTED.fullmatch(text):
        return Phrase(tuple(f"={word}" for word in found), True)
    kept = [word for word in found if word not in EMPTY]
    if len(kept) < 2 <= len(found):  # « en feu » is not any fire
        return Phrase(tuple(stem(word) for word in found), True)
    return Phrase(tuple(stem(word) for word in kept or found), not kept)


@lru_cache(maxsize=5_000)
def meaning(text: str) -> frozenset[str]:
    """The stems of a phrase without its empty words: what two phrases have in common."""
    return frozenset(stem(word) for word in words(text) if word not in EMPTY)


class Found(NamedTuple):
    """Where a phrase stands. ``said``: its words as they were written; ``start``, ``end``: in characters of
    `Text.raw`; ``sentence``: the number of its sentence."""

    said: str
    start: int
    end: int
    sentence: int

    def overlaps(self, other: "Found") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class _Token:
    stem: str
    word: str
    start: int
    end: int
    sentence: int
    clause: int


class Text:
    """An indexed text. Built once a ticket, asked hundreds of phrases."""

    def __init__(self, *parts: str) -> None:
        self.raw = "\n\n".join(part for part in parts if part)[:LONGEST]
        self._all = list(_tokens(self.raw))
        self._kept = [token for token in self._all if token.word not in EMPTY]
        self._places, self._close = _places(self._kept), _places(self._all)

    def find(self, wanted: str) -> str:
        """The words of the text that say the phrase ``wanted``, as they were written; empty when it is not there."""
        return next((found.said for found in self.places(wanted)), "")

    def places(self, wanted: str, *, affirmed: bool = False) -> Iterator[Found]:
        """Everywhere the phrase ``wanted`` is said, in order.

        ``affirmed``: not where a negation stands right before it (« aucune odeur de gaz »).
        """
        keys, is_close = phrase(wanted)
        if not keys:
            return
        tokens, places, gap = (self._all, self._close, 0) if is_close else (self._kept, self._places, GAP)
        for first in places.get(keys[0], ()):
            last = _follow(tokens, places, first, keys, gap)
            if last is None or (affirmed and self._is_denied(tokens[first])):
                continue
            start, end = tokens[first].start, tokens[last].end
            yield Found(one_line(self.raw[start:end], EXCERPT), start, end, tokens[first].sentence)

    def find_all(self, wanted: Iterable[str]) -> list[str]:
        """What was found of each phrase, without those that are not there, each once."""
        return list(dict.fromkeys(found for each in wanted if (found := self.find(each))))

    def _is_denied(self, token: _Token) -> bool:
        index = bisect_right(self._all, token.start, key=lambda each: each.start) - 2
        while index >= 0 and self._all[index].clause == token.clause:
            word = self._all[index].word
            if word in _NEGATIONS:
                return True
            if word == "plus":  # « plus d'odeur de gaz », not « au plus vite, odeur de gaz »
                return self._all[index + 1].word in {"de", "d", "aucun", "aucune"}
            if word not in _BETWEEN:
                return False
            index -= 1
        return False


def _tokens(raw: str) -> Iterable[_Token]:
    sentence = clause = end = 0
    for match in _WORD.finditer(raw):
        between = raw[end : match.start()]
        if _SENTENCE.search(between):
            sentence, clause = sentence + 1, clause + 1
        elif _CLAUSE.search(between) or match[0].lower() == "mais":  # a hard-wrapped line ends a clause, no sentence
            clause += 1
        end = match.end()
        word = "".join(words(match[0]))
        if word:
            yield _Token(stem(word), word, match.start(), end, sentence, clause)


def _places(tokens: list[_Token]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for index, token in enumerate(tokens):
        places[token.stem].append(index)
        places[f"={token.word}"].append(index)
    return places


def _follow(
    tokens: list[_Token], places: dict[str, list[int]], first: int, keys: tuple[str, ...], gap: int
) -> int | None:
    """The index of the last word of a phrase that begins at ``first``; None when its words do not follow."""
    here = first
    for key in keys[1:]:
        known = places.get(key, [])
        at = bisect_right(known, here)
        if at == len(known) or known[at] - here > gap + 1 or tokens[known[at]].sentence != tokens[first].sentence:
            return None
        here = known[at]
    return here


def same(first: str, second: str) -> bool:
    """Whether two answers or places read alike: case, accents and spaces apart."""
    return fold(first) == fold(second)
