"""What the words of a header mean, in five languages: words.csv says which words have which meaning."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise, product
from pathlib import Path

ROOM = Path(__file__).parent
# ruff: noqa: RUF001
UNITS = (  # spellings of a unit, and the word that stands for it
    (r"[x×*]?\s*(10\s*(\^|\*\*|e)?\s*|1?e)6\s*(car|t|cells|zellen|cellules|celulas|[\s+-])*[\s/]*kg", " milperkg "),
    (
        r"\b(mio|million|millions|millionen|millones|百万)\.?\s*(car|t|cells|zellen|cellules|celulas|[\s+-])*(/|per)\s*kg",
        " milperkg ",
    ),
    (r"/\s*kg\s*\(?\s*[x×*]?\s*10\s*(\^|\*\*|e)?\s*6\s*\)?", " milperkg "),
    (r"[x×*]?\s*10\s*(\^|\*\*|e)?\s*9\s*/\s*l\b|\bg(pt)?\s*/\s*l\b(?=\W*$)|/\s*nl\b|\bk\s*/\s*[uµμ]l\b", " gperl "),
    (r"\bg\s*/\s*dl\b", " gperdl "),
    (r"[%％]", " percent "),
    (r"\b(y|yes)\s*/\s*(n|no)\b|\b(j|ja)\s*/\s*(n|nein)\b|\b(o|oui)\s*/\s*(n|non)\b|\b(s|si)\s*/\s*(n|no)\b", " yn "),
    (r"是\s*/\s*否|有\s*/\s*无|\b0\s*/\s*1\b|\b1\s*/\s*0\b|\bno\s*/\s*(yes|si)\b|\bn\s*/\s*y\b", " yn "),
    (r"\(?\b[0-5]\s*[-–]\s*[3-5]\b\)?", " scale "),
    (r"#|№|\bn[°º]", " number "),
    (r"\b[dl]['’]", " "),
)
CODE = re.compile(r"([^\W_]{1,12})\s*=\s*([^\W_][^,;/|()=:]*?)\s*(?=[,;/|():]|\s+[^\W_]{1,12}\s*=|$)")
RUN = re.compile(r"[a-z]+|\d+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
SHORT = {"os", "of", "dt", "ld", "fu", "yn", "bm", "cr"}  # words of two letters that compounds are made of
INFUSIONS = {"cart", "infusion", "cells"}
PREVIOUS = {
    "prior",
    "previous",
    "prev",
    "earlier",
    "vorherige",
    "vorheriger",
    "fruhere",
    "precedente",
    "previa",
    "previo",
}
PARTS, READINGS = 4, 24


@dataclass(frozen=True)
class Header:
    """A header's words with their meanings ("" for a word that is not known), and the codes that it explains."""

    words: tuple[tuple[str, str], ...]  # the word as in the header, its meaning
    codes: tuple[tuple[str, str], ...] = ()

    @property
    def meanings(self) -> frozenset[str]:
        """The known meanings; one word may have two ("last contact")."""
        return frozenset(part for _, meaning in self.words for part in meaning.split())

    @property
    def legend(self) -> dict[str, str]:
        """The word of each code that the header explains."""
        return dict(self.codes)

    def words_for(self, meanings: frozenset[str]) -> tuple[str, ...]:
        """The words that have some of these meanings."""
        return tuple(word for word, meaning in self.words if meanings & {*meaning.split()})

    @property
    def unknown(self) -> list[str]:
        """The words that are not known."""
        return [word for word, meaning in self.words if not meaning]


@lru_cache(4096)
def readings(header: str) -> list[Header]:
    """What a header may mean: more than one where a word has several meanings."""
    text, codes = _without_codes(unicodedata.normalize("NFKC", header))
    chosen = [[(word, meaning) for meaning in meanings] for word, meanings in _words(_split(text))]
    return [Header(_earlier(words), codes) for words in islice(product(*chosen), READINGS)]


