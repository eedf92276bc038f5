"""Walks: spiders, adapters of CMS families, site files and the command line."""

__version__ = "0.1.0"
