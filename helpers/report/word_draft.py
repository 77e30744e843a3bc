"""The draft for co-authors: what the reports found, the audit, and the few tables and figures that carry it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from docx.text.paragraph import Paragraph

from helpers import marks
from helpers.present.format import plural
from helpers.present.show import Definitions, Text
from helpers.present.values import MEASURE_NAMES, capital
from helpers.report.index import all_claims, front_answer, study_paragraph
from helpers.report.page import Heading, Page, PageFigure, PageTable
from helpers.report.word_blocks import CARD_COLUMNS, Place, Writer
from helpers.report.word_parts import is_tall
from helpers.report.word_styles import ANSWER, NOTE
from helpers.report.word_table import is_wide
from helpers.report.word_text import add_references, add_text
from helpers.study import Study

COURSE = "figure-swimmer"  # only beside another key result of its report
# What a draft shows of each report, by anchor; of alternatives the first that the page has.
KEYS = {
    "cohort": (("table-baseline",),),
    "response": (
        ("table-comparison", "table-cr-by-side"),
        ("table-response",),
        ("figure-cr-adjusted", "table-cr-adjusted"),
        (COURSE,),
    ),
    "safety": (("table-toxicity", "table-crs"), ("figure-adverse-events", "table-adverse-events")),
    "survival": (
        ("figure-os-comparison", "figure-os"),
        ("table-by-time", "table-os"),
        ("figure-lfs",),
        ("figure-relapse",),
    ),
    "multivariate": (("figure-lfs-cox", "table-lfs-cox"),),
    "robustness": (("figure-tests", "table-tests"), ("figure-ensemble", "table-ensemble", "figure-os-comparison")),
}
AGREES = {"reproduced", "agrees", "agrees (by construction)"}
NO_METHOD = {"Count", "Count of events", "Description", "Observed times", "Check of the data"}
NO_METHOD |= {"Standardised mean difference", "Range over cohorts that match every published figure"}
NAMES = MEASURE_NAMES | {"p_value": "tests"}
INTERVALS = "Intervals are 95% confidence intervals."
SENTENCE = re.compile(r"\n|(?<=\.) (?=[A-Z])")
ABBREVIATION = re.compile(r"\b\w*[A-Z]\w*[A-Z]\w*")
WHOLE = "Every other table, figure and definition is in report-full.docx."


@dataclass
class Item:
    """A table or figure of the draft, the sentences that its report says of it, and its place in the document."""

    block: PageTable | PageFigure
    sentences: list[Text]
    place: Place = field(default=Place("", ""))

    @cached_property
    def apart(self) -> bool:
        """Whether it needs a page of its own, at the end: a wide table, a tall figure."""
        return is_wide(self.block) if isinstance(self.block, PageTable) else is_tall(self.block)


def write_draft(path: Path, study: Study, pages: Sequence[Page], facts: Mapping) -> None:
    """Write a draft of a few pages; what it leaves out is in the appendix."""
    writer = Writer(study)
    claims = all_claims(pages)
    open_claims = [claim for claim in claims if claim.get("fold") != "yes" and claim["verdict"] not in AGREES]
    audit = writer.place("Table") if open_claims else None
    chosen = {page.name: _chosen(page) for page in pages}
    items = [item for found in chosen.values() for item in found]
    apart = [item for item in items if item.apart]
    for item in [*(item for item in items if not item.apart), *apart]:
        item.place = writer.place(item.block.kind.capitalize())
    _summary(writer, study, pages)
    if claims:
        _audit(writer, claims, open_claims, audit)
    for page in pages:
        _section(writer, page, chosen[page.name])
    read = [open_claims, [page.answer for page in pages], [[item.block, item.sentences] for item in items]]
    _methods(writer, pages, facts, list(_texts_of(read)))
    for item in apart:
        writer.block(item.block, item.place)
    writer.document.save(str(path))


def _chosen(page: Page) -> list[Item]:
    """The key tables and figures of a page that it has, in its order."""
    found = {name for names in KEYS.get(page.name.partition("_")[2], ()) for name in _first(page, names)}
    found = found if found != {COURSE} else set()
    items: list[Item] = []
    for number, block in enumerate(page.blocks):
        if isinstance(block, PageTable | PageFigure) and block.anchor in found:
            known = [sentence for item in items for sentence in item.sentences]
            new = [text for text in _after(page, number) if text not in known]
            items.append(Item(block, [text for text in new if text.text not in block.caption]))
    return items


def _first(page: Page, names: Sequence[str]) -> list[str]:
    """The first of some anchors at which a page has what Word can show."""
    tables = {block.anchor for block in page.of("table") if not block.folded}
    figures = {block.anchor for block in page.of("figure") if block.png}
    return [name for name in names if name in tables | figures][:1]


def _after(page: Page, number: int) -> list[Text]:
    """The sentences and warnings that follow a block, up to the next heading."""
    after = page.blocks[number + 1 :]
    end = next((place for place, block in enumerate(after) if isinstance(block, Heading)), len(after))
    return [block for block in after[:end] if isinstance(block, Text) and block.role in ("sentence", "warning")]


def _summary(writer: Writer, study: Study, pages: Sequence[Page]) -> None:
    """The study in a paragraph, what each report found, the headline numbers."""
    writer.document.add_paragraph(study_paragraph(study, pages))
    writer.origins()
    writer.heading("Summary", 1)
    answer = front_answer(pages)
    for finding in answer:
        add_text(writer.document.add_paragraph(style=ANSWER), finding)
    for page in [page for page in pages if page.finding and page.finding not in answer]:
        line = writer.document.add_paragraph(style="List Bullet")
        line.add_run(f"{page.title}. ").bold = True
        add_text(line, page.finding)
    cards = [card for page in pages for card in page.front_cards]
    if cards:
        writer.pairs(CARD_COLUMNS, cards)


def _audit(writer: Writer, claims: Sequence[dict], open_claims: Sequence[dict], place: Place | None) -> None:
    """The claims that do not simply agree as a table, the others in a sentence."""
    writer.heading("Claims audit", 1)
    agree, rest = len(claims) - len(open_claims), len(open_claims)
    why = " by construction, as the cohort was made to match them" if writer.synthetic else ""
    found = f"{plural(len(claims), 'published claim')} checked: {agree} agree{'s' * (agree == 1)}{why}"
    paragraph = writer.document.add_paragraph()
    add_text(paragraph, f"{found}; {rest} need{'s' * (rest == 1)} a closer look" if rest else found)
    _end(paragraph, " (", [place] if place else [], ")")
    if place:
        writer.claims("Published claims that do not simply agree, and what was found here.", open_claims, place)


def _section(writer: Writer, page: Page, items: Sequence[Item]) -> None:
    """What a report says of its key tables and figures, and these."""
    warnings = [block for block in page.lead if isinstance(block, Text) and block.role == "warning"]
    if not items and not warnings:
        return
    writer.heading(page.title, 1)
    for text in warnings:
        writer.text(text)
    known = " ".join(text.text for item in items for text in item.sentences)
    rest = " ".join(found for found in SENTENCE.split(page.answer.partition("\n")[2]) if found not in known)
    if rest:
        add_text(writer.document.add_paragraph(), rest)
    for sentences, places in _said(items):
        if not sentences:
            _end(writer.document.add_paragraph(), "See ", places)
        for number, text in enumerate(sentences):
            paragraph = writer.text(Text(text.role, text.text.removesuffix(".")))
            _end(paragraph, " (", [] if number else places, ")")
    for item in [item for item in items if not item.apart]:
        writer.block(item.block, item.place)


def _said(items: Sequence[Item]) -> list[tuple[list[Text], list[Place]]]:
    """Sentences with the places they refer to; one of which nothing is said stands with those before it."""
    said: list[tuple[list[Text], list[Place]]] = []
    for item in items:
        if item.sentences or not said:
            said.append((item.sentences, []))
        said[-1][1].append(item.place)
    return said


def _end(paragraph: Paragraph, before: str, places: Sequence[Place], after: str = "") -> None:
    """End a sentence, with references if there are any."""
    if places:
        paragraph.add_run(before)
        add_references(paragraph, places)
    paragraph.add_run(f"{after if places else ''}.")


def _methods(writer: Writer, pages: Sequence[Page], facts: Mapping, read: Sequence[str]) -> None:
    """The methods in a paragraph, what the words mean that a reader meets, data and software."""
    writer.heading("Methods", 1)
    add_text(writer.document.add_paragraph(), " ".join([INTERVALS, *methods(pages, read)]))
    if meanings := _met(pages, marks.plain("\n".join(read))):
        paragraph = writer.document.add_paragraph(style=NOTE)
        for term, meaning in meanings.items():
            paragraph.add_run(f"{term}: ").bold = True
            add_text(paragraph, f"{meaning.rstrip('.')}. ")
    writer.heading("Data and provenance", 1)
    files = ", ".join(facts["data"])
    add_text(writer.document.add_paragraph(), f"{software(facts)} Data files: {files}. {WHOLE}")


def methods(pages: Sequence[Page], texts: Iterable[str]) -> list[str]:
    """The methods of the numbers in some texts, one sentence for each measure; of all numbers when none is marked."""
    shown = {part.row for text in texts for part in marks.parts(text) if part.row}
    records = [record for page in pages for record in page.records if not shown or record.get("id") in shown]
    named: dict[str, dict[str, None]] = {}
    for record in records:
        method, measure = str(record.get("method") or ""), str(record.get("measure"))
        if method and method not in NO_METHOD:
            named.setdefault(NAMES.get(measure, measure.replace("_", " ")), {})[method] = None
    return [f"{capital(name)}: {'; '.join(found)}." for name, found in named.items()]


def _met(pages: Sequence[Page], text: str) -> dict[str, str]:
    """The definitions of the terms and abbreviations that a text has."""
    blocks = [block for page in pages for block in [*page.lead, *page.blocks] if isinstance(block, Definitions)]
    meanings = dict(item for block in blocks for item in block.items)
    small, words = text.lower(), set(re.findall(r"\w+", text))
    return {
        term: meaning
        for term, meaning in meanings.items()
        if term.partition(" (")[0].lower() in small or words & set(ABBREVIATION.findall(term))
    }


def software(facts: Mapping) -> str:
    """The code, the software and the time of a run, as a sentence."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    code = f"second-cart {facts['code']['package']} (commit {facts['code']['commit']})"
    return f"Computed with {code}, {versions}, on {facts['started']}."


def _texts_of(thing: object) -> Iterator[str]:
    """Every text in what a page shows, at any depth."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Mapping):
        yield from _texts_of(list(thing.values()))
    elif isinstance(thing, Sequence) and not isinstance(thing, bytes):
        for part in thing:
            yield from _texts_of(part)
    elif hasattr(thing, "__dict__"):
        yield from _texts_of(vars(thing))
