"""Measurements, one command each: `.venv/bin/python -m benchmarks.crawl`. Results as Markdown on stdout."""
