import re
import subprocess
import unicodedata
from itertools import pairwise
from urllib.parse import unquote

import pytest
from lxml import etree, html
from machine import needed

from helpers.report.origin import SIGNS

pytestmark = pytest.mark.browser

OPEN_ALL = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
# the rows of a table are all built alike: twenty of them tell what a thousand would, in a fraction of the time
SHORTEN = "document.querySelectorAll('tbody tr:nth-child(n+20)').forEach((row) => row.remove())"
PASTED = """<script>window.pasted = 1</script><img src="x" onerror="window.pasted = 2">
<img src="https://example.org/x.png"><style>h1 { color: rgb(1, 2, 3) }</style>
<link rel="stylesheet" href="https://example.org/x.css"><iframe src="https://example.org/"></iframe>"""


def name(page):
    return f"{page.parent.name}/{page.name}"


def reports(pages):
    return [page for page in pages if page.name[:2].isdigit()]


def with_long_table(pages):
    return next(page for page in reports(pages) if "filter" in page.read_text() and 'class="long' in page.read_text())


def test_pages_ask_for_nothing_and_report_no_fault(pages, chromium):
    context = chromium.new_context()
    for file in pages:
        page, asked, said = context.new_page(), [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.goto(file.as_uri())
        page.evaluate(OPEN_ALL)
        assert [url for url in asked if not url.startswith("data:image/")] == [file.as_uri()], name(file)
        assert said == [], name(file)
        page.close()
    context.close()


EVERY_RULE = {"resultTypes": ["violations"]}
CONTRAST = EVERY_RULE | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.mark.parametrize(  # all rules in both schemes and at both widths; colours in each combination
    ("width", "scheme", "rules"),
    [(1280, "light", EVERY_RULE), (390, "dark", EVERY_RULE), (1280, "dark", CONTRAST), (390, "light", CONTRAST)],
    ids=["1280-light", "390-dark", "1280-dark", "390-light"],
)
def test_axe_finds_no_violation(pages, visit, width, scheme, rules):
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    for file in pages:
        if rules is CONTRAST and file.parent.name == "long_labels":
            continue  # its colours are those of the others
        page = visit(file, width, scheme)
        page.evaluate(OPEN_ALL)
        page.evaluate(SHORTEN)
        result = Axe().run(page, options=rules)
        if result.violations_count:
            found[name(file)] = result.generate_report()
        page.context.close()
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_scrolls_sideways(pages, visit, width):
    too_wide = {}
    for file in pages:
        page = visit(file, width)
        page.evaluate(OPEN_ALL)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over:
            too_wide[name(file)] = over
        page.context.close()
    assert too_wide == {}


def test_titles_levels_language_and_descriptions(pages):
    for file in pages:
        root = html.parse(str(file)).getroot()
        levels = [int(element.tag[1]) for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels.count(1) == 1, name(file)
        assert all(b <= a + 1 for a, b in pairwise(levels)), name(file)
        assert root.get("lang") == "en"
        assert not root.xpath("//th[not(@scope)]"), name(file)
        for alt in root.xpath("//img/@alt | //img[not(@alt)]"):
            assert str(alt).strip(), name(file)
            assert "no description has been provided" not in str(alt).lower(), name(file)


def test_pages_are_small(collections):
    for folder in collections:
        sizes = {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        assert {
            page: size for page, size in sizes.items() if page.endswith(".html") and size > 450_000
        } == {}  # figures stand twice
        if folder.name != "long_labels":
            assert sum(sizes.values()) < 3_400_000, folder.name  # a quarter of it estimates.csv, with 30 columns


def test_one_switch_shows_the_code(pages, visit):
    page = visit(reports(pages)[0])
    hidden = page.locator("details.code, .frame")
    assert hidden.count()
    assert page.locator(":is(details.code, .frame):visible").count() == 0
    button = page.get_by_role("button", name="Show code")
    button.focus()
    page.keyboard.press("Space")
    assert page.locator(":is(details.code, .frame):visible").count() == hidden.count()
    assert page.locator("details.code:not([open]), details.frame:not([open])").count() == 0
    fold = page.locator("details.code").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert not fold.evaluate("fold => fold.open")
    assert page.get_by_role("button", name="Hide code").get_attribute("aria-pressed") == "true"


def test_the_contents_lead_to_their_sections_by_keyboard(pages, visit):
    page = visit(reports(pages)[0])
    link = page.locator("nav.contents a").nth(1)
    link.focus()
    page.keyboard.press("Enter")
    anchor = link.get_attribute("href")[1:]
    assert page.url.endswith(f"#{anchor}")
    assert page.evaluate("id => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 900", anchor)
    at = page.locator("nav.contents a[aria-current]")
    page.wait_for_function("id => document.querySelector('nav.contents a[aria-current]').hash === `#${id}`", arg=anchor)
    page.keyboard.press("Control+End")
    page.wait_for_function("id => document.querySelector('nav.contents a[aria-current]').hash !== `#${id}`", arg=anchor)
    page.keyboard.press("Control+Home")  # upwards, the section above is marked again
    page.wait_for_function("document.querySelector('nav.contents a[aria-current]')?.hash !== '#provenance'")
    assert at.count() <= 1


def test_wide_tables_say_that_they_go_on_and_keep_their_first_column(pages, visit):
    page = visit(with_long_table(pages), 390)
    page.evaluate(OPEN_ALL)
    box = page.locator(".scroll.more:has(tbody th)").first
    place = "box => box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left"
    assert abs(box.evaluate(place)) < 2
    handle = box.element_handle()
    handle.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    page.wait_for_function("box => !box.classList.contains('more') && box.classList.contains('before')", arg=handle)
    assert abs(handle.evaluate(place)) < 2


def test_a_number_leads_to_its_row_and_words_find_it(collections, visit):
    folder = collections[0]
    file = next(page for page in sorted(folder.glob("0*.html")) if 'href="search.html#' in page.read_text())
    page = visit(file, 390)
    link = page.locator("main a.n:visible").first
    words, row = link.inner_text(), link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_function("document.querySelector('#one dl')")
    assert row in page.locator("#one dl").inner_text()
    assert page.locator("#one a").count()  # where it is shown
    every = page.locator("#search .count").inner_text()
    page.get_by_label("Words or numbers").fill(f"{row} {words[:2]}")
    assert page.locator("#search .count").inner_text() != every
    assert page.locator("#hits li").count() == 1
    page.get_by_label("Words or numbers").fill("fisher")
    printed = page.locator("#hits a").filter(has_text="P = ").first.inner_text()
    page.get_by_label("Words or numbers").fill(printed)  # as it stands on the pages
    assert printed in page.locator("#hits li").first.inner_text()
    page.get_by_label("Words or numbers").fill("<b>no such words")
    assert page.locator("#hits li").count() == 0
    page.get_by_label("Words or numbers").fill("")
    assert page.locator("#hits li").count() == 100
    page.get_by_role("button", name="Show 100 more").click()
    assert page.locator("#hits li").count() > 100


def test_long_tables_are_sorted_and_filtered_by_keyboard(pages, visit):
    page = visit(with_long_table(pages))
    page.evaluate(OPEN_ALL)
    table = page.locator("table.long").first
    column = table.locator("thead th").last
    cells = "rows => rows.map((row) => row.hidden ? null : row.cells[row.cells.length - 1].textContent)"
    before = table.locator("tbody tr").evaluate_all(cells)
    column.locator("button").focus()
    page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "ascending"
    upward = table.locator("tbody tr").evaluate_all(cells)
    page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "descending"
    assert sorted(upward) == sorted(before)
    full = [cell for cell in upward if cell]
    assert [cell for cell in table.locator("tbody tr").evaluate_all(cells) if cell] != full or len(set(full)) < 2
    field = page.get_by_label("Filter rows").first
    field.fill("no such words")
    assert table.locator("tbody tr:visible").count() == 0
    assert page.locator(".count").first.inner_text() == f"0 of {len(before)} rows"
    field.fill("")
    assert table.locator("tbody tr:visible").count() == len(before)


def test_numbers_are_sorted_as_numbers(pages, visit):
    page = visit(with_long_table(pages))
    page.evaluate(OPEN_ALL)
    for table in page.locator("table.long").all():
        for number, header in enumerate(table.locator("thead th").all(), 1):
            header.locator("button").click()
            texts = table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()
            shown = [text.strip() for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text.strip())]
            if len(shown) == len([text for text in texts if text.strip()]):
                assert list(map(float, shown)) == sorted(map(float, shown)), header.inner_text()


def test_curves_are_read_by_keyboard_and_by_pointer(pages, visit):
    file = next(page for page in reports(pages) if 'data-axis="' in page.read_text())
    page = visit(file)
    figure = page.locator("figure.drawing[data-axis]").first
    slider, told = figure.get_by_label("Read the curves at a month"), figure.locator("output")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert told.inner_text().startswith("Month 6. ")
    rows = (
        figure.locator("xpath=following-sibling::details[1]")
        .locator("tbody tr")
        .evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))")
    )
    for group in dict.fromkeys(row[0] for row in rows):
        value = [row[2] for row in rows if row[0] == group and float(row[1]) <= 6][-1]
        assert f"{group}: {100 * float(value):.1f}%" in told.inner_text()
    left, step, end = map(float, figure.get_attribute("data-axis").split())
    plot = figure.locator(".plot")
    width = plot.bounding_box()["width"]
    plot.hover(position={"x": width * (left + step * end), "y": 50})
    assert told.inner_text().startswith(f"Month {end:.0f}. ")


