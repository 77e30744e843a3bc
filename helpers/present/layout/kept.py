"""What a figure asks twice, wide and narrow, and answers once."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_remembered: ContextVar[dict[tuple, tuple] | None] = ContextVar("remembered", default=None)


def kept(make: Callable[P, T]) -> Callable[P, T]:
    """The same function, which within one figure answers the same question once: the narrow drawing asks it again.

    For what does not depend on the width, and is not changed by who gets it. Tables are told by what they are, not by
    what they hold.
    """

    @wraps(make)
    def once(*given: P.args, **named: P.kwargs) -> T:
        answers = _remembered.get()
        if answers is None:
            return make(*given, **named)
        question = make, _told(given), _told(named)
        if question not in answers:
            answers[question] = make(*given, **named), given, named  # which live as long as the answer
        return answers[question][0]

    return once


@contextmanager
def one_figure() -> Iterator[None]:
    """What is `kept` inside is forgotten at the end."""
    outside = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(outside)


def _told(part: object) -> Hashable:
    """What tells an argument from others."""
    if isinstance(part, str | int | float | None):
        return type(part), part
    if isinstance(part, list | tuple):
        return type(part), *map(_told, part)
    return tuple((name, _told(value)) for name, value in part.items()) if isinstance(part, dict) else id(part)
