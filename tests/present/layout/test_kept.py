import pandas as pd

from helpers.present.layout import theme
from helpers.present.layout.kept import kept


def test_the_narrow_drawing_does_not_ask_again_and_the_next_figure_does():
    asked = []

    @kept
    def described(rows, words):
        asked.append((rows, words))
        return " ".join([str(len(rows)), *words])

    @theme.themed
    def draw(rows):
        alt = " ".join([described(rows, ["rows"]), described(rows, ["lines"]), described(rows.head(1), ["rows"])])
        return theme.finish(theme.Sheet(50).figure, rows, id="x", caption="x", alt=alt)

    rows = pd.DataFrame({"a": [1, 2]})
    figure = draw(rows)
    assert figure.alt == figure.narrow.alt == "2 rows 2 lines 1 rows"
    assert [len(known) for known, _ in asked] == [2, 2, 1, 1]  # the first row is a new table each time
    rows.loc[2] = 3
    assert draw(rows).alt == "3 rows 3 lines 1 rows"
    assert [described(rows, []) for _ in range(2)] == ["3"] * 2
    assert len(asked) == 10