def test_the_policy_stops_what_is_pasted_in(pages, chromium, tmp_path):
    copy = tmp_path / "pasted.html"
    copy.write_text(reports(pages)[0].read_text().replace("<h1", f"{PASTED}<h1", 1))
    context = chromium.new_context()
    page, blocked, answered = context.new_page(), [], []
    page.on("console", lambda message: blocked.append(message.text))
    page.on("response", lambda response: answered.append(response.url))
    page.goto(copy.as_uri())
    assert page.evaluate("window.pasted") is None
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(1, 2, 3)"
    assert not [url for url in answered if "example.org" in url]
    for directive in ("script-src", "style-src", "img-src", "default-src"):
        assert [text for text in blocked if "Content Security Policy" in text and directive in text], directive
    context.close()


def test_pages_can_be_read_without_script(pages, visit):
    page = visit(reports(pages)[0], java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert not page.get_by_role("button").first.is_visible()
    fold = page.locator("details.code").first
    fold.locator("summary").click()
    assert fold.locator("pre").is_visible()
    page.goto(reports(pages)[0].with_name("search.html").as_uri())
    assert page.locator("noscript a[href='estimates.csv'], main a[href='estimates.csv']").first.is_visible()


def test_print_keeps_each_figure_whole_with_its_caption(pages, visit, tmp_path):
    pdftotext = needed("pdftotext")
    checked = 0
    for file in reports(pages):
        page = visit(file)
        page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
        page.context.close()
        done = subprocess.run(
            [pdftotext, "-layout", tmp_path / "page.pdf", "-"], check=True, capture_output=True, text=True
        )
        sheets = [squeeze(sheet) for sheet in done.stdout.split("\f")]
        for figure in html.parse(str(file)).getroot().xpath("//figure[@class='drawing']"):
            caption = squeeze(figure.find("figcaption").text_content())[:60]
            [sheet] = [sheet for sheet in sheets if caption in sheet]
            missing = [words for words in words_in(figure.find(".//img").get("src")) if words not in sheet]
            assert missing == [], f"{name(file)}: {caption}"
            checked += 1
    assert checked


def squeeze(text):
    """Text without spaces and signs of origin, and with plain letters in place of ligatures."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if not sign.isspace() and sign not in SIGNS.values())


def words_in(address):
    """The texts of a drawing, without spaces."""
    root = etree.fromstring(unquote(address.partition(",")[2]).encode())
    return {squeeze(element.text) for element in root.iter("{*}text") if element.text and element.text.isascii()}
