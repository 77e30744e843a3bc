"""The report page as an exporter of nbconvert, for a notebook that is already executed.

`.venv/bin/jupyter nbconvert --to helpers.report.exporter.ReportExporter notebooks/04_survival.ipynb`
"""

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from helpers.report.export import export_notebook


class ReportExporter(Exporter):
    """One notebook as one self-contained page, without the navigation of a collection."""

    file_extension = ".html"
    output_mimetype = "text/html"

    # The stub of the base class knows notebooks only; its other sub-classes return text as well.
    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: object
    ) -> tuple[str, dict]:
        """Return the page and nbconvert's resources."""
        copied, resources = super().from_notebook_node(nb, resources, **kwargs)
        return export_notebook(copied, resources.get("metadata", {}).get("name") or "notebook"), resources
