"""Text of unknown origin made safe: Markdown, HTML, code, file names, paths in messages."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import cast

import mistune
import nh3
from mistune.core import BlockState
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Number, Operator, String

INLINE = {"em", "strong", "code", "sub", "sup", "b", "i"}
OTHER_TAGS = "p br hr u s del pre kbd small span blockquote ul ol li dl dt dd a img"
TAGS = INLINE.union(OTHER_TAGS.split(), ["table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"])
CELL = {"colspan", "rowspan"}
ATTRIBUTES = {"a": {"href", "title"}, "th": CELL, "td": CELL, "img": {"src", "alt"}}
DANGEROUS = {"script", "style", "svg", "math", "iframe", "object", "template", "textarea", "title", "noscript"}
FOLDERS = re.compile(r"""(?<![\w.…])(?:[A-Za-z]:|~)?[\\/](?:[^\s\\/:'"<>|,;()]+[\\/])+""")
COLOURS = {Keyword: "k", Operator.Word: "k", String: "s", Number: "m", Comment: "c"}
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
NOTEBOOK_LINK = re.compile(r'(href="[\w.-]+)\.ipynb(?=["#])')
PARSER = mistune.create_markdown(renderer="ast", plugins=["table"])
RENDERER = mistune.HTMLRenderer(escape=False)  # keeps raw HTML, which is cleaned afterwards
mistune.create_markdown(renderer=RENDERER, plugins=["table"])  # teaches it tables


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """Return text as a file name or anchor: a-z, 0-9 and hyphens only, never empty, not among `taken`."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "item"
    name, number = words, 2
    while name in taken:
        name, number = f"{words}-{number}", number + 1
    return name


def without_paths(text: str) -> str:
    """Return a message in which folders are cut to an ellipsis: nobody's user name, nobody's disk."""
    plain = ANSI.sub("", text)
    for folder in (str(Path.home()), str(Path.cwd())):
        plain = plain.replace(folder + "/", "…/") if len(folder) > 1 else plain
    return FOLDERS.sub("…/", plain)


def literal(text: str) -> str:
    """Return text as Markdown that shows it as it is."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def tokens(markdown: str) -> list[dict]:
    """Return Markdown as mistune's block tokens (headings, paragraphs, lists, tables)."""
    return cast(list[dict], PARSER(markdown))  # text only with a renderer


def prose(blocks: list[dict]) -> str:
    """Return block tokens as HTML in which raw HTML is reduced to harmless tags."""
    return NOTEBOOK_LINK.sub(r"\1.html", clean(RENDERER.render_tokens(blocks, BlockState())))


def inline(children: list[dict]) -> str:
    """Return the tokens of one line as HTML with emphasis and code only."""
    html = RENDERER.render_tokens(children, BlockState())
    return nh3.clean(html, tags=INLINE, attributes={}, clean_content_tags=DANGEROUS)


def plain(token: dict) -> str:
    """Return the words of a token and of everything inside it."""
    if "children" in token:
        return "".join(plain(child) for child in token["children"])
    return " " if token["type"] in ("softbreak", "linebreak") else token.get("raw", "")


def clean(html: str) -> str:
    """Return HTML with harmless tags only: no script, style, image, form, id, event or remote content.

    Header cells get their scope, as tables drawn by pandas have none.
    """
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags=DANGEROUS,
        attribute_filter=_harmless,
        url_schemes={"http", "https", "mailto", "data"},
    )
    end = max(cleaned.find("</thead>"), 0)
    head = re.sub(r"<th(?=[ >])", '<th scope="col"', cleaned[:end].replace("<th></th>", "<td></td>"))
    return head + re.sub(r"<th(?=[ >])", '<th scope="row"', cleaned[end:])


def _harmless(tag: str, name: str, value: str) -> str | None:
    """Keep pictures that are part of the page; drop links to data and pictures from elsewhere."""
    if (tag, name) == ("img", "src"):
        return value if value.startswith("data:image/") else None
    return None if value.lower().lstrip().startswith("data:") else value


@lru_cache(maxsize=1000)  # the cells of a collection are those of the next one
def code(source: str) -> str:
    """Return Python source as HTML; only what the page colours is marked: words, texts, numbers, comments."""
    tokens = PythonLexer(stripnl=False).get_tokens(source.rstrip())
    runs = groupby(tokens, key=lambda token: next((name for kind, name in COLOURS.items() if token[0] in kind), ""))
    marked = ((name, escape("".join(text for _, text in run))) for name, run in runs)
    return "".join(f'<i class="{name}">{text}</i>' if name else text for name, text in marked).rstrip("\n")
