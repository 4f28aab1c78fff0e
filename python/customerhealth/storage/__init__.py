"""Portfolios as folders of files: immutable Arrow files, named by numbered manifests that are never changed."""

from .saved import Saved, load_saved, save, versions_in

__all__ = ["Saved", "load_saved", "save", "versions_in"]
