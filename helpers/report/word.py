"""A collection as two Word documents: a draft for co-authors, and every report as its appendix."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.present.show import Cards, Definitions, Text
from helpers.report.index import study_paragraph
from helpers.report.page import Block, Heading, Page, PageClaims, PageFigure, PageTable, Prose
from helpers.report.word_blocks import Writer
from helpers.report.word_draft import software
from helpers.report.word_table import is_wide
from helpers.report.word_text import add_text
from helpers.study import Study

DRAFT, APPENDIX = "report.docx", "report-full.docx"


def write_appendix(path: Path, study: Study, pages: Sequence[Page], facts: Mapping) -> None:
    """Write every page's answer, headline, text, tables and figures, numbered as on the pages.

    Code, the long lists of estimates and the data behind figures stay out: they are in the CSV files.
    """
    writer = Writer(study)
    writer.document.add_paragraph(study_paragraph(study, pages))
    writer.origins()
    after = writer.document.add_paragraph()
    for page in pages:
        _report(writer, page)
    writer.heading("Methods and provenance", 1, new_page=True)
    used = dict.fromkeys(str(record["method"]) for page in pages for record in page.records if record.get("method"))
    methods = f"Estimators and tests, by name as in estimates.csv: {'; '.join(used)}."
    add_text(writer.document.add_paragraph(), methods)
    add_text(writer.document.add_paragraph(), software(facts))
    writer.pairs([("File", "left"), ("SHA-256", "left")], list(facts["data"].items()))
    writer.contents(after)
    writer.document.save(str(path))


def _report(writer: Writer, page: Page) -> None:
    """One report as a chapter, without headings that have neither text nor a section of their own under them."""
    writer.heading(page.title, 1, new_page=True)
    chapter = page.short.partition(" ")[0]
    writer.begin_chapter(chapter if chapter.isdigit() else "")
    for block in page.lead:
        writer.block(block)
    blocks = [block for block in page.blocks if _has_place(block)]
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        if not isinstance(block, Heading):
            writer.block(block)
        elif after and not (isinstance(after, Heading) and after.level <= block.level):
            words = "Definitions" if isinstance(after, Definitions) else block.text
            writer.heading(words, min(block.level, 4), upright=not _opens_wide(blocks[number + 1 :]))


def _opens_wide(blocks: Sequence[Block]) -> bool:
    """Tell whether the first thing but text under a heading is a wide table: the heading then stands on its page."""
    first = next((block for block in blocks if not isinstance(block, Prose | Text)), None)
    return isinstance(first, PageTable) and is_wide(first)


def _has_place(block: Block) -> bool:
    """Tell whether a block is shown in Word."""
    if isinstance(block, PageTable):
        return not block.folded
    if isinstance(block, PageFigure):
        return bool(block.png)
    return isinstance(block, Heading | Prose | Text | Cards | Definitions | PageClaims)
