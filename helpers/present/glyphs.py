"""Labels in scripts that the figure font lacks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def any_script() -> Iterator[None]:
    """Run without matplotlib's warning that a glyph is missing; every other warning is passed on.

    The image shows a box for such a letter and the SVG the letter itself. The warning would only put a path of this
    machine into a stored notebook.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        yield
