"""Lines of a first study.toml: the source of a canonical column in TOML, and why."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpers.cohort.dictionary import YES_NO
from helpers.cohort.initial.candidates import EXACT, Candidate
from helpers.cohort.initial.codes import TODO, is_read_as_it_is, meanings, plain, table
from helpers.cohort.mapping import NO, YES

ALIVE = {
    "alive",
    "living",
    "lebend",
    "lebt",
    "am leben",
    "lebendig",
    "vivant",
    "en vie",
    "vivo",
    "vive",
    "存活",
    "存活情况",
}


@dataclass(frozen=True)
class Line:
    """A canonical column, its source as TOML, and the reason; `sure` where there is nothing to confirm."""

    name: str
    source: str
    reason: str
    sure: bool = False

    @property
    def text(self) -> str:
        """The line of study.toml."""
        todo = "" if self.sure else f"  # TODO confirm: {comment(self.reason)}"
        return f"{self.name} = {self.source}{todo}"


def column_line(found: Candidate) -> Line | None:
    """The line of a column that is no event; None when it is found and read rightly without one."""
    name, column, cells = found.concept.name, found.concept.column, found.source.cells
    if found.aspect == "date":
        return Line(name, f"{{ date = {quoted(found.source.name)} }}", found.reason)
    codes = cells.codes if column.words or column.unit == "grade" else []
    values = meanings(codes, column, found.header.legend)
    if name == "mrd":
        values = _of_indicator(values, found)
    needed = bool(values) and not (len(cells.numbers) if column.unit == "grade" else is_read_as_it_is(values, column))
    if found.match.words == EXACT and not needed and not cells.missing:
        return None
    parts = {"column": quoted(found.source.name)}
    if needed:
        parts["values"] = toml_table(values)
    if cells.missing:
        parts["missing"] = toml_list(cells.missing)
    source = parts["column"] if len(parts) == 1 else toml_table(parts, raw=True)
    only_yes = column.words == YES_NO and {*values.values()} == {"yes"} and cells.given < cells.rows
    said = "; only yes is written: empty cells are read as missing, not as no" if only_yes else ""
    return Line(name, source, found.reason + said)


def _of_indicator(values: Mapping[str, str], found: Candidate) -> dict[str, str]:
    """Yes and no as words of a column whose header says what yes means ("MRD negative")."""
    said = found.header.meanings & {"negative", "positive"}
    if len(said) != 1 or not all(plain(code) in table("yes_no") for code in values):
        return dict(values)
    yes = next(iter(said))
    no = "positive" if yes == "negative" else "negative"
    return {code: yes if table("yes_no")[plain(code)] == "yes" else no for code in values}


def event_line(name: str, time: Candidate, indicator: Candidate, unit: str, key: str = "time") -> Line:
    """The line of an event from its time (or, as key "date", its date) and the indicator that says whether it was."""
    codes = event_codes(indicator)
    parts = {key: quoted(time.source.name), "event": quoted(indicator.source.name)}
    if codes != ["1"]:
        parts["event_codes"] = toml_list(codes)
    cells = indicator.source.cells
    if name == "relapse_day" and (unknown := [*cells.missing, *cells.emptied]):  # of patients who may have died
        parts["unknown"] = toml_list(unknown)
    if unit:
        parts["unit"] = quoted(unit)
    reason = f"{time.reason}; event by {named(indicator)}: {indicator.source.cells.described()}"
    return Line(name, toml_table(parts, raw=True), reason)


def event_codes(found: Candidate) -> list[str]:
    """The codes of an indicator that mean the event; ["1"] when it is read without them, [TODO] when nobody knows."""
    codes = found.source.cells.codes
    legend = {plain(code): word for code, word in found.header.legend.items()}
    words = table("vital" if found.concept.name in ("death_day", "overall_survival") else "event")
    known = {code: words.get(plain(legend.get(plain(code), code)), "") for code in codes}
    yes = [code for code, word in known.items() if word == "yes"]
    no = [code for code, word in known.items() if word == "no"]
    as_usual = all(plain(code) in YES + NO for code in codes)
    if not legend and all(plain(code) in table("yes_no") for code in codes):
        matched = {word for word, meaning in found.header.words if meaning in ("vital", "censor")}
        if matched & (ALIVE | {"cnsr"}):
            return no or [TODO]
        if matched or len(codes) > 2:
            return [TODO]
        return ["1"] if as_usual else yes or [TODO]
    return yes if yes and len(yes) + len(no) == len(codes) else [TODO]


def named(found: Candidate) -> str:
    """A source's column as it is named in a sentence."""
    return f'"{found.source.name}"'


def quoted(text: str) -> str:
    """Text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def comment(text: str) -> str:
    """Text that may stand in a comment: on one line, without signs that TOML refuses there."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def toml_list(texts: Iterable[str]) -> str:
    """Texts as a TOML list."""
    return f"[{', '.join(map(quoted, texts))}]"


def toml_table(table: Mapping[str, str], raw: bool = False) -> str:
    """A TOML table on one line; `raw` values are TOML already, and their keys are bare."""
    pairs = (f"{key} = {value}" if raw else f"{quoted(key)} = {quoted(value)}" for key, value in table.items())
    return f"{{ {', '.join(pairs)} }}"
