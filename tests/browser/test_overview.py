"""The page over all runs of a batch, opened in a browser."""

import pytest
from batches import batch

from helpers.report.overview import summary_page

pytestmark = pytest.mark.browser
OPEN_ALL = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"


@pytest.fixture(scope="module")
def overview(tmp_path_factory):
    """A page of 12 runs, one of which has too few patients for a curve."""
    runs, rows = batch()
    rows.loc[(rows["run"] == "centre-03") & (rows["time_months"] == 24), "status"] = "few_at_risk"
    runs.loc[11, ["status", "notebook", "message"]] = ["failed", "04_survival", "stopped"]
    file = tmp_path_factory.mktemp("batch") / "index.html"
    file.write_text(summary_page(runs, rows), encoding="utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")])
def test_axe_finds_no_violation_and_nothing_is_asked_for(overview, visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(overview, width, scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(OPEN_ALL)
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    assert result.violations_count == 0, result.generate_report()
    assert [url for url in asked if not url.startswith("data:")] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_runs_are_sorted_by_any_column_and_words_stay_at_the_end(overview, visit):
    page = visit(overview)
    table = page.locator("table[aria-labelledby='table']")
    head = table.locator("thead th").nth(3)
    cells = table.locator("tbody tr > :nth-child(4)")
    for direction in ("ascending", "descending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == direction
        *numbers, last = cells.all_inner_texts()
        assert last.startswith("too few")
        values = [float(text.partition("%")[0]) for text in numbers]
        assert values == sorted(values, reverse=direction == "descending")
    name = table.locator("thead th").first
    name.get_by_role("button").click()
    names = table.locator("tbody tr > :first-child").all_inner_texts()
    assert names == sorted(names)
