"""A first model for files that nobody has described: what their columns seem to be, with every doubt said.

- ``heads``: the first rows of a file, whatever its kind.
- ``paths``: columns inside of structs, lists and texts of JSON.
- ``values``: what the values of a column are.
- ``known``: files in the layout of a system that :mod:`customerhealth.sources` describes.
- ``guess``: all others, by the names and values of their columns.
- ``proposal``: the model of several files.

Nothing here is asked when a model scores: what was guessed stands in the document, to be read and corrected.
"""

from .proposal import Proposal, propose, table_name

__all__ = ["Proposal", "propose", "table_name"]
