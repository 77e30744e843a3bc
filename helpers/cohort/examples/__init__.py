"""First studies to begin with: a commented study.toml for a kind of treatment, and the columns that it expects."""

import tomllib
from importlib.resources import files

from helpers.study.sources import read_sources

EXAMPLES = ("transplant", "myeloma", "lymphoma")


def example_study(name: str) -> str:
    """The text of a study.toml for one of EXAMPLES."""
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def example_header(name: str) -> list[str]:
    """The columns of the table of patients that an example reads, each once, in its order."""
    document = tomllib.loads(example_study(name))
    sources = read_sources(document["columns"], "", []).values()
    mapped = [column for source in sources for column in source.source_columns]
    ends = [end for end in document["endpoints"].values() if isinstance(end, dict) and "time" in end]
    return list(dict.fromkeys([*mapped, *(end[part] for end in ends for part in ("time", "event"))]))
