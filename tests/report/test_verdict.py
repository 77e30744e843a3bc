from helpers.report import verdict
from helpers.stats.estimates import vocabulary


def test_problems_come_first():
    words = ["agrees (by construction)", "agrees", "cannot be known", "something else", "wrong label"]
    assert sorted(words, key=verdict.rank) == [
        "wrong label",
        "cannot be known",
        "something else",
        "agrees",
        "agrees (by construction)",
    ]


def test_only_verdicts_that_occur_are_explained():
    assert [word for word, _ in verdict.meanings(["differs", "differs", "something else"])] == ["differs"]
    assert verdict.meanings(["differs"])[0][1] == vocabulary("verdict")["differs"]


def test_claims_are_folded_by_verdict_and_keep_their_numbers():
    claims = [
        {"verdict": "agrees", "fold": fold, "claim": str(number)} for number, fold in enumerate(("", "yes", "yes"))
    ]
    shown, [(word, folded)] = verdict.fold_claims(claims)
    assert ([number for number, _ in shown], word, [number for number, _ in folded]) == ([1], "agrees", [2, 3])
    assert verdict.fold_claims([{"verdict": "agrees"}]) == ([(1, {"verdict": "agrees"})], [])


def test_other_words_have_a_quiet_mark():
    assert (verdict.verdict_class("wrong label"), verdict.verdict_class("?")) == ("wrong", "none")
