import pytest
from lxml import html

from helpers import marks
from helpers.report import typeset

NUMBER = marks.mark("0.070", "response-6550f14c", "implied")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0.97 (0.5 to 30.6), P = 0.054", "0.97 (0.5_to_30.6), P_=_0.054"),
        ("95% CI \u22121.2% to \u22120.1%", "95%_CI \u22121.2%_to_\u22120.1%"),
        ("relapse to death, P and Q", "relapse to death, P and Q"),
        ("Single (n = 14), 12 of 14 at 24 months", "Single (n_=_14), 12_of_14 at 24_months"),
        ("4.2 to not reached; 3 to >100", "4.2_to_not_reached; 3_to_>100"),
        ("12/14 v 11/21, P < 0.05", "12/14 v 11/21, P_<_0.05"),
        ("0.128 (0.017-0.974), ever-never", "0.128 (0.017\u2060-\u20600.974), ever-never"),
    ],
)
def test_no_line_breaks_inside_a_number(text, kept):
    assert typeset.together(text) == kept.replace("_", "\u00a0")


def test_marked_numbers_are_kept_together_with_their_sign_and_their_ids_stay():
    made = typeset.together(f"P = {NUMBER} and {marks.mark('1', 'a-1-2')} of {marks.mark('3', 'b')} at {NUMBER} months")
    assert marks.plain(made) == "P =_0.070 and 1_of_3 at 0.070_months".replace("P =", "P_=").replace("_", "\u00a0")
    assert [part.row for part in marks.parts(made) if part.row] == [
        "response-6550f14c",
        "a-1-2",
        "b",
        "response-6550f14c",
    ]


def test_prose_is_kept_together_between_its_tags_only():
    made = typeset.prose_together('<p title="P = 1">P &lt; 0.05 and <em>P = 0.1</em></p>')
    assert made == '<p title="P = 1">P_&lt;_0.05 and <em>P_=_0.1</em></p>'.replace("_", "\u00a0")


def test_a_number_leads_to_its_row_and_says_where_it_comes_from():
    link = html.fragment_fromstring(typeset.number_html(NUMBER, linked=True))
    assert (link.tag, link.get("href"), link.get("class")) == ("a", "search.html#response-6550f14c", "n implied")
    assert link.text == "0.070"
    assert typeset.number_html(NUMBER, linked=True, origin="implied", reached=False) == (
        '<a class="n" href="search.html#response-6550f14c" tabindex="-1">0.070</a>'
    )
    assert typeset.number_html(NUMBER, linked=False).startswith('<data class="n implied" value="response-6550f14c">')
    assert typeset.number_html("<b> & 1", linked=True) == "&lt;b&gt; &amp; 1"


def test_one_origin_of_a_sentence_stands_once_at_its_end():
    other = marks.mark("12", "response-1", "published")
    alike = html.fragment_fromstring(f"<p>{typeset.sentence_html(f'{NUMBER} and {NUMBER}', linked=True)}</p>")
    assert alike.text_content() == "0.070 and 0.070\u00a0\u25d0"
    assert alike.xpath("//span/@aria-label") == ["implied"]
    mixed = html.fragment_fromstring(f"<p>{typeset.sentence_html(f'{NUMBER} and {other}', linked=True)}</p>")
    assert mixed.xpath("//a/@class") == ["n implied", "n published"]
    assert not mixed.xpath("//span")
    assert 'class="sign"' not in typeset.sentence_html(marks.mark("1", "a"), linked=True)  # real patients
