"""What is read from the HTML of a stored notebook is what was shown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import CLAIMS, ESTIMATE, STUDY, bundle, drawing

from helpers.faults import CONTROL
from helpers.frames import Frame
from helpers.present import show
from helpers.report.from_html import READERS, kind_of, read, stored
from helpers.stats.estimates import estimates

LABELS = st.text(min_size=1).filter(lambda text: text.strip() and not CONTROL.search(text) and "\r" not in text)


def everything(label):
    """One of each, with a label in every place."""
    points = pd.DataFrame({label: [label], "value": [1 / 3]})
    return [
        show.Text("answer", label),
        show.Text("sentence", label),
        show.Cards([(label, label, label)]),
        show.Table(label, label, [(label, "left"), ("b", "right")], [[f"x{label}", ""], ["y", label]], [label], [0, 2]),
        drawing(label, label, label, data=points, axis="0.1 0.03 24"),
        drawing(label, label, label, data=pd.DataFrame()),
        show.Estimates(estimates([ESTIMATE | {"group": label, "note": label}]), label),
        show.Claims([dict.fromkeys(CLAIMS[0], label)]),
        show.Loaded(label, label, False, label, None, label),
        STUDY,
        show.Provenance([(label, label)]),
    ]


@pytest.mark.parametrize("number", range(11))
@given(LABELS)
def test_what_was_shown_is_read_back(number, label):
    thing = everything(label)[number]
    again = read(bundle(thing)["text/html"])
    assert type(again) is type(thing)
    assert (again.facts(), again.html(), again.plain()) == (thing.facts(), thing.html(), thing.plain())


def test_every_kind_of_thing_can_be_read():
    kinds = {shown.kind for shown in show.Display.__subclasses__()}
    assert kinds == READERS.keys()


@pytest.mark.parametrize("html", ["", "<p>words</p>", '<div data-second-cart="', pd.DataFrame({"a": [1]}).to_html()])
def test_other_html_is_left_alone(html):
    assert read(html) is None


def test_a_frame_is_no_object_but_is_known():
    html = Frame({"a": [1]})._repr_mimebundle_()["text/html"]
    assert (kind_of(html), read(html)) == ("frame", None)


def test_an_output_is_stored_in_one_form():
    assert stored({"text/plain": "x", "text/html": "<b>", "image/png": "y"}) == {"text/html": "<b>"}
    assert stored({"text/plain": "x"}) == {"text/plain": "x"}
