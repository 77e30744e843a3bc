"""`second-cart reconstruct` on the command line."""

from click.testing import CliRunner

from helpers.cli import main
from helpers.study import PROJECT_ROOT


def test_default_seed_writes_the_shipped_cohort(tmp_path):
    result = CliRunner().invoke(main, ["reconstruct", "--seed", "299", "--out", str(tmp_path / "cohort")])
    assert result.exit_code == 0, result.output
    shipped = PROJECT_ROOT / "data" / "second_cart" / "patients.csv"
    assert (tmp_path / "cohort" / "patients.csv").read_bytes() == shipped.read_bytes()


def test_summary_only_writes_a_row_per_cohort(tmp_path):
    arguments = [
        "reconstruct",
        "--seed",
        "1",
        "--count",
        "2",
        "--workers",
        "1",
        "--summary-only",
        "--out",
        str(tmp_path),
    ]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert len((tmp_path / "summary.csv").read_text().splitlines()) == 3


def test_real_cohort_is_refused_with_status_1(tmp_path):
    (tmp_path / "patients.csv").write_text("patient_id\nP01\n")
    result = CliRunner().invoke(main, ["reconstruct", "--seed", "1", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "not synthetic" in result.output
