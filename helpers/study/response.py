"""Which best responses count as remission in a study, and what its reports call that."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import helpers.study.keys as keys
from helpers.faults import Fault, list_words, suggest

# The words of the best response, best first, as the reader sees them.
COMPLETE = {"scr": "sCR", "mrd_negative": "MRD-negative CR", "cr": "CR", "crh": "CRh", "cri": "CRi"}
PARTIAL = {"vgpr": "VGPR", "pr": "PR"}
FAILED = {"mr": "Minimal response", "sd": "Stable disease", "pd": "Progressive disease", "nr": "No response"}
NAMED = ("cr", "crh", "cri")  # of those that count unless the study says otherwise, whether they occur or not
# By the least that counts: the outcome's name, the state in a sentence, and the patients who reached it.
USUAL_TITLE = "Complete remission (CR, CRh or CRi)"
USUAL_ENDPOINT = USUAL_TITLE.replace(" (", ", with full, partial or incomplete recovery of the blood counts (")
PROGRESSION = {  # said in place of a relapse; a mortality keeps its name
    "on-relapse": "on-relapse",
    "no longer relapse": "no longer progress",
    "relapsed": "progressed",
    "Relapse": "Progression",
    "relapse": "progression",
}
COMPLETE_ONLY = ("Complete remission", "remission", "patients in CR")
CALLED = {
    "vgpr": ("VGPR or better", "VGPR or better", "patients with VGPR or better"),
    "pr": ("Response", "response", "patients in response"),
}


@dataclass(frozen=True)
class Response:
    """The best responses that count as remission, whether everybody is in it at time zero, and what ends it."""

    remission: tuple[str, ...] = keys.key("texts", ())
    label: str = keys.key("text", "", most=keys.LABEL)
    at_time_zero: bool = keys.key("flag", False)
    ends: str = keys.key("text", "relapse", ("relapse", "progression"))

    @property
    def counted(self) -> tuple[str, ...]:
        """The words that count as remission, best first; any complete remission unless the study says otherwise."""
        return tuple(word for word in (*COMPLETE, *PARTIAL) if word in (self.remission or COMPLETE))

    @property
    def complete(self) -> bool:
        """True when only complete remissions count."""
        return not {*PARTIAL} & {*self.counted}

    @property
    def _called(self) -> tuple[str, str, str]:
        return CALLED.get(self.counted[-1], COMPLETE_ONLY)

    @property
    def name(self) -> str:
        """What the outcome is called: "Complete remission"."""
        return self.label or self._called[0]

    @property
    def noun(self) -> str:
        """What a sentence calls the state: "remission"."""
        return self._called[1]

    @property
    def plural(self) -> str:
        """More than one of it: "remissions"."""
        return self.noun if " " in self.noun else f"{self.noun}s"

    @property
    def population(self) -> str:
        """Those who reached it: "patients in CR"."""
        return self._called[2]

    def listed(self, occurring: Iterable[str] = ()) -> str:
        """What counts: "CR, CRh or CRi"; of the words that the study does not name those that occur."""
        words = [word for word in self.counted if word in (self.remission or NAMED) or word in occurring]
        labels = [(COMPLETE | PARTIAL)[word] for word in words]
        return f"{', '.join(labels[:-1])} or {labels[-1]}" if len(labels) > 1 else "".join(labels)

    def title(self, occurring: Iterable[str] = ()) -> str:
        """The outcome, with what counts unless the study labels it: "Complete remission (CR, CRh or CRi)"."""
        return self.label or f"{self.name} ({self.listed(occurring)})"

    def words(self, occurring: Iterable[str] = ()) -> dict[str, str]:
        """What the texts of the notebooks say, and what to say in its place; empty where only CR, CRh and CRi occur."""
        title, state = self.title(occurring), self.noun
        ended = PROGRESSION if self.ends == "progression" else {}
        if title == USUAL_TITLE:
            return ended
        capital = state[:1].upper() + state[1:]
        words = {
            USUAL_ENDPOINT: f"{title}: {self.listed(occurring)}" if self.label else title,
            USUAL_TITLE: title,
            "reached complete remission": f"{'had a' if state == 'response' else 'reached'} {state}",
            "Complete remission": self.name,
            "complete remission": state,
        }
        return ended | words | {"Remission": capital, "remission": state}


def read_response(table: object, faults: list[Fault]) -> Response:
    """The [response] table; adds a fault for each word that cannot count as remission."""
    row = keys.read_keys(table, keys.keys_of(Response), "[response]", faults)
    words = [re.sub(r"[\s-]+", "_", word.strip().casefold()) for word in row["remission"]]
    known = [*COMPLETE, *PARTIAL]
    if isinstance(table, dict) and table.get("remission") == []:
        faults.append(keys.fault("[response] remission", "nothing counts", f"Name one or more of {list_words(known)}."))
    for word in words:
        if word not in known:
            remedy = suggest(word, known) or f"Those that may: {list_words(known)}."
            faults.append(keys.fault("[response] remission", f'"{word}" cannot count as remission', remedy))
    return Response(**row | {"remission": tuple(word for word in words if word in known)})
