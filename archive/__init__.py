"""Remembers: ledger, evidence and interpretation in one SQLite database beside its WARC files."""
