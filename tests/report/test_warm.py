import json

from helpers.report import export
from helpers.report.markup import code
from helpers.report.warm import warm_files


def test_what_every_collection_needs_is_done_once(tmp_path):
    source = "seldom = 'a cell of this test'"
    cell = {"cell_type": "code", "metadata": {}, "source": [source], "outputs": [], "execution_count": None}
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    warm_files([path])
    misses = code.cache_info().misses
    assert "seldom" in code(source)
    assert code.cache_info().misses == misses
    assert {name for _, name in export._environment().cache} >= {"page.html.j2", "index.html.j2", "search.html.j2"}
