"""Marked numbers: they survive joining and HTML, and a reader of plain text sees nothing of them."""

from lxml.html import fragment_fromstring

from helpers import marks

NUMBER = marks.mark("55.6%", "response-1a2b3c4d", "published")


def test_marks_survive_html_and_back():
    text = f"CR <b> & {NUMBER} of {marks.mark('35', 'cohort-9')}."
    assert marks.read(fragment_fromstring(f"<p>{marks.html(text)}</p>")) == text


def test_html_escapes_words_and_names_the_row():
    assert marks.html(f"<i> {NUMBER}") == '&lt;i&gt; <data value="response-1a2b3c4d published">55.6%</data>'


def test_words_that_are_written_to_the_left_stand_apart():
    text = f"\u05d0\u05d1 \u05d2: {NUMBER} <\u0645>"
    shown = marks.html(text)
    assert shown.startswith("<bdi>\u05d0\u05d1 \u05d2</bdi>: <data")
    assert shown.endswith("&lt;<bdi>\u0645</bdi>&gt;")
    assert marks.read(fragment_fromstring(f"<p>{shown}</p>")) == text
    assert marks.keep_order(marks.plain(text)) == "\u05d0\u05d1 \u05d2\u200e: 55.6% <\u0645\u200e>"


def test_plain_text_has_no_marks():
    assert marks.plain(f"CR {NUMBER}.") == "CR 55.6%."


def test_a_mark_around_a_mark_keeps_the_outer():
    assert marks.mark(f"23 ({NUMBER})", "response-2") == marks.mark("23 (55.6%)", "response-2")


def test_without_an_id_nothing_is_marked():
    assert marks.mark("1", "") == "1"


def test_origins_of_a_text():
    assert marks.origins(f"{NUMBER} and {marks.mark('2', 'a', 'invented')} and 3") == {"published", "invented"}


def test_private_signs_of_a_label_do_not_make_a_mark():
    assert list(marks.parts("\ue000x 55 \ue002")) == [marks.Part("x 55 ", "", "")]
