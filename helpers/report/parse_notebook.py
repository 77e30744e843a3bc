"""An executed notebook -> the blocks of its page: what was shown, in reading order, numbered and checked."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

import pandas as pd

from helpers import marks
from helpers.faults import CONTROL, PlainError
from helpers.present.show import (
    INVENTED,
    STOCK_ALT,
    Cards,
    Claims,
    Definitions,
    Display,
    Estimates,
    Figure,
    Loaded,
    Provenance,
    Table,
    Text,
)
from helpers.report import from_html, markup, order
from helpers.report.origin import origins_of
from helpers.report.page import Block, Code, Fold, Heading, Output, Page, PageClaims, PageFigure, PageTable, Prose
from helpers.report.picture import safe_svg
from helpers.stats.estimates import NUMBER_COLUMNS
from helpers.study.wording import reworded

SYNTHETIC = "Synthetic data, not patients."
RESERVED = ("top", "main", "provenance", "print", "code", "not-recorded")  # anchors of the page itself
HIDDEN_TAGS = {"injected-parameters", "remove-cell"}
DATA_FRAME, PATIENTS = 'class="dataframe"', ">patient_id<"  # how pandas shows one; and one of patients


class ExportError(PlainError, ValueError):
    """A notebook that cannot become a page; says which one, which cell and what to change."""


def read_page(notebook: dict, name: str, *, study: Loaded | None = None) -> Page:
    """Return the page of an executed notebook.

    `name` is the notebook's file name without suffix; `study` stands in where no cell says which cohort was loaded.
    Raises ExportError for a stored error, a figure without a description, or a notebook without a title.
    """
    loaded = next(_all(notebook, Loaded.kind), study)
    reader = _Reader(name, loaded is not None and loaded.synthetic, loaded.words if loaded else {})
    lead, blocks = order.lead_first([reader.cell(cell) for cell in notebook["cells"]])
    if not reader.title:
        raise ExportError(f"{name}: no title; begin the notebook with a Markdown line '# Title'")
    body, closing = order.provenance_apart(order.tidy(order.without_missing(order.without_left_out(blocks))))
    items = [item for display in _all(notebook, Provenance.kind) for item in display.items]
    return Page(name, reader.title, lead, body, closing, loaded, items, reader.records, reader.section)


def _all(notebook: dict, kind: str) -> Iterator:
    """Everything of one kind that a notebook shows, in order."""
    pages = [_html(output.get("data", {})) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return (from_html.read(html) for html in pages if from_html.kind_of(html) == kind)


def _html(data: dict) -> str:
    """The HTML of an output, without control characters."""
    return CONTROL.sub("", "".join(data.get("text/html", "")))


class _Reader:
    """Turns cells into blocks and counts what it numbers."""

    def __init__(self, name: str, synthetic: bool, words: Mapping[str, str]) -> None:
        self.name, self.synthetic = name, synthetic
        self.words = words  # said in place of the notebook's
        self.literal = {old: markup.literal(new) for old, new in words.items()}
        self.title = self.section = ""
        self.numbers: Counter[str] = Counter()  # of cells, tables and figures so far
        self.level = 1
        self.missing: Text | None = None
        self.anchors: set[str] = set(RESERVED)
        self.records: list[dict] = []

    def cell(self, cell: dict) -> list[Block]:
        """Blocks of one cell; what it wrote to stderr is one warning."""
        if HIDDEN_TAGS & set(cell["metadata"].get("tags", [])):
            return []
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            return list(self._markdown(reworded(source, self.literal)))
        if cell["cell_type"] != "code":
            return []
        self.numbers["cell"] += 1
        blocks: list[Block] = [Code(source)] if source.strip() else []
        warnings = []
        for block in (block for output in cell["outputs"] for block in self._output(output)):
            if isinstance(block, Output) and block.role == "stderr":
                warnings.append(block.content)
            else:
                blocks.append(block)
        return [*blocks, Output("stderr", "\n".join(warnings))] if warnings else blocks

    def _markdown(self, source: str) -> Iterator[Block]:
        for is_heading, run in groupby(markup.tokens(source), key=lambda token: token["type"] == "heading"):
            tokens = list(run)
            if is_heading:
                yield from self._headings(tokens)
            elif any(token["type"] != "blank_line" for token in tokens):
                yield Prose(tokens)

    def _headings(self, tokens: list[dict]) -> Iterator[Heading]:
        self.missing = None
        for token in tokens:
            text, level = markup.plain(token).strip(), token["attrs"]["level"]
            if not self.title and level == 1:
                self.title = text
                continue
            self.level = min(max(2, level), self.level + 1)
            yield Heading(self.level, text, markup.inline(token["children"]), self._anchor(text))

    def _output(self, output: dict) -> list[Block]:
        if output["output_type"] == "error":
            raise self._fault(f"it stopped with {output['ename']}; correct it and run the notebook again")
        if output["output_type"] == "stream":
            text = markup.without_paths("".join(output["text"])).strip("\n")
            role = "stderr" if output["name"] == "stderr" else "plain"
            return [Output(role, text)] if text.strip() else []
        data, metadata = output["data"], output.get("metadata", {})
        html = _html(data)
        if from_html.kind_of(html) == "frame":  # of ours; rows of patients stay in the notebook
            root, facts = from_html.parts(html)
            inside = "" if facts.get("patients") else markup.clean(html).partition("</p>")[2]
            empty = not facts.get("patients") and not root.xpath(".//tbody/tr")
            return [] if empty else [Fold(root.findtext("p/b"), inside)]
        try:
            display = from_html.read(html)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._fault("what it shows was changed by hand; run the notebook again") from error
        if display is None:
            return self._foreign(data, metadata)
        return self._block(display, metadata.get("second-cart", {}), data)

    def _block(self, display: Display, exact: dict, data: dict) -> list[Block]:
        """What one of our objects becomes; `exact` is its metadata."""
        match display:
            case Text() if display.role == "absent" and display == self.missing:
                return []  # what a table and its figure both lack is said once
            case Text() if display.role == "absent":
                self.missing = display
                return [replace(display, text=reworded(display.text, self.words))]
            case Text():
                return [replace(display, text=self.words.get(f"{self.title}: {display.text}", display.text))]
            case Loaded():
                return [Text("note", display.note)] if display.note else []
            case Cards() | Definitions():
                return [display]
            case Table():
                anchor = self._anchor(f"table {display.id}")
                notes = [reworded(note, self.words) for note in display.notes]
                fields = vars(display) | {"caption": self._caption(display.caption), "notes": notes}
                return [PageTable(**fields, anchor=anchor, name=self._name(anchor), label=self._label("Table"))]
            case Claims():
                return [PageClaims(display.claims, anchor=self._anchor("claims"), label=self._label("Table"))]
            case Estimates():
                return self._estimates(display, exact.get("estimates"))
            case Figure():
                return [self._figure(display, exact, data)]
        return []

    def _estimates(self, estimates: Estimates, exact: dict | None) -> list[Block]:
        warning = [Text("warning", estimates.warning)] if estimates.warning else []
        printed = estimates.frame
        if printed.empty:
            return [*warning]
        columns, rows = list(printed.columns), printed.values.tolist()
        full = exact or {"columns": columns, "rows": rows}
        self.section = estimates.section
        self.records += [dict(zip(full["columns"], row, strict=True)) for row in full["rows"]]
        anchor = self._anchor(f"estimates {estimates.section}")
        table = PageTable(
            anchor,
            f"All {len(rows)} estimates of this report; the file holds them unrounded",
            [(name.replace("_", " "), "right" if name in NUMBER_COLUMNS else "left") for name in columns],
            rows,
            anchor=anchor,
            name=self._name(anchor),
            folded=True,
            exact=(full["columns"], full["rows"]),
        )
        return [*warning, table]

    def _figure(self, figure: Figure, exact: dict, data: dict) -> PageFigure:
        anchor, label = self._anchor(f"figure {figure.id}"), self._label("Figure")
        drawn = INVENTED if self.synthetic and "estimate" not in figure.data else ""
        table = None if figure.data.empty else self._behind(figure, anchor, label, drawn)
        origins = origins_of(cell for row in (table.rows if table else ()) for cell in row) or [drawn] * bool(drawn)
        return PageFigure(
            anchor=anchor,
            name=self._name(anchor),
            label=label,
            caption=self._caption(figure.caption),
            alt=reworded(figure.alt, self.words),
            svg=safe_svg(exact.get("svg") or figure.drawn),  # the latter in a stored notebook
            png=base64.b64decode(data.get("image/png", "")),
            data=table,
            axis=figure.axis,
            narrow=safe_svg(exact["svg_narrow"]) if exact.get("svg_narrow") else "",
            narrow_axis=exact.get("axis_narrow", ""),
            origins=tuple(origins),
        )

    def _behind(self, figure: Figure, anchor: str, label: str, drawn: str) -> PageTable:
        rows = linked(figure.data)
        return PageTable(
            figure.id,
            f"Data behind {label}",
            [_column(column, list(values)) for column, values in rows.items()],
            rows.values.tolist(),
            anchor=f"{anchor}-data",
            name=f"{self._name(anchor)}-data",
            drawn=drawn,
            folded=True,
            curves=bool(figure.axis),
        )

    def _foreign(self, data: dict, metadata: dict) -> list[Block]:
        if any(mime.startswith("image/") for mime in data):
            return [self._plain_image(data, metadata)]
        html = _html(data)
        cleaned = markup.clean(html)
        if DATA_FRAME in html:  # rows of patients stay in the notebook
            return [Fold(f"{cleaned.count('<tr>') - 1} rows", "" if PATIENTS in html else cleaned)]
        if html:
            return [Output("html", cleaned)]
        if "text/markdown" in data:
            return [Prose(markup.tokens("".join(data["text/markdown"])))]
        text = markup.without_paths("".join(data.get("text/plain", ""))).strip("\n")
        return [] if not text or text.startswith("<") else [Output("plain", text)]

    def _plain_image(self, data: dict, metadata: dict) -> PageFigure:
        alt = str(metadata.get("alt", "")).strip()
        if not alt or STOCK_ALT in alt.lower() or not ({"image/png", "image/svg+xml"} & set(data)):
            raise self._fault("it shows a picture without a description; show it as a Figure with caption and alt text")
        anchor, label = self._anchor("figure"), self._label("Figure")
        svg = safe_svg("".join(data["image/svg+xml"])) if "image/svg+xml" in data else ""
        png = base64.b64decode("".join(data.get("image/png", "")))
        origins = (INVENTED,) if self.synthetic else ()
        return PageFigure(anchor, self._name(anchor), label, "", alt, svg, png, None, origins=origins)

    def _anchor(self, text: str) -> str:
        anchor = markup.slug(text, self.anchors)
        self.anchors.add(anchor)
        return anchor

    def _name(self, anchor: str) -> str:
        """The name of a file that belongs to what stands at an anchor."""
        return f"{markup.slug(self.name)}-{anchor}"

    def _caption(self, text: str) -> str:
        """The words of a caption; with a full stop where a sign follows."""
        text = reworded(text.strip(), self.words)
        return text if not self.synthetic or marks.plain(text).endswith((".", "?", "!")) else f"{text}."

    def _label(self, kind: str) -> str:
        """ "Table 1", "Figure 1" and so on."""
        self.numbers[kind] += 1
        return f"{kind} {self.numbers[kind]}"

    def _fault(self, message: str) -> ExportError:
        return ExportError(f"{self.name}, cell {self.numbers['cell']}: {message}")


def linked(data: pd.DataFrame) -> pd.DataFrame:
    """A figure's data with its estimates marked in place of the columns `id` and `origin`; as it is without them."""
    if not {"id", "origin", "estimate"} <= set(data):
        return data
    numbers = zip(data["estimate"], data["id"], data["origin"], strict=True)
    return data.assign(estimate=[marks.mark(*number) for number in numbers]).drop(columns=["id", "origin"])


def _column(name: str, values: list[str]) -> tuple[str, str]:
    """A column's header, and the side at which its values stand: numbers to the right."""
    texts = [value for value in values if value]
    numeric = name in NUMBER_COLUMNS or (bool(texts) and all(map(_is_number, texts)))
    return name.replace("_", " "), "right" if numeric else "left"


def _is_number(text: str) -> bool:
    try:
        float(marks.plain(text).replace("%", "").replace("\u2212", "-").replace(",", "").lstrip("<>"))
    except ValueError:
        return False
    return True
