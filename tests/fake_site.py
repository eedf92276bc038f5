"""The bundled government site of an invented city, on loopback (issue 2 §2): under construction.

The types a stand-in needs are in tests/loopback.py: `Request`, `Answer`, and `Loopback(site).serve()` gives any object
with `answer(request) -> Answer` a port of its own.
"""

from tests.loopback import Answer, Answers, Hit, Loopback, Request

__all__ = ["Answer", "Answers", "Hit", "Loopback", "Request"]
