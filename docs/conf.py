"""The site of these pages: sphinx-build -W --keep-going docs build/site (pip install --group docs, and the package)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import customerhealth

HERE = Path(__file__).parent

# The notebooks are shown with the outputs that are stored in them; the tests run them.
shutil.rmtree(HERE / "notebooks", ignore_errors=True)
shutil.copytree(HERE.parent / "notebooks", HERE / "notebooks", ignore=shutil.ignore_patterns(".*"))
shutil.copy(HERE.parent / "examples" / "on_spark.ipynb", HERE / "notebooks" / "07_on_spark.ipynb")

project = "customerhealth"
author = "the authors of customerhealth"
version = release = customerhealth.__version__
html_title = "customerhealth"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb"]
exclude_patterns = ["notebooks/.*"]
suppress_warnings = ["toc.empty_glob"]

nb_execution_mode = "off"
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say the types
numpydoc_show_class_members = False  # the templates list them

templates_path = ["site/templates"]
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_theme = "pydata_sphinx_theme"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "customerhealth"},
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "pygments_light_style": "friendly",
    "pygments_dark_style": "monokai",
    "footer_start": ["copyright"],
    "footer_end": [],
}


def setup(app: Any) -> None:
    """Leave out what classes have from scikit-learn, whose words lead to pages of its own."""
    app.connect("autodoc-skip-member", is_of_scikit_learn)


def is_of_scikit_learn(_app: Any, _what: str, _name: str, member: object, _skip: bool, _options: object) -> bool | None:
    return True if str(getattr(member, "__module__", "")).startswith("sklearn.") else None
