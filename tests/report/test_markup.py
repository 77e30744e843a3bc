import getpass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.report import markup


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Overall survival", "overall-survival"),
        ("../../etc/passwd", "etc-passwd"),
        ("<b>", "b"),
        ("…", "item"),
        ("A" * 99, "a" * 60),
    ],
)
def test_slugs_are_safe_names(text, name):
    assert markup.slug(text) == name


@given(st.text(), st.sets(st.sampled_from(["item", "a", "a-2"])))
def test_slugs_are_new_and_hold_nothing_else(text, taken):
    name = markup.slug(text, taken)
    assert name not in taken
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/home/ann/x/run.py:3: Warning", "…/run.py:3: Warning"),
        ("in 'C:\\Users\\ann\\run.py'", "in '…/run.py'"),
        ("~/secret/x.csv row 3", "…/x.csv row 3"),
        ("CD19/CD22 vs CD19, n/N, 95% CI 1/2", "CD19/CD22 vs CD19, n/N, 95% CI 1/2"),
        ("\x1b[31mred\x1b[0m", "red"),
    ],
)
def test_messages_lose_their_folders(text, kept):
    assert markup.without_paths(text) == kept


def test_messages_lose_the_users_folder():
    assert getpass.getuser() not in markup.without_paths(f"{Path.home()}/a b/x.py").replace("/a b", "")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<img src='https://example.org/x.png'>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<style>body{background:url(https://example.org)}</style>",
        "<iframe src='https://example.org'></iframe>",
        "<form action='https://example.org'><input></form>",
        "<svg onload=alert(1)></svg>",
        "<p style='background:url(https://example.org)'>x</p>",
    ],
)
def test_html_and_markdown_lose_what_runs_or_loads(html):
    for text in (markup.clean(html), markup.prose(markup.tokens(html)), markup.prose(markup.tokens(f"a {html} b"))):
        assert not any(word in text for word in ("alert(1)", "example.org", "onerror", "javascript", "<style", "<svg"))


def test_pandas_tables_get_the_scope_of_their_headers():
    html = "<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>"
    assert markup.clean(html) == (
        '<table><thead><tr><td></td><th scope="col">a</th></tr></thead>'
        '<tbody><tr><th scope="row">0</th><td>1</td></tr></tbody></table>'
    )


def test_links_to_notebooks_lead_to_their_pages():
    html = markup.prose(markup.tokens("[a](04_survival.ipynb) [b](04_survival.ipynb#os) [c](https://x.org/y.ipynb)"))
    assert 'href="04_survival.html"' in html
    assert 'href="04_survival.html#os"' in html
    assert 'href="https://x.org/y.ipynb"' in html


def test_dollars_stay_as_written():
    assert markup.prose(markup.tokens("from $5 to $7")) == "<p>from $5 to $7</p>\n"


def test_code_is_escaped_and_coloured():
    html = markup.code("x = '<script>'  # a < b\n")
    assert "<script>" not in html
    assert html == 'x = <i class="s">&#x27;&lt;script&gt;&#x27;</i>  <i class="c"># a &lt; b</i>'
    assert markup.code("import a  # b") == '<i class="k">import</i> a  <i class="c"># b</i>'
    assert markup.code("not 1") == '<i class="k">not</i> <i class="m">1</i>'
