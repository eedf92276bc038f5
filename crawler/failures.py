"""Why a page did not arrive, as one sentence of the ledger: the exceptions of Scrapy and Twisted, put in words."""

from __future__ import annotations

from collections.abc import Mapping

from archive.errors import PageError, Unreachable

# Class name → what it means for the page. By name: several live in private modules of Twisted.
REASONS: Mapping[str, str] = {
    "CannotResolveHostError": "the host name cannot be resolved",
    "DownloadConnectionRefusedError": "the host refuses connections",
    "DownloadTimeoutError": "no complete answer in time",
    "DownloadCancelledError": "the answer is too large",
    "ResponseDataLossError": "the answer breaks off",
    "DownloadFailedError": "the answer is no valid HTTP, or the line was cut",
}
# The same by words of the message, where the class says nothing.
SAID: Mapping[str, str] = {
    "exceeded DOWNLOAD_MAXSIZE": "the answer is too large when decompressed",
    "max redirections reached": "it redirects without end: max redirections reached",
}
SAYING = 200  # characters of an exception's own words that are kept


def page_error(url: str, error: BaseException | None) -> PageError:
    """Any failure as the state of the page it leads to. One that names where a redirect led is still its."""
    if isinstance(error, PageError):
        if error.url == url:
            return error
        return type(error)(url, f"{error.reason} (at {error.url})", error.retry_after)
    if known := next((reason for words, reason in SAID.items() if words in str(error)), None):
        return Unreachable(url, known)
    name, said = type(error).__name__, " ".join(str(error).split())[:SAYING]
    reason = REASONS.get(name)
    if reason is None:
        return Unreachable(url, said or name)
    return Unreachable(url, f"{reason} ({said})" if said else reason)
