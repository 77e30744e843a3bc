from helpers.audit.verdict import VERDICTS
from helpers.report import verdict
from helpers.report.export import TEMPLATES


def test_every_verdict_has_a_mark_of_its_own_but_those_without_a_result():
    marks = [verdict.verdict_class(word) for word in VERDICTS]
    assert (set(verdict.CLASSES), marks.count("none")) == (set(VERDICTS), 2)
    assert len(set(marks)) == len(marks) - 1
    style = (TEMPLATES / "style.css").read_text()
    assert all(f".verdict.{mark}::before" in style for mark in marks)


def test_only_verdicts_that_occur_are_explained():
    assert [word for word, _ in verdict.meanings(["differs", "differs", "something else"])] == ["differs"]
    assert verdict.meanings(["differs"])[0][1] == VERDICTS["differs"]


def test_claims_are_folded_by_verdict_and_keep_their_numbers():
    claims = [
        {"verdict": "agrees", "fold": fold, "claim": str(number)} for number, fold in enumerate(("", "yes", "yes"))
    ]
    shown, [(word, folded)] = verdict.fold_claims(claims)
    assert ([number for number, _ in shown], word, [number for number, _ in folded]) == ([1], "agrees", [2, 3])
    assert verdict.fold_claims([{"verdict": "agrees"}]) == ([(1, {"verdict": "agrees"})], [])


def test_other_words_have_a_quiet_mark():
    assert (verdict.verdict_class("wrong label"), verdict.verdict_class("?")) == ("wrong", "none")
