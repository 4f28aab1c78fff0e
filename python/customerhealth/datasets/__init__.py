"""Data to try things on: a real log that ships with the package, and a portfolio of which all is known."""

from .made import tables_for
from .oss_projects import OSS_PROJECTS, load_oss_projects
from .simulation import Simulation, simulate

__all__ = ["OSS_PROJECTS", "Simulation", "load_oss_projects", "simulate", "tables_for"]
