"""Labels in scripts that the figure font lacks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def any_script() -> Iterator[None]:
    """Run without matplotlib's warning of a missing glyph, which would put a path of this machine into a notebook.

    The image shows a box for such a letter, the SVG the letter itself. Other warnings are passed on.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        yield
