from helpers.report.inputs import _packages


def test_a_package_of_another_version_is_another_input(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    sums = []
    for name in ("thing-1.0.dist-info", "thing-1.1.dist-info"):
        (tmp_path / name).mkdir()
        _packages.cache_clear()
        sums.append(_packages())
        (tmp_path / name).rmdir()
    _packages.cache_clear()
    assert sums[0] != sums[1] != _packages() != sums[0]
    _packages.cache_clear()
