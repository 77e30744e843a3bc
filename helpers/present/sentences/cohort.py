"""Sentences on who the patients are: flow, accrual, follow-up, balance, missing values, and checks of the data."""

import pandas as pd

from helpers.cohort.findings import CHECK, NOTE, QUESTION
from helpers.present import format as fmt
from helpers.present.sentences.general import listed
from helpers.present.values import capital, interval, marked, value, within
from helpers.stats.cohort.baseline import beyond_chance
from helpers.stats.cohort.flow import TREATED
from helpers.stats.estimates import filter_rows, single
from helpers.stats.ties import tied
from helpers.study import Study

MOST = 3
NUMBERS = ("age_years", "prior_lines")  # that say who the patients are
MOST_CARDS = 2  # on declared characteristics
MOST_ARMS = 4  # named in a sentence
Card = tuple[str, str, str]


def patient_counts(steps: pd.DataFrame, study: Study) -> str:
    """The flow of all patients: "35 patients infused (Single: 18; Tandem: 17); in complete remission 23.".

    Steps that lose nobody are left out, and so are more than 4 arms. Later treatments are said by `later_treatments`.
    """
    arms = filter_rows(steps[(steps["group"] != "All") & (steps["estimate"] > 0)], level=TREATED)
    named = [f"{row['group']}: {value(row)}" for _, row in arms.iterrows()]
    by_arm = f" ({'; '.join(named)})" if 1 < len(named) <= MOST_ARMS else ""
    steps = filter_rows(steps, group="All")
    later = steps["level"].isin([exposure.key for exposure in study.treatments])
    first = steps.index == steps.index.min()
    lost = steps[((steps["estimate"] < steps["n"]) | first) & (steps["level"] != TREATED) & ~later]
    treated = [
        f"{_patients(row)} {within(row['term'])}{by_arm}" for _, row in filter_rows(steps, level=TREATED).iterrows()
    ]
    others = [f"{within(row['term'])} {value(row)}" for _, row in lost.iterrows()]
    return f"{'; '.join([*treated, *others])}." if treated else ""


def _patients(row: pd.Series) -> str:
    """ "1 patient", marked."""
    return marked(row, fmt.plural(int(row["estimate"]), "patient"))


def cohort_cards(arms: pd.DataFrame, description: pd.DataFrame, study: Study) -> list[Card]:
    """Headline cards of any cohort: the patients, their age, and the first two factors of two levels it declares."""
    together = filter_rows(description, group="All")
    cards = [_patients_card(arms, study)]
    age = filter_rows(together, variable="age_years").set_index("measure")
    if "median" in age.index and not fmt.is_missing(age.loc["median", "estimate"]):
        ends = dict.fromkeys(_number(age.loc[name]) for name in ("minimum", "maximum"))
        detail = f"range {' to '.join(ends)}" if age.loc["median", "n"] > 1 else "one patient"
        cards.append((f"Median {within(age.loc['median', 'term'])}", _number(age.loc["median"]), detail))
    declared = [_factor_card(together, factor.column, factor.reference) for factor in study.covariates]
    return [*cards, *[card for card in declared if card][:MOST_CARDS]]


def characteristics(description: pd.DataFrame, study: Study) -> list[str]:
    """Who the patients are, a sentence each: age and earlier treatment, then the first factors that the study declares.

    "Median age, years 32 (range 14 to 54); median prior lines of therapy 4 (range 3 to 6)." and "Prior transplant
    16/35 (46%); extramedullary disease 12/35 (34%).". A sentence of nothing recorded is "".
    """
    together = filter_rows(description, group="All")
    numbers = [_median_and_range(filter_rows(together, variable=name)) for name in NUMBERS]
    declared = [_factor_card(together, factor.column, factor.reference) for factor in study.covariates]
    shares = [f"{within(label)} {count} ({share})" for label, share, count in filter(None, declared)][:MOST]
    parts = ("; ".join(filter(None, phrases)) for phrases in (numbers, shares))
    return [f"{capital(part)}." if part else "" for part in parts]


def _median_and_range(rows: pd.DataFrame) -> str:
    """ "median age, years 32 (range 14 to 54)"; "" where nobody has a value."""
    known = rows.set_index("measure")
    if "median" not in known.index or fmt.is_missing(known.loc["median", "estimate"]):
        return ""
    least, middle, most = (known.loc[name] for name in ("minimum", "median", "maximum"))
    limits = f" (range {_number(least)} to {_number(most)})" if middle["n"] > 1 else ""
    return f"median {within(middle['term'])} {_number(middle)}{limits}"


def _patients_card(arms: pd.DataFrame, study: Study) -> Card:
    """All patients, and by arm in the study's order where there are several."""
    by_arm = " / ".join(value(row) for _, row in arms[arms["group"] != "All"].iterrows())
    return f"Patients {study.treated}", value(single(arms, group="All")), f"{by_arm} by arm" if by_arm else "one arm"


def _factor_card(together: pd.DataFrame, column: str, reference: str) -> Card | None:
    """The share of everybody at the other level of a factor of two levels; none for any other characteristic."""
    rows = filter_rows(together, variable=column, measure="proportion")
    if len(rows) != 2 or not rows["n"].iloc[0]:
        return None
    row = rows[rows["level"] != reference].iloc[-1]
    label = row["variable_label"] if row["level"] == "yes" else row["term"]
    share = marked(row, fmt.percent(row["estimate"], 0))
    return label, share, marked(row, fmt.count_of(row["events"], row["n"]))


