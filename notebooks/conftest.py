"""nbval compares what notebooks say: the drawing in a figure's HTML is left out, as it leaves out PNG."""

DRAWING = r"data:image/svg\+xml;base64,[\w+/=]+"


def pytest_collection_modifyitems(items: list) -> None:
    """Tell every notebook that pytest collected to compare figures by their caption, description and data."""
    for item in items:
        if hasattr(item.parent, "sanitize_patterns"):
            item.parent.sanitize_patterns[DRAWING] = "a drawing"
