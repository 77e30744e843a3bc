"""The picture of the rooms shows the imports as they are."""

import re

from tests.architecture import PICTURE, imports, reached, room


def test_the_picture_is_up_to_date():
    drawn = set(re.findall(r'id="([^"]+) to ([^"]+)"', PICTURE.read_text(encoding="utf-8")))
    assert drawn == {(name, to) for name, targets in imports().items() for to in targets}, "run: make architecture"


def test_an_import_that_follows_from_others_is_no_arrow():
    edges = imports()
    assert "study" in reached(edges, "report")
    assert "study" not in edges["report"]


def test_modules_beside_the_rooms_of_a_folder_are_one_box():
    assert room("stats.survival.curves") == "stats.survival"
    assert room("stats.estimates") == room("stats.levels") != "stats.estimates"
    assert room("present") == ""
