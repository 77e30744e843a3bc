import numpy as np
import pandas as pd

from helpers.present.figures.curve_lines import line_points, value_at


def test_a_thinned_line_leaves_the_curve_by_less_than_half_a_pixel_and_holds_at_the_ticks():
    days = np.arange(3_000.0)
    rows = pd.DataFrame({"time_months": days / 30, "survival": np.exp(-((days / 900) ** 0.7))})
    few = line_points(rows, [0.0, 24.0, 60.0])
    assert 300 < len(few) < 760
    at = np.linspace(0, 100, 20_000)
    apart = np.abs(value_at(few, at) - value_at(rows, at)) * 205 * 680 / 510  # pixels, on a page of 680
    assert apart.max() < 0.5
    assert np.array_equal(value_at(few, [0.0, 24.0, 60.0]), value_at(rows, [0.0, 24.0, 60.0]))