def _number(row: pd.Series) -> str:
    """A number of a description, with one decimal where it has any."""
    return marked(row, fmt.plain(round(row["estimate"], 1)))


def later_treatments(counts: pd.DataFrame, study: Study) -> str:
    """What patients in remission were given later: "After remission: transplant 4/23; decitabine 3/23."."""
    given = [
        f"{within(row['term'])} {marked(row, fmt.count_of(row['estimate'], row['n']))}"
        for _, row in counts[counts["n"] > 0].iterrows()
    ]
    return f"After {study.response.noun}: {'; '.join(given)}." if given else ""


def accrual(estimates: pd.DataFrame, study: Study) -> str:
    """From which month to which month the patients reached time zero."""
    if estimates.empty:
        return ""
    row = estimates.iloc[0]
    dated, undated = int(row["estimate"]), int(row["n"] - row["estimate"])
    known = f" ({fmt.plural(dated, 'patient')}; {fmt.plural(undated, 'patient')} without a date)" if undated else ""
    when = "from" if " to " in row["level"] else "in"
    return f"{capital(study.treated)} {when} {marked(row, row['level'])}{known}."


def follow_up(estimates: pd.DataFrame) -> str:
    """Median follow-up with its interval and range, in months."""
    if estimates.empty:
        return ""
    median, least, most = (single(estimates, measure=name, group="All") for name in ("median", "minimum", "maximum"))
    months = "" if fmt.is_missing(median["estimate"]) else " months"
    limits = f" (95% CI {marked(median, interval(median))})" if interval(median) else ""
    ends = [value(row) for row in (least, most)]
    who, known = ("patients were", ends) if most["n"] > 1 else ("one patient was", ends[:1])
    observed = f"{who} observed for {' to '.join(known)} months"
    return f"Median follow-up by reverse Kaplan-Meier: {value(median)}{months}{limits}; {observed}."


def assignment(study: Study) -> str:
    """How the arms came about, and so what a difference between them says; nothing of one arm."""
    if len(study.arms) < 2:
        return ""
    if study.randomised:
        return "The arms were assigned at random: a difference between them before treatment arose by chance."
    return (
        "The arms were not assigned at random: a difference between them before treatment may explain a difference "
        "afterwards."
    )


def balance(smd: pd.DataFrame, study: Study) -> str:
    """How many characteristics differ by more than chance would give in groups of this size, and the largest one."""
    known = smd[smd["estimate"].notna()]
    if known.empty or study.contrast is None:
        return ""
    apart, largest = known[beyond_chance(known)], known.loc[_largest(known)]
    count = f"{len(apart) or 'none'} of {fmt.plural(len(known), 'characteristic')}"
    verb = "differs" if len(apart) < 2 else "differ"
    return (
        f"{study.contrast.label}: {count} {verb} by more than chance gives in 95 of 100 comparisons of groups of this "
        f"size; the largest standardised difference is in {within(largest['term'])} ({value(largest)})."
    )


def balance_caption(smd: pd.DataFrame, study: Study) -> str:
    """What a figure of standardised differences shows."""
    finding = balance(smd, study)
    return f"Standardised differences before treatment{'. ' if finding else ''}{finding}"


def _largest(known: pd.DataFrame) -> object:
    """The index of the largest difference; the first of those that tie."""
    return pd.Series(tied(known["estimate"].abs()), known.index).idxmax()


def missing_values(estimates: pd.DataFrame) -> str:
    """Which columns lack values, the emptiest first; nothing where none does."""
    if estimates.empty:
        return ""
    some = estimates[estimates["estimate"] > 0].sort_values("estimate", ascending=False, kind="stable")
    if some.empty:
        return ""
    columns = [f"{row['term']} ({_missing(row)})" for _, row in some.head(MOST).iterrows()]
    more = f" and {len(some) - MOST} more" if len(some) > MOST else ""
    return f"Values are missing in {len(some)} of {fmt.plural(len(estimates), 'column')}: {listed(columns)}{more}."


def _missing(row: pd.Series) -> str:
    """ "3/35", marked."""
    return marked(row, fmt.count_of(row["estimate"], row["n"]))


def data_checks(estimates: pd.DataFrame) -> str:
    """How many checks ran without a fault, what is doubtful, and which notes are true of how many patients."""
    if estimates.empty:
        return ""
    asked = f" Doubtful: {listed(doubts)}." if (doubts := _touched(estimates, QUESTION, "row")) else ""
    noted = f" To know of the data: {listed(notes)}." if (notes := _touched(estimates, NOTE, "patient")) else ""
    checks = int((estimates["level"] == CHECK).sum())
    return f"{fmt.plural(checks, 'check')} found no row with a fault.{asked}{noted}"


def _touched(estimates: pd.DataFrame, kind: str, unit: str) -> list[str]:
    """The questions or notes that touch any row, with their number, marked."""
    rows = filter_rows(estimates, level=kind).query("estimate > 0")
    return [
        f"{row['variable_label']} ({marked(row, fmt.plural(int(row['estimate']), unit))})" for _, row in rows.iterrows()
    ]
