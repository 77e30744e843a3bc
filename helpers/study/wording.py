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
    "Not recorded in this cohort: Standardised differences before treatment.": "One arm: nothing to compare.",
    "Not recorded in this cohort: Comparisons of survival.": "One arm: nothing to compare.",
}


def notebook_words(study: Study, occurring: Iterable[str] = ()) -> dict[str, str]:
    """What the texts of the notebooks say, and what is said in its place; `occurring` are the words of the response."""
    return (ONE_ARM if len(study.arms) == 1 else {}) | study.response.words(occurring)


def reworded(text: str, words: Mapping[str, str]) -> str:
    """A text with each of some phrases replaced, whatever white space is in them; the first that fits."""
    if not words:
        return text
    phrases = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in words)
    return re.sub(phrases, lambda found: words[re.sub(r"\s+", " ", found[0])], text)
