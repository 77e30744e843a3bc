import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.cohort.texts import Texts

CELLS = st.lists(st.sampled_from(["a", "A", "b", "gone", None]), min_size=1)


@pytest.mark.parametrize("kind", [object, "category"])
@given(CELLS)
def test_what_is_done_to_texts_is_done_to_cells(kind, cells):
    column = Texts.of(pd.Series(cells, dtype=object).astype(kind))
    made = [None if cell in (None, "gone") else cell.lower() for cell in cells]
    found = column.each(lambda text: None if text == "gone" else text.lower())
    assert [None if pd.isna(cell) else cell for cell in found.values()] == made
    assert sorted(found.texts) == sorted({cell for cell in made if cell})
    assert found.given.tolist() == [cell is not None for cell in made]
    assert found.among(["a"]).tolist() == [cell == "a" for cell in made]


def test_a_text_that_no_row_has_is_not_asked():
    column = Texts(np.array([1, -1, 1]), ["header", "3"])
    assert column.each(lambda text: str(int(text) + 1)).values().tolist()[0::2] == ["4", "4"]


def test_rows_left_out_are_empty():
    assert Texts.of(np.array(["x", "y"], dtype=object)).where(np.array([False, True])).given.tolist() == [False, True]
