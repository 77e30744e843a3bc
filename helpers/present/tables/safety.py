"""Tables and figures of toxicity: adverse events by class and term, and associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present import show
from helpers.present.figures.bars import plot_butterfly
from helpers.present.layout.theme import Style
from helpers.present.show import Table, Text
from helpers.present.tables.listing import absent, count_with_interval, p_only
from helpers.present.values import value_with_interval
from helpers.study import Study

ANY, CLASS, TERM, SEVERE = "adverse_event", "adverse_event_class", "adverse_event_term", "_3_or_more"


def adverse_events(estimates: pd.DataFrame, *, id: str, caption: str, before: int = 0) -> Table | Text:
    """One row per class and, under it, per term: patients with any grade, with grade 3 or more, and events.

    For everybody in three columns, for each group in one. `before` is the number of events that began before day 0.
    """
    if estimates.empty:
        return absent(caption)
    cells = _cells(estimates)
    groups = [group for group in dict.fromkeys(estimates["group"]) if group != "All"]
    sizes = estimates.groupby("group", sort=False)["n"].first()
    rows, indent = [], []
    for endpoint, name, label, level in _lines(estimates):
        some, severe, events = cells[endpoint, name, "All"]
        own = [_all_three(cells[endpoint, name, group]) for group in groups] if len(groups) > 1 else []
        rows.append([label, some, severe, events, *own])
        indent.append(level)
    titles = [f"Patients (n = {int(sizes['All'])})", "Grade 3 or more", "Events"]
    titles += [f"{group} (n = {int(sizes[group])})" for group in groups] if len(groups) > 1 else []
    return Table(
        id, caption, [("Adverse event", "left"), *((t, "right") for t in titles)], rows, _notes(before), indent
    )


def _notes(before: int) -> list[str]:
    """How patients and events are counted."""
    notes = [
        "Each patient counts once in a row, at the worst grade; every event counts. All patients are the denominator.",
        "In a group's column: patients (percent) / patients with grade 3 or more / events.",
    ]
    began = f"{fmt.plural(before, 'event')} began before day 0 and {'is' if before == 1 else 'are'} not counted."
    return [*notes, began] if before else notes


def _cells(estimates: pd.DataFrame) -> dict[tuple[str, str, str], tuple[str, str, str]]:
    """The three printed numbers of each row and group."""
    shares = estimates[estimates["measure"] == "proportion"].set_index(["endpoint", "term", "group"])
    events = estimates[estimates["measure"] == "count"].set_index(["endpoint", "term", "group"])["estimate"]
    told = {key: _share(row.events, row.n) for key, row in zip(shares.index, shares.itertuples(), strict=True)}
    return {key: (told[key], told[key[0] + SEVERE, key[1], key[2]], fmt.count(count)) for key, count in events.items()}


def _all_three(cell: tuple[str, str, str]) -> str:
    """ "12 (34%) / 5 / 14": the percentage of the first number only, for want of room."""
    return " / ".join((cell[0], cell[1].split(" (")[0], cell[2]))


def _share(events: float, n: float) -> str:
    """ "12 (34%)"."""
    return f"{fmt.count(events)} ({fmt.percent(events / n, 0)})" if n else "no patients"


def _lines(estimates: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """Endpoint, term, printed label and indent of each row: everything, then each class with its terms."""
    names = {
        key: list(dict.fromkeys(estimates.loc[estimates["endpoint"] == key, "term"])) for key in (ANY, CLASS, TERM)
    }
    lines = [(ANY, name, name, 0) for name in names[ANY]]
    left = list(names[TERM])
    for owner in names[CLASS]:
        own = [name for name in left if name.startswith(f"{owner}: ")]
        left = [name for name in left if name not in own]
        lines.append((CLASS, owner, owner, 0))
        lines += [(TERM, name, name.removeprefix(f"{owner}: "), 1) for name in own]
    return lines + [(TERM, name, name, 0) for name in left]


def butterfly(estimates: pd.DataFrame, study: Study, *, id: str, caption: str) -> show.Figure | Text:
    """The terms of the two sides of the contrast back to back, most frequent first; nothing without a contrast."""
    terms = estimates[(estimates["measure"] == "proportion") & (estimates["group"] != "All")]
    names = {name: name.split(": ", 1)[-1] for name in terms["term"]}
    short = pd.Series(names).duplicated(keep=False)  # a term in two classes keeps its class
    terms = terms.assign(term=[name if short[name] else names[name] for name in terms["term"]])
    some = terms[terms["endpoint"] == TERM]
    order = some.groupby("term", sort=False)["events"].sum().sort_values(ascending=False, kind="stable").index
    some = some.sort_values("term", key=lambda column: column.map(list(order).index), kind="stable")
    severe = terms[terms["endpoint"] == TERM + SEVERE]
    return plot_butterfly(some, severe, side_styles(study), id=id, caption=caption)


def side_styles(study: Study) -> dict[str, Style]:
    """How the two sides of the contrast are drawn: as the first arm of each; nothing without a contrast."""
    if study.contrast is None:
        return {}
    arms = {arm.key: arm for arm in study.arms}
    sides = (
        (study.contrast.control_label, study.contrast.control),
        (study.contrast.treated_label, study.contrast.treated),
    )
    return {label: Style(arms[keys[0]].color, arms[keys[0]].linestyle, arms[keys[0]].marker) for label, keys in sides}


def associations(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """Under each pair the proportion at each level, and in its heading the comparison with its P and method."""
    if estimates.empty:
        return absent(caption)
    rows, indent = [], []
    for term, part in estimates.groupby("term", sort=False):
        levels, compared = part[part["group"] != "Comparison"], part[part["group"] == "Comparison"]
        rows.append([str(term), "", *_compared(compared)])
        rows += [[str(row["group"]), count_with_interval(row), "", "", ""] for _, row in levels.iterrows()]
        indent += [0] + [1] * len(levels)
    titles = [("Outcome by factor", "left"), ("Patients (95% CI)", "right"), ("Odds ratio (95% CI)", "right")]
    return Table(id, caption, [*titles, ("P", "right"), ("Method", "left")], rows, [], indent)


def _compared(rows: pd.DataFrame) -> list[str]:
    """Odds ratio, P and method of a comparison; the reason when there is none."""
    if rows.empty:
        return ["", "", ""]
    row = rows.iloc[0]
    shown = value_with_interval(row) if row["measure"] == "odds_ratio" else ""
    return [shown, p_only(row), "; ".join(text for text in (row["method"], row["note"]) if text)]
