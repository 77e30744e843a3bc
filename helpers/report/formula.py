"""Formulas of the text as small pictures, so that a page needs no script and no font from elsewhere."""

import base64
import io
from functools import cache
from html import escape


@cache
def picture(tex: str) -> str:
    """Return a TeX formula as an `img` whose description is the formula; unreadable TeX stays as written.

    Drawn by matplotlib's mathtext, with its letters as outlines.
    """
    from matplotlib import mathtext, rc_context  # only pages with formulas need it
    from matplotlib.font_manager import FontProperties

    buffer = io.BytesIO()
    try:
        with rc_context({"svg.fonttype": "path", "mathtext.fontset": "dejavuserif", "svg.hashsalt": "formula"}):
            mathtext.math_to_image(f"${tex.strip()}$", buffer, format="svg", prop=FontProperties(size=13))
    except ValueError:
        return f"<code>{escape(tex)}</code>"
    source = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="formula" alt="{escape(tex)}" src="data:image/svg+xml;base64,{source}">'
