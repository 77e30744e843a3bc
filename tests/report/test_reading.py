import io

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from helpers.present.canvas import SETTINGS
from helpers.report.reading import axis_of

COLUMNS = ["group", "time_months", "survival", "ci_low"]
ROWS = [["A", "0", "1", ""], ["A", "22.5", "0.5", "0.2"]]
TICK = '<g id="xtick_{}"><g id="line"><use xlink:href="#m" x="{}" y="271"/></g><g><text x="1">{}</text></g></g>'


def drawing(ticks, width=400):
    marks = "".join(TICK.format(number, place, label) for number, (label, place) in enumerate(ticks, 1))
    return f'<svg viewBox="0 0 {width} 300">{marks}<g id="ytick_1"><use x="9"/><text>50</text></g></svg>'


def test_months_are_placed_by_the_ticks_of_the_drawing():
    left, step, end = map(float, axis_of(drawing([(0, 40), (12, 160), (24, 280)]), COLUMNS, ROWS).split())
    assert (left, end) == (0.1, 24)
    assert left + 12 * step == pytest.approx(160 / 400)


def test_an_axis_that_does_not_begin_at_zero_is_extended():
    left, step, _ = map(float, axis_of(drawing([(6, 100), (24, 280)]), COLUMNS, ROWS).split())
    assert left == pytest.approx(0.1)
    assert left + 24 * step == pytest.approx(280 / 400)


@pytest.mark.parametrize(
    ("svg", "columns", "rows"),
    [
        (drawing([(0, 40), (24, 280)]), ["term", "estimate", "p"], ROWS),
        (drawing([(0, 40), (24, 280)]), COLUMNS, []),
        (drawing([(0, 40)]), COLUMNS, ROWS),
        (drawing([(0, 40), (700, 280)]), COLUMNS, ROWS),
        (drawing([(24, 40), (0, 280)]), COLUMNS, ROWS),
        ("", COLUMNS, ROWS),
    ],
    ids=["no curve", "no rows", "one tick", "axis in days", "backwards", "no drawing"],
)
def test_what_cannot_be_read_is_left_alone(svg, columns, rows):
    assert axis_of(svg, columns, rows) == ""


def test_matplotlib_still_writes_ticks_this_way():

    figure = Figure(figsize=(4, 3))
    axes = figure.add_axes((0.1, 0.2, 0.8, 0.7))
    axes.set(xlim=(0, 24), xticks=[0, 12, 24])
    buffer = io.StringIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(buffer, format="svg")
    left, step, end = map(float, axis_of(buffer.getvalue(), COLUMNS, ROWS).split())
    assert (left, end) == (pytest.approx(0.1, abs=1e-4), 24)
    assert left + 24 * step == pytest.approx(0.9, abs=1e-4)
