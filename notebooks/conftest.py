"""nbval runs the numbered notebooks and compares all that they say; of a drawing, its caption, description and data."""

from functools import partial

from nbformat import from_dict

from helpers.report.from_html import stored

DRAWING = r'data:image/svg\+xml,[^"]*'
collect_ignore = ["template"]  # run by a test of its own


def pytest_collection_modifyitems(items: list) -> None:
    """Tell every cell that pytest collected to compare what a stored notebook holds, without the drawings."""
    for item in items:
        if hasattr(item.parent, "sanitize_patterns"):
            item.parent.sanitize_patterns[DRAWING] = "a drawing"
            item.compare_outputs = partial(compare, item.compare_outputs)


def compare(by_nbval: object, outputs: list, before: list) -> bool:
    """Compare outputs with those of the file, each without what its HTML says too."""
    return by_nbval([once(output) for output in outputs], [once(output) for output in before])


def once(output: dict) -> dict:
    """An output with each thing once."""
    return from_dict({**output, "data": stored(output["data"])}) if "data" in output else output
