"""Numbers as text: one way to print each kind, the same on every machine.

A value is cut to nine significant digits before it is rounded, so that a float's last bits, which differ between
processors, cannot move a printed digit. Halves round as the number is stored: 6.25 prints 6.2, 0.35 prints 0.3.
"""

import math
from collections.abc import Callable

from helpers.stats.ties import PRINTED_DIGITS, written

NOT_ESTIMABLE = "not estimable"
MINUS = "\u2212"
LARGEST_RATIO = 1000


def _clean(value: float) -> float:
    return float(f"{value:.{PRINTED_DIGITS}g}")


def is_missing(value: object) -> bool:
    """True for None, NaN and pandas' missing values."""
    return value is None or value != value


def whole(value: float) -> bool:
    """True for a number without decimals, whatever its last bits."""
    return _clean(value).is_integer()


def number(value: float, digits: int = 2) -> str:
    """A number with a fixed count of decimals and a real minus sign; missing or infinite prints as not estimable."""
    if is_missing(value) or math.isinf(value):
        return NOT_ESTIMABLE
    text = written(value, f".{digits}f")
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def significant(value: float, digits: int = 3) -> str:
    """A number with at least so many significant digits, never in exponent form; zero stays 0."""
    if is_missing(value) or math.isinf(value):
        return NOT_ESTIMABLE
    if value == 0:
        return "0"
    size = int(written(value, f".{digits - 1}e").partition("e")[2])  # the power of ten once rounded: 9.996 is 10.0
    return number(value, max(0, digits - 1 - size))


def ratio(value: float, like: float | None = None) -> str:
    """An odds or hazard ratio: two decimals below 10, one below 100, none above; a limit has those of its estimate.

    `like` is the estimate of a limit. A limit that would print as 1 while it lies on one side of it gets the decimals
    that show the side, so that no interval contradicts its P.
    """
    if is_missing(value) or math.isinf(value):
        return NOT_ESTIMABLE
    size = abs(_clean(value if like is None or is_missing(like) else like))
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    if abs(_clean(value)) > LARGEST_RATIO:
        return f">{LARGEST_RATIO:,}"
    text = number(value, digits)
    if float(text) == 0:
        return f"<{10**-digits / 2:g}" if digits else "<0.5"
    if like is not None and float(text) == 1 and _clean(value) != 1:
        return next((longer for longer in (number(value, more) for more in (3, 4)) if float(longer) != 1), text)
    return text


def percent(value: float, digits: int = 1) -> str:
    """A proportion between 0 and 1 as a percentage."""
    text = percentage(value, digits)
    return text if text == NOT_ESTIMABLE else f"{text}%"


def whole_percent(value: float) -> str:
    """A proportion as a whole percentage; with a decimal where it would print as none or all and is neither."""
    text = percent(value, 0)
    return text if text not in ("0%", "100%") or value in (0, 1) else percent(value)


def percentage(value: float, digits: int = 1) -> str:
    """A proportion between 0 and 1 as a percentage without its sign: the limits after "55.6%"."""
    return number(math.nan if is_missing(value) else 100 * value, digits)


def points(value: float) -> str:
    """A difference of two proportions in percentage points: "33.3 points"."""
    text = percentage(value)
    return text if text == NOT_ESTIMABLE else f"{text} {'point' if text == '1.0' else 'points'}"


def p_value(value: float) -> str:
    """A P value, never 0 or 1: two decimals, three below 0.1, four from 0.045 to 0.055.

    So no printed P contradicts what is said of 0.05.
    """
    if is_missing(value):
        return NOT_ESTIMABLE
    value = _clean(value)
    if value < 0.001:
        return "<0.001"
    if value > 0.99:
        return ">0.99"
    if 0.0445 <= value < 0.0555:
        return f"{value:.4f}"
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def interval(low: float, high: float, show: Callable[[float], str] = number) -> str:
    """A 95% interval as "low to high"; empty when neither end exists, one-sided ends are named."""
    if is_missing(low) and is_missing(high):
        return ""
    return " to ".join("not reached" if is_missing(end) else show(end) for end in (low, high))


def equals_p(value: float) -> str:
    """A P value inside a sentence: "P = 0.045", "P < 0.001"."""
    text = p_value(value)
    return f"P {text[0]} {text[1:]}" if text[0] in "<>" else f"P = {text}"


def time(value: float) -> str:
    """A time in its unit with one decimal."""
    return number(value, 1)


def plain(value: float) -> str:
    """A number with the decimals it has, six digits at most: a day, a quartile, months."""
    return written(value, "g")


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return NOT_ESTIMABLE if is_missing(value) else written(value, ",.0f")


def count_of(events: float, total: float) -> str:
    """ "10/18" from two counts."""
    return f"{int(events)}/{int(total)}"


def plural(count: int, noun: str, many: str = "") -> str:
    """ "1 patient", "2 patients"; `many` gives an irregular plural."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
