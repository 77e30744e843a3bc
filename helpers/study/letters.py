"""Letters that are not what they seem: spellings of one text, and letters of other alphabets that look Latin."""

import re
import unicodedata
from collections.abc import Iterable

# Cyrillic and Greek letters that are drawn as Latin ones, as Unicode's list of confusables has them (UTS 39).
LATIN = dict(zip("АВЕЅІЈКМНОРСТУХҮԌԚԜаеорсухѕіјһԁԛԝү", "ABESIJKMHOPCTYXYGQWaeopcyxsijhdqwy", strict=True))
LATIN |= dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονϳ", "ABEZHIKMNOPTYXovj", strict=True))  # noqa: RUF001
SIGNS = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-") | dict.fromkeys("\u2018\u2019\u02bc", "'")
DRAWN_ALIKE = str.maketrans(LATIN | SIGNS | dict.fromkeys("\ufe0e\ufe0f"))
BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
WORD = re.compile(r"[^\W\d_]+")


def spell(text: str) -> str:
    """The text in one spelling: composed letters, and plain blanks for no-break ones and those of other widths."""
    return text if text.isascii() else BLANKS.sub(" ", unicodedata.normalize("NFC", text))


def tidy(text: str) -> str:
    """The text of a label: in one spelling, in one line, with single blanks."""
    return " ".join(spell(text).split())


def look(text: str) -> str:
    """What a text looks like: equal for texts that a reader cannot tell apart."""
    drawn = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(DRAWN_ALIKE)
    return tidy(drawn)


def look_alike(texts: Iterable[str]) -> set[str]:
    """Those of some different texts that look like another one of them, in whatever capitals."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(look(text).casefold(), []).append(text)
    return {text for group in groups.values() if len(group) > 1 for text in group}


def is_mixed(text: str) -> bool:
    """True when a word has Latin letters beside letters of another alphabet that look Latin."""
    words = () if text.isascii() else WORD.findall(text)
    return any(not LATIN.keys().isdisjoint(word) and "LATIN" in " ".join(map(unicodedata.name, word)) for word in words)
