"""Pages become readings. Each step is a file of its own: its pure function on top, the step at the bottom.

    html → index → body → attachments → alone → kinds → dedupe → store

`read` runs the steps without Scrapy; `extract` gives what they come to. They take an ordinary Scrapy response, whether
from the network, a recording, a file or a test, and never raise.
"""

from __future__ import annotations

from scrapy.http import Response

from archive.records import Entry, Reading
from pipelines import alone, attachments, body, dedupe, index, kinds
from pipelines.draft import Draft

STEPS = (index.step, body.step, attachments.step, alone.step, kinds.step, dedupe.step)

__all__ = ["STEPS", "Draft", "extract", "read"]


def read(draft: Draft) -> Draft:
    """Every step but the last, which needs an archive."""
    for step in STEPS:
        draft.take(step)
    return draft


def extract(response: Response, entry: Entry | None = None) -> Reading:
    """What one capture says. `entry` is the listing row that led to it, if any. A kind of "listing" has no `listing`
    yet: the adapters of crawler/cms read that."""
    return read(Draft(response, response.url, entry=entry)).made
