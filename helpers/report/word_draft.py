"""The draft for co-authors: what the reports found, the audit, and the few tables and figures that carry it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from helpers.present.format import plural
from helpers.present.show import Definitions, Text
from helpers.report.index import all_claims, front_answer, study_paragraph
from helpers.report.markup import printable
from helpers.report.page import Heading, Page, PageFigure, PageTable
from helpers.report.word_blocks import CARD_COLUMNS, Place, Writer
from helpers.report.word_fields import add_references
from helpers.report.word_methods import methods, software, texts_of
from helpers.report.word_parts import is_tall
from helpers.report.word_styles import ANSWER
from helpers.report.word_table import is_wide
from helpers.report.word_text import add_text
from helpers.study import Study

# What a draft shows of each report, by anchor; of alternatives the first that the page has.
KEYS = {
    "cohort": (("table-baseline",),),
    "response": (
        ("table-cr-by-side", "table-response"),
        ("table-cr-adjusted", "figure-cr-adjusted"),
        ("figure-swimmer",),
    ),
    "safety": (("table-crs", "figure-crs-grades"), ("table-icans",), ("figure-adverse-events", "table-adverse-events")),
    "survival": (("figure-os-comparison", "figure-os"), ("table-os",), ("figure-lfs",), ("figure-relapse",)),
    "multivariate": (("figure-lfs-cox", "table-lfs-cox"),),
    "robustness": (("figure-tests", "table-tests"), ("figure-ensemble", "table-ensemble")),
}
AGREES = {"reproduced", "agrees", "agrees (by construction)"}
WHOLE = "Every other table and figure is in report-full.docx."


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
    open_claims = [claim for claim in claims if not _agrees(claim)]
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
    shown = texts_of([open_claims, [page.answer for page in pages], [[item.block, item.sentences] for item in items]])
    _methods(writer, pages, facts, methods(pages, shown))
    for item in apart:
        _show(writer, item)
    writer.save(path)


def _agrees(claim: Mapping) -> bool:
    """Whether a claim needs no line of its own."""
    return claim.get("fold") == "yes" or claim["verdict"] in AGREES


def _chosen(page: Page) -> list[Item]:
    """The key tables and figures of a page that it has, in its order."""
    found = {name for names in KEYS.get(page.name.partition("_")[2], ()) for name in _first(page, names)}
    items: list[Item] = []
    for number, block in enumerate(page.blocks):
        if isinstance(block, PageTable | PageFigure) and block.anchor in found:
            known = [sentence for item in items for sentence in item.sentences]
            items.append(Item(block, [text for text in _after(page, number) if text not in known]))
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
    writer.document.add_paragraph(printable(study_paragraph(study, pages)))
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
    add_references(paragraph, [place] if place else [])
    paragraph.add_run(".")
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
    silent = [item.place for item in items if not item.sentences]
    if silent:
        paragraph = writer.document.add_paragraph("This report's key results are shown")
        add_references(paragraph, silent)
        paragraph.add_run(".")
    said = [(text, item.place) for item in items for text in item.sentences]
    for text, place in said:
        paragraph = writer.text(Text(text.role, text.text.removesuffix(".")))
        add_references(paragraph, [place])
        paragraph.add_run(".")
    for item in [item for item in items if not item.apart]:
        _show(writer, item)


def _show(writer: Writer, item: Item) -> None:
    """A table or a figure at its place."""
    if isinstance(item.block, PageTable):
        writer.table(item.block, item.place)
    else:
        writer.figure(item.block, item.place)


def _methods(writer: Writer, pages: Sequence[Page], facts: Mapping, used: Sequence[str]) -> None:
    """The methods in a paragraph, what the words mean, data and software."""
    writer.heading("Methods", 1)
    add_text(writer.document.add_paragraph(), " ".join(used) or "No estimate is shown.")
    meanings = [
        item
        for page in pages
        for block in [*page.lead, *page.blocks]
        if isinstance(block, Definitions)
        for item in block.items
    ]
    if meanings:
        paragraph = writer.document.add_paragraph()
        for term, meaning in dict(meanings).items():
            paragraph.add_run(f"{term}: ").bold = True
            add_text(paragraph, f"{meaning.rstrip('.')}. ")
    writer.heading("Data and provenance", 1)
    files = ", ".join(facts["data"])
    add_text(writer.document.add_paragraph(), f"{software(facts)} Data files: {files}. {WHOLE}")
