import errno
import os

import pytest

from helpers.faults import FaultError
from helpers.report import private
from helpers.report import snapshot as module
from helpers.report.snapshot import data_files, snapshot
from helpers.report.target import OutputError
from helpers.study import PROJECT_ROOT, StudyError, load_study

STUDY = 'title = "T"\nsynthetic = true\n[time]\nunit = "days"\nzero = "infusion"\n[[arms]]\nkey = "a"\nlabel = "A"\n'


@pytest.fixture
def cohort(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    (folder / "patients.csv").write_text("patient_id,arm\n1,a\n")
    return folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(private.tempfile, "tempdir", str(folder))
    return folder


def names(folder):
    return sorted(os.listdir(folder))


@pytest.mark.parametrize(
    "make", [lambda path: path.symlink_to("nowhere"), os.mkfifo, os.mkdir], ids=["link", "fifo", "dir"]
)
def test_a_table_that_cannot_be_reached_is_not_taken_to_be_absent(cohort, make):
    make(cohort / "adverse_events.csv")
    with pytest.raises(FaultError, match="no file, or a link that leads nowhere"), snapshot(cohort):
        pass


def test_only_what_the_study_reads_is_copied(cohort, temporary):
    (cohort / "blood_counts.parquet").write_bytes(b"x")
    (cohort / "scans").mkdir()
    (cohort / "letter.docx").write_text("not read")
    (cohort / "patients.csv~").write_text("not read")
    with snapshot(cohort) as copied:
        assert copied.name == copied.study.key == "mine"
        assert copied.study.folder == (copied.base / "mine").resolve()
        assert names(copied.study.folder) == ["blood_counts.parquet", "patients.csv", "study.toml"]
        assert names(copied.base) == ["mine"]
        assert names(temporary) == [copied.base.parent.name]
    assert names(temporary) == []


def test_files_named_by_the_study_are_copied_instead_and_links_followed(cohort):
    (cohort / "study.toml").write_text(STUDY + '[files]\npatients = "export.tsv"\n')
    (cohort / "export.tsv").symlink_to("patients.csv")
    with snapshot(cohort) as copied:
        assert names(copied.study.folder) == ["export.tsv", "study.toml"]
        assert not (copied.study.folder / "export.tsv").is_symlink()
        assert [path.name for path in data_files(copied.study, copied.study.folder)] == ["export.tsv", "study.toml"]


@pytest.mark.parametrize("file", ["", 'file = "patients.csv", '])
def test_files_beside_a_table_come_along(cohort, file):
    files = f'[files]\npatients = {{ {file}format = "redcap", beside = ["dictionary.csv"] }}\n'
    (cohort / "study.toml").write_text(STUDY + files)
    (cohort / "dictionary.csv").write_text("field_name\n")
    with snapshot(cohort) as copied:
        assert names(copied.study.folder) == ["dictionary.csv", "patients.csv", "study.toml"]


def test_what_is_published_comes_along(cohort):
    (cohort / "published.csv").write_text("key,section,claim,endpoint,measure\n")
    (cohort / "ensemble.csv").write_text("seed\n1\n")
    with snapshot(cohort) as copied:
        copies = ["ensemble.csv", "patients.csv", "published.csv", "study.toml"]
        assert (
            names(copied.study.folder)
            == [path.name for path in data_files(copied.study, copied.study.folder)]
            == copies
        )


def test_a_cohort_of_the_project_keeps_its_name():
    with snapshot(PROJECT_ROOT / "data" / "klein_bmt") as copied:
        assert copied.name == "data/klein_bmt"
        assert load_study(copied.base / copied.name) == copied.study


def test_a_study_at_fault_is_refused_as_ever(cohort, temporary):
    (cohort / "study.toml").write_text("title = 1")
    with pytest.raises(StudyError, match=r"^mine/study\.toml"), snapshot(cohort):
        pass
    assert names(temporary) == []


def changing(monkeypatch, cohort, times, change):
    """Change the cohort whenever its patients have been copied, some times."""
    copy = module._copy

    def copy_and_change(path, folder):
        nonlocal times
        copy(path, folder)
        if path.name == "patients.csv" and times:
            times -= 1
            change(cohort, times)

    monkeypatch.setattr(module, "_copy", copy_and_change)


def add_row(cohort, times):
    with (cohort / "patients.csv").open("a") as file:
        file.write(f"{times + 2},a\n")


def test_data_that_change_once_while_they_are_copied_are_copied_again(cohort, monkeypatch):
    changing(monkeypatch, cohort, 1, add_row)
    with snapshot(cohort) as copied:
        assert (copied.study.folder / "patients.csv").read_text() == "patient_id,arm\n1,a\n2,a\n"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (add_row, "patients.csv"),
        (lambda cohort, times: (cohort / "study.toml").write_text(STUDY + f"# {times}\n"), "study.toml"),
        (lambda cohort, times: (cohort / f"blood_counts{('.tsv', '.csv')[times]}").write_text("x"), "blood_counts.tsv"),
    ],
)
def test_data_that_keep_changing_are_named(cohort, monkeypatch, temporary, change, name):
    changing(monkeypatch, cohort, 2, change)
    with pytest.raises(FaultError, match=f"{name}: changed while it was read. Run again"), snapshot(cohort):
        pass
    assert names(temporary) == []


def test_a_file_that_vanishes_is_named(cohort, monkeypatch):
    copy = module._copy

    def vanish_and_copy(path, folder):
        if path.name == "patients.csv":
            path.rename(cohort / "away")
        copy(path, folder)

    monkeypatch.setattr(module, "_copy", vanish_and_copy)
    monkeypatch.setattr(module, "data_files", lambda _, folder: [folder / "patients.csv"])
    with pytest.raises(FaultError, match=r"patients\.csv: changed while it was read"), snapshot(cohort):
        pass


def test_a_full_temporary_folder_is_one_line(cohort, monkeypatch, temporary):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "/x/y")

    monkeypatch.setattr(module.shutil, "copyfileobj", no_room)
    words = r"^the temporary folder cannot be written: No space left on device"
    with pytest.raises(OutputError, match=words), snapshot(cohort):
        pass
    assert names(temporary) == []
