"""From recorded bytes into the archive without a network: `gongkai import` and `gongkai reextract`."""

from __future__ import annotations

from scrapy.http import HtmlResponse, Response
from scrapy.http.headers import Headers
from scrapy.responsetypes import responsetypes

CHUNK = 32  # captures a worker reads at a time


def response_of(url: str, status: int, headers: list[tuple[str, str]], body: bytes) -> Response:
    """A recorded answer as Scrapy would have handed it to a spider: decompressed, of the class its type calls for."""
    from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware  # noqa: F401  (same decoder)

    made = Headers()
    for name, value in headers:
        made.appendlist(name.encode("latin-1"), value.encode("latin-1", "replace"))
    kind = responsetypes.from_args(headers=made, url=url, body=body)
    return (kind if issubclass(kind, Response) else HtmlResponse)(url, status=status, headers=made, body=body)
