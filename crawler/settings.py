"""Scrapy settings of gongkai. Every value that differs from Scrapy's default says why.

Any of them can be overridden for one run: `gongkai crawl -s NAME=VALUE`, as with `scrapy crawl`.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from crawler import __version__

BOT_NAME = "gongkai"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# --- gongkai's own -----------------------------------------------------------------------------------------------

# Where the archive stands when no command says otherwise.
GONGKAI_ARCHIVE = os.environ.get("GONGKAI_ARCHIVE", "archive/data")
# Who can be reached about this crawler: an address or page that goes into the user agent.
GONGKAI_CONTACT = os.environ.get("GONGKAI_CONTACT", "")
# After so many refusals in a row a host rests until the next run; what was not asked stays pending.
GONGKAI_REFUSALS = 3
# So many answers become durable with one sync of the disk, and at the latest after so many seconds. What a kill takes
# back was not acknowledged yet and is asked for again.
GONGKAI_GROUP = 20
GONGKAI_GROUP_SECONDS = 1.0
# The same after so many answers in a row that are failures (5xx), or none at all.
GONGKAI_FAILURES = 12
# Seconds: the first pause after a failure; it doubles with each further one in a row, up to a minute.
GONGKAI_BACK_OFF = 1.0
# Seconds: a host that asks (Retry-After) to be left alone for longer rests until the next run.
GONGKAI_PATIENCE = 3600.0
# Bytes that must be free in the archive's file system; a crawl stops before it fills the disk.
GONGKAI_FREE = 1024 * 1024 * 1024
# A shell command that gets the report of every run that is not complete, or in which a channel fell silent, on its
# standard input: mail, a webhook …
GONGKAI_ALARM = os.environ.get("GONGKAI_ALARM", "")
# A file for Prometheus (node exporter's textfile collector), written anew after every run.
GONGKAI_METRICS = os.environ.get("GONGKAI_METRICS", "")

# Seconds after which a site that is crawled on a cluster comes home with what it has, and goes out again
# (crawler/cluster.py): the most that a machine which dies can cost.
GONGKAI_LEG = 600.0

# Archived pages of a site that one run asks for again, if they have not changed meanwhile (crawler/revisit.py).
GONGKAI_REVISITS = 50

# Processes that read pages, beside the one that downloads and writes; it keeps two of them busy. 0: it reads itself.
GONGKAI_READERS = 2 if (os.cpu_count() or 1) > 1 else 0

# Fetch and read the files that documents enclose. False: they stay in the ledger, to be fetched by a later crawl.
GONGKAI_ATTACHMENTS = True
# Bytes of one such file; a larger one is named as such and not kept. Each is held in memory several times over.
GONGKAI_FILE_SIZE = 64 * 1024 * 1024

# --- identity and politeness -------------------------------------------------------------------------------------

# Honest about who asks, never a browser's name.
USER_AGENT = f"gongkai/{__version__} ({GONGKAI_CONTACT or 'archiver of public government information'})"
# Ours reads robots.txt by RFC 9309; Scrapy's takes 503, time-outs and HTML for "allow".
ROBOTSTXT_OBEY = False
# One request at a time per host, the site file's `delay` between an answer and the next request.
CONCURRENT_REQUESTS = 64
# A callback yields one page or a list's worth of requests; Scrapy's 100 starts 100 tasks for each answer.
CONCURRENT_ITEMS = 1
# Bytes of answers that wait to be read before no more requests are taken up: a kill takes these back. Scrapy's are
# 5 MB. Where readers read, a host also waits while they have all they can take (crawler/readers.py).
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 250_000
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 3.0
DOWNLOAD_DELAY_JITTER = 0
# Sessions are not ours to keep; cookies would also make Scrapy fetch the public suffix list.
COOKIES_ENABLED = False
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
    "Accept-Encoding": "gzip, deflate",  # what every reader of WARC files can undo
}

# --- bounds ------------------------------------------------------------------------------------------------------

# A bomb of 948 bytes became 1.28 GB with Scrapy's 1 GiB.
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# The total time of one page: stops slow drips.
DOWNLOAD_TIMEOUT = 30
# A wrong certificate is a fact worth knowing; a site that has one says so in its site file.
DOWNLOAD_VERIFY_CERTIFICATES = True
RETRY_TIMES = 2
REDIRECT_MAX_TIMES = 10
DEPTH_LIMIT = 0  # a walk's pages are a chain as long as the channel; traps are cut by the walk's own rules
MEMUSAGE_LIMIT_MB = 1024

# --- closed doors ------------------------------------------------------------------------------------------------

# Both execute posted Python inside the process.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
# A listing may not make us read local files or other protocols.
DOWNLOAD_HANDLERS: dict[str, Any] = {
    "http": "crawler.download.Handler",
    "https": "crawler.download.Handler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
# Refuses private, loopback and link-local addresses, on the address that the connection will use.
TWISTED_DNS_RESOLVER = "crawler.middlewares.GuardResolver"

# --- order of stages ---------------------------------------------------------------------------------------------

# Of Scrapy's own list even what is off is imported, with all that it imports (cookies: tldextract, aiohttp). Not of it:
# offsite (bypassed by retries; Guard looks at every hop), robots.txt, HTTP authentication, cookies, cache, proxy (would
# bypass the address guard), retry (at once, whatever Retry-After says), meta refresh (reading sees it, with script and
# frames), compression (keeps what it gave up), statistics (the ledger counts).
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    # engine side
    "crawler.middlewares.Guard": 50,
    "crawler.browser.InBrowser": 75,
    "crawler.robots.Robots": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.patience.Patience": 550,
    "crawler.download.Decompression": 590,
    "crawler.middlewares.Redirect": 600,
    "crawler.middlewares.Record": 900,
    "crawler.middlewares.Replay": 950,
    # downloader side
}
# A status proves nothing either way: the reading judges every answer. Of the others each makes a chain of generators of
# every answer, 0.1 ms: a list's requests say themselves where they come from, the ledger why an address is too long.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES: dict[str, int] = {}
ITEM_PIPELINES = {
    "crawler.readers.ReadStage": 100,
    "pipelines.store.StoreStage": 500,
}
# As above: the remote control is off, and brings aiohttp all the same.
EXTENSIONS_BASE: dict[str, int] = {}
EXTENSIONS = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "crawler.progress.Progress": 500,  # in place of Scrapy's own lines
}
# Looked up anew for every answer (a bound method is never the same twice): 0.5 ms each.
WARN_ON_GENERATOR_RETURN_VALUE = False
# The ledger knows what was asked for; Scrapy's filter would drop what a killed run has to ask again.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# --- the process -------------------------------------------------------------------------------------------------

# Nobody reads Scrapy's, and a dozen are counted for each answer.
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
STATS_DUMP = False
# The loop in C, where there is one for the platform.
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOG_DATEFORMAT = "%H:%M:%S"
FEED_EXPORT_ENCODING = "utf-8"
