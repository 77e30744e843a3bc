"""Printed numbers: the same on every machine, and never infinite or silent about what is missing."""

import math

import pytest

from helpers.present import format as fmt


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.1285, 3, "0.129"), (2.675, 2, "2.67"), (-0.001, 2, "0.00"), (1e9, 0, "1000000000"), (25.55, 1, "25.6")],
)
def test_number_prints_a_fixed_count_of_decimals(value, digits, text):
    assert fmt.number(value, digits) == text


@pytest.mark.parametrize("value", [math.nan, None, math.inf, -math.inf])
@pytest.mark.parametrize("show", [fmt.number, fmt.ratio, fmt.significant, fmt.percent])
def test_missing_and_infinite_numbers_are_not_estimable(show, value):
    assert show(value) == "not estimable"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0447, "0.0447"),
        (0.0497, "0.0497"),
        (0.0444, "0.044"),
        (0.0556, "0.056"),
        (0.0996, "0.10"),
        (0.0994, "0.099"),
        (0.5, "0.50"),
        (0.0001, "<0.001"),
        (1.0, ">0.99"),
    ],
)
def test_p_value_is_never_zero_or_one(value, text):
    assert fmt.p_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1234"), (0.012345, "0.0123"), (0, "0"), (-2.0, "\u22122.00"), (58.83, "58.8"), (0.2, "0.200")],
)
def test_significant_never_uses_an_exponent(value, text):
    assert fmt.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.128, "0.13"),
        (7.814, "7.81"),
        (9.996, "10.0"),
        (58.83, "58.8"),
        (99.96, "100"),
        (1e6, ">1,000"),
        (0.004, "<0.005"),
    ],
)
def test_ratio_has_two_decimals_below_10_one_below_100_then_none(value, text):
    assert fmt.ratio(value) == text


@pytest.mark.parametrize(
    ("limit", "estimate", "text"),
    [(59.06, 7.79, "59.06"), (1.034, 7.79, "1.03"), (0.997, 0.2, "0.997"), (1.002, 40.0, "1.002"), (1.0, 2.0, "1.00")],
)
def test_a_limit_is_printed_like_its_estimate_and_on_its_side_of_1(limit, estimate, text):
    assert fmt.ratio(limit, like=estimate) == text


def test_a_difference_of_proportions_is_in_points():
    assert fmt.points(0.3333) == "33.3 points"
    assert fmt.points(-0.012) == "\u22121.2 points"


def test_the_last_bits_of_a_float_move_no_digit():
    exact = 0.2375
    assert {fmt.percent(exact + step * 1e-13) for step in (-1, 0, 1)} == {fmt.percent(exact)}


def test_interval_names_an_open_end():
    assert fmt.interval(1.5, math.nan) == "1.50 to not reached"
    assert fmt.interval(math.nan, math.nan) == ""
