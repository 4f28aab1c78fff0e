"""Everything that ``customerhealth`` offers; it is imported when one of the names is first used."""

from __future__ import annotations

from . import clv as clv
from . import datasets as datasets
from . import parts as parts
from . import plot as plot
from . import sources as sources
from .errors import DataError as DataError
from .errors import Error as Error
from .errors import FormulaError as FormulaError
from .errors import ModelError as ModelError
from .errors import Problem as Problem
from .errors import UnknownNameError as UnknownNameError
from .explain import Explanation as Explanation
from .io.export import write as write
from .io.instants import AsOf as AsOf
from .io.instants import dates as dates
from .io.table_like import TableLike as TableLike
from .lifecycle import Replay as Replay
from .model import Model as Model
from .model_document import ModelDocument as ModelDocument
from .output_schema import output_schema as _output_schema  # noqa: F401  (a model asks for it)
from .panel import Panel as Panel
from .peers import Peers as Peers
from .portfolio import Portfolio as Portfolio
from .reports import report as report
from .results import Table as Table
from .revenue import Revenue as Revenue
from .revenue import revenue_rates as revenue_rates
from .validation import Learned as Learned
from .validation import Validation as Validation
from .validation import outcomes as outcomes
from .versions import show_versions as show_versions