def _earlier(words: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The words, where the first or a previous infusion is another than that of time zero."""
    made = list(words)
    for at, ((word, meaning), (_, following)) in enumerate(pairwise(words)):
        if following in INFUSIONS and (meaning == "first" or word in PREVIOUS):
            made[at] = (word, "first_infusion")
    return tuple(made)


def _without_codes(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A header without its legend of codes ("1 = male, 2 = female"), and that legend as code and word."""
    found = CODE.findall(text)
    if len(found) < 2:
        return text, ()
    swapped = all(right.strip().isdigit() and not left.isdigit() for left, right in found)
    pairs = [(right.strip(), left) if swapped else (left, right.strip()) for left, right in found]
    return CODE.sub(" ", text), tuple(pairs)


def _split(text: str) -> list[str]:
    """The words of a text in lower case without accents: apart at signs, capitals, digits; compounds in their parts."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).casefold().replace("œ", "oe")
    plain = plain.replace("_", " ")
    for pattern, word in UNITS:
        plain = re.sub(pattern, word, plain)
    return RUN.findall(plain)


def _words(parts: list[str]) -> list[tuple[str, list[str]]]:
    """The words or sequences of words, longest first, each with its meanings."""
    known, place, found = vocabulary(), 0, []
    parts = [piece for part in parts for piece in _pieces(part)]
    while place < len(parts):
        length = next((size for size in range(6, 0, -1) if tuple(parts[place : place + size]) in known), 1)
        key = tuple(parts[place : place + length])
        found += [(" ".join(key), [""])] if key not in known else [(" ".join(key), list(known[key]))]
        place += length
    return [(word, meanings) for word, meanings in found]


@cache
def vocabulary() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The meanings of each word or sequence of words, as `_split` gives them."""
    known: dict[tuple[str, ...], dict[str, None]] = {}
    with (ROOM / "words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            meaning = row.pop("meaning")
            for word in (word for cell in row.values() for word in cell.split("|") if word):
                known.setdefault(tuple(_split(word)), {})[meaning] = None
    units = {word.strip() for _, word in UNITS if word.strip()}
    return {(unit,): (unit,) for unit in units} | {key: tuple(meanings) for key, meanings in known.items()}


@cache
def _names() -> frozenset[tuple[str, ...]]:
    """The names of variables in data sets of a standard, which mean the same whatever their label."""
    with (ROOM / "words.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(
            tuple(_split(name)) for row in csv.DictReader(file) for name in row["names"].split("|") if name
        )


def is_standard_name(header: str) -> bool:
    """True for the name of a variable in ADaM or in data sets of the CIBMTR."""
    return tuple(_split(header)) in _names()


@cache
def _singles() -> dict[str, str]:
    """Words that compounds are made of, by their spelling there: whole, or without their ending."""
    singles = [key[0] for key in vocabulary() if len(key) == 1]
    whole = {word: word for word in singles if len(word) > 2 or word in SHORT or not word.isascii()}
    return {_stem(word): word for word in whole if len(_stem(word)) > 3} | whole


@cache
def _in_sequences() -> frozenset[str]:
    """The words that stand in sequences only ("system organ class")."""
    return frozenset(word for key in vocabulary() for word in key)


def _stem(word: str) -> str:
    return re.sub(r"(en|es|er|s|e|n)\Z", "", word)


@cache
def _pieces(part: str) -> list[str]:
    """A word as it is when it is known, in another ending, or the known words that it is made of."""
    singles = _singles()
    if part in _in_sequences() or part.isdigit():
        return [part]
    if _stem(part) in singles:
        return [singles[_stem(part)]]
    made = next((made for size in range(2, PARTS + 1) for made in _compounds(part, size)), None)
    if made or part.isascii():
        return made or [part]
    return _chinese(part)


def _compounds(part: str, size: int) -> Iterator[list[str]]:
    """The ways to make a word of as many known ones, with German letters between them."""
    singles = _singles()
    if size == 1:
        if part in singles or _stem(part) in singles:
            yield [singles[part] if part in singles else singles[_stem(part)]]
        return
    for end in range(len(part) - 1, 0, -1):
        if part[:end] in singles:
            for link in ("", "s", "es", "n") if part.isascii() else ("",):
                if part[end:].startswith(link):
                    for rest in _compounds(part[end + len(link) :], size - 1):
                        yield [singles[part[:end]], *rest]


def _chinese(part: str) -> list[str]:
    """The longest known words from the left; signs between them stay as words that are not known."""
    for end in range(len(part), 0, -1):
        if part[:end] in _singles():
            return [part[:end], *(_chinese(part[end:]) if part[end:] else [])]
    return [part[0], *(_chinese(part[1:]) if part[1:] else [])]
