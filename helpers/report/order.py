"""The order of a page: the answer first, provenance last, no heading without content."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from helpers.present.show import SWITCHED_OFF, Cards, Definitions, Text
from helpers.report.page import Block, Code, Fold, Heading, Prose

SIDE_BLOCKS = (Heading, Prose, Code, Fold)  # they go with what a section shows
MISSING = "Nothing to show for this cohort"
OPENING, CLOSING = "Headline", ("Limits", "Provenance")  # sections of every notebook


def lead_first(cells: list[list[Block]]) -> tuple[list[Block], list[Block]]:
    """Take texts and cards of the cells with the first answer and the first cards to the front."""
    lead: list[Block] = []
    rest: list[Block] = []
    for blocks in cells:
        answer = any(isinstance(block, Text) and block.role == "answer" for block in blocks)
        cards = any(isinstance(block, Cards) for block in blocks)
        if answer or (cards and not any(isinstance(block, Cards) for block in lead)):
            lead += [block for block in blocks if isinstance(block, Text | Cards)]
            blocks = [block for block in blocks if not isinstance(block, Text | Cards)]
        rest += blocks
    order = {"answer": 0, "cards": 1}
    return sorted(lead, key=lambda block: order.get(getattr(block, "role", block.kind), 2)), rest


def provenance_apart(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Take what a last section named Provenance shows to the page's own provenance."""
    sections = [(i, block) for i, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 2]
    if not sections or sections[-1][1].text.lower() != "provenance":
        return blocks, []
    start = sections[-1][0]
    return blocks[:start], blocks[start + 1 :]


def without_left_out(blocks: list[Block]) -> list[Block]:
    """A section that is left out keeps its heading, its code and the reason: no prose, no frame, nothing absent."""
    kept: list[Block] = []
    for section in _sections(blocks):
        if any(isinstance(block, Text) and block.role == "left_out" for block in section):
            section = [block for block in section if not (_is_absent(block) or isinstance(block, Prose | Fold))]
        kept += section
    return kept


def without_missing(blocks: list[Block]) -> list[Block]:
    """Sections that show nothing but that the cohort lacks it become one line, after the others: their names."""
    kept: list[Block] = []
    names: list[str] = []
    inside = 0  # level of the heading that comes next
    for section in reversed(list(_sections(blocks))):
        heading, shown = section[0], [block for block in section if not isinstance(block, SIDE_BLOCKS)]
        opens_another = isinstance(heading, Heading) and inside > heading.level
        if isinstance(heading, Heading) and _lacks_all(heading, section, shown) and not opens_another:
            off = bool(shown) and all(isinstance(b, Text) and b.text.startswith(SWITCHED_OFF) for b in shown)
            names.insert(0, heading.text.rstrip("?") + f" ({SWITCHED_OFF[:1].lower()}{SWITCHED_OFF[1:]})" * off)
            section = [block for block in section if isinstance(block, Code)]
        elif isinstance(heading, Heading) and (shown or any(isinstance(block, Prose) for block in section)):
            inside = heading.level
        kept = [*section, *kept]
    if not names:
        return kept
    line: list[Block] = [Heading(2, MISSING, MISSING, "not-recorded"), Text("absent", f"{'; '.join(names)}.")]
    sections = ((i, block) for i, block in enumerate(kept) if isinstance(block, Heading) and block.level == 2)
    end = next((i for i, heading in sections if heading.text in CLOSING), len(kept))
    return [*kept[:end], *line, *kept[end:]]


def _sections(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """The blocks from each heading up to the next."""
    section: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and section:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _lacks_all(heading: Heading, section: Sequence[Block], shown: Sequence[Block]) -> bool:
    """Whether a section says only what is absent, or its code found nothing to show; the one that opens a page may."""
    if shown or heading.text == OPENING:
        return bool(shown) and all(map(_is_absent, shown))
    kinds = {type(block) for block in section}
    return {Prose, Code} <= kinds and not kinds & {Fold, Definitions}


def _is_absent(block: Block) -> bool:
    return isinstance(block, Text) and block.role == "absent"


def tidy(blocks: list[Block]) -> list[Block]:
    """Drop headings over nothing but what a page hides or folds: code, frames, definitions; join silent code."""
    kept: list[Block] = []
    inside = 0  # level of the heading that comes next
    for section in reversed(list(_sections(blocks))):
        heading = section[0]
        if isinstance(heading, Heading):
            if inside <= heading.level and all(isinstance(block, Code | Fold | Definitions) for block in section[1:]):
                section = section[1:]
            else:
                inside = heading.level
        kept = [*section, *kept]
    joined: list[Block] = []
    for _, run in groupby(kept, key=lambda block: isinstance(block, Code)):
        alike = list(run)
        sources = [block.source for block in alike if isinstance(block, Code)]
        joined += [Code("\n\n".join(sources))] if sources else alike
    return joined
