"""What `make portable` takes for a difference between two machines."""

import copy

import pytest

from tests.portable import comparison
from tests.portable.execute import readable

ROW = {"method": "Cox", "term": "Arm", "estimate": 0.5, "ci_low": float("nan"), "n": 35}
RESULTS = {"data/x": {"05_y": {"texts": [[{"text/plain": "0.50 (0.21 to 1.2)"}], []], "estimates": [ROW]}}}


def changed(**values):
    other = copy.deepcopy(RESULTS)
    other["data/x"]["05_y"]["estimates"][0] |= values
    return other


@pytest.mark.parametrize("estimate", [0.5, 0.5 + 1e-12])
def test_last_bits_are_no_difference(estimate):
    assert comparison.differences(RESULTS, changed(estimate=estimate)) == []


@pytest.mark.parametrize("values", [{"estimate": 0.5 + 1e-8}, {"ci_low": 0.1}, {"n": 34}, {"estimate": float("nan")}])
def test_a_number_that_moves_is_named(values):
    [fault] = comparison.differences(RESULTS, changed(**values))
    assert fault.startswith(f"x, 05_y: Cox, Arm: {next(iter(values))} ")


def test_a_changed_letter_is_named_with_its_cell():
    other = copy.deepcopy(RESULTS)
    other["data/x"]["05_y"]["texts"][0][0]["text/plain"] = "0.50 (0.21 to 1.3)"
    [fault] = comparison.differences(RESULTS, other)
    assert "code cell 1 prints" in fault


def test_the_words_drawn_in_a_figure_are_compared_and_its_lines_are_not():
    from matplotlib.figure import Figure

    from helpers.present.canvas import image, svg

    texts = []
    for height, label in ((1, "P = 0.04"), (2, "P = 0.04"), (2, "P = 0.05")):
        figure = Figure()
        figure.add_subplot().bar([0], [height])
        figure.axes[0].set_axis_off()
        figure.text(0.1, 0.1, label)
        texts.append(readable({"text/html": image(svg(figure), "bars"), "image/png": "x"}))
    assert texts[0] == texts[1] != texts[2]
    assert texts[0]["words drawn"] == ["P = 0.04"]
