"""Reads: each module is a step, named as the step; its pure function on top, its Scrapy stage at the bottom.

`extract(response)` composes the same pure functions without Scrapy, for files, recordings, tests and reextract.
"""
