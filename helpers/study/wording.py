"""What the texts of the notebooks say of any study, said of this one."""

import re
from collections.abc import Iterable, Mapping

from helpers.study.definition import Study

# Of a study of one arm: nothing is compared. A phrase that begins another stands after it.
ONE_ARM = {
    ", how alike were the arms before treatment,": ",",
    ", and does the proportion differ between the arms?": "?",
    "The models hold the arms and the covariates that the study declares, in that order": (
        "The models hold the covariates that the study declares"
    ),
    ", without the arms and with them: with": ": with",
    ", and Gray's test compares it between the groups": "",
    "- Where arms were not assigned at random, no model makes them so.": "",
    "- A small standardised difference is no proof that two groups are alike, and a large one no proof that they "
    "differ.": "",
    "An arm with a handful of patients": "A handful of patients",
    ", in the row of an arm of that arm": "",
    "Values, medians and comparisons": "Values and medians",
    "Response by arm": "Best response",
    ", by arm": "",
    " by arm": "",
    "- Many subgroups are many chances to find a difference that is none.": "",
    "Differences between groups that were not assigned at random are descriptions, not effects of the treatment; so "
    "are differences between patients with and without a later treatment, who are chosen for it.": (
        "Differences between patients with and without a later treatment, who are chosen for it, are descriptions, not "
        "effects of the treatment."
    ),
}
# What the texts say of an endpoint that may be switched off.
SWITCHED_OFF = {
    "efs": {"overall and event-free survival": "overall survival", "non-response, relapse or death; ": ""},
    "dor": {
        "; for the duration of remission, the day of the response": "",
        " The duration of remission counts from the day of the response.": "",
    },
}
# What is said where a comparison is lacking; of an answer after the title of its page.
COMPARED = (
    "Not recorded in this cohort: Standardised differences before treatment.",
    "Not recorded in this cohort: Comparisons of survival.",
    "Not recorded in this cohort: Odds ratio of {noun} and of no {noun}.",
    "Not recorded in this cohort: Adverse events on the two sides of the comparison.",
    "Robustness: Not recorded in this cohort.",
)


def notebook_words(study: Study, occurring: Iterable[str] = ()) -> dict[str, str]:
    """What the texts of the notebooks say, and what is said in its place; `occurring` are the words of the response."""
    words = dict(ONE_ARM) if len(study.arms) == 1 else {}
    for endpoint in study.switched_off:
        words |= SWITCHED_OFF.get(endpoint.key, {})
    return words | _uncompared(study) | study.response.words(occurring)


def _uncompared(study: Study) -> dict[str, str]:
    """Why a study without a comparison shows none."""
    why = "One arm: nothing to compare." if len(study.arms) == 1 else "No comparison is declared."
    return {} if study.contrast else {phrase.format(noun=study.response.noun): why for phrase in COMPARED}


def reworded(text: str, words: Mapping[str, str]) -> str:
    """A text with each of some phrases replaced, whatever white space is in them; the first that fits."""
    if not words:
        return text
    phrases = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in words)
    return re.sub(phrases, lambda found: words[re.sub(r"\s+", " ", found[0])], text)
