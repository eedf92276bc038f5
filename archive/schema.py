"""The archive's tables and views, in full view. `MIGRATIONS` are applied in order; `pragma user_version` counts them.

Three kinds of rows (design.md §5). The *ledger* says what is known and what is still to do. *Evidence* is append-only:
triggers refuse anything else. *Interpretation* can be dropped and rebuilt from evidence. Long text stands last in its
row: SQLite keeps it on overflow pages, which nobody who pages, facets or joins ever reads.

All times are UTC `YYYY-MM-DDTHH:MM:SSZ`, all days ISO `YYYY-MM-DD`, all hashes SHA-256 in hex.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ArchiveError

if TYPE_CHECKING:
    import sqlite3 as sqlite3
else:
    try:  # SQLite without the WAL-reset bug (3.7.0–3.51.2), where there is a wheel
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

log = logging.getLogger(__name__)

APPLICATION_ID = 0x676F6E67  # "gong", so that `file` and we know an archive when we see one

LEDGER = """
create table sites (
    site    text primary key,
    name    text not null,
    url     text not null,
    cms     text not null,
    region  text not null default '',
    code    text not null default '',               -- administrative division, GB/T 2260
    tried   text not null default 'never'
) strict;

create table channels (
    site     text not null references sites (site),
    channel  text not null,
    name     text not null,
    url      text not null,
    cms      text not null,
    ordered  integer not null check (ordered in (0, 1)),  -- 1: the list is newest first
    listed   integer not null default 0 check (listed >= 0),  -- entries listed and not missing
    gap      integer,                               -- claimed − listed when a walk was last exhausted
    arrived  integer not null default 0,            -- entries that came in since the list was first seen whole
    reach    integer not null default 0,            -- most known entries in a row above one of these
    disorder integer not null default 0,            -- most older entries above any entry, by the days it states
    primary key (site, channel)
) strict, without rowid;

create table walks (
    walk      text primary key,                     -- uuid
    site      text not null,
    channel   text not null,
    whole     integer not null check (whole in (0, 1)),  -- 1: goes to the end whatever is known
    started   text not null,
    ended     text,
    outcome   text check (outcome in ('exhausted', 'caught_up', 'truncated', 'broken', 'limited', 'failed', 'moved')),
    closed    integer generated always as (coalesce(outcome in ('exhausted', 'caught_up'), 0)) virtual,
    pages     integer not null default 0,
    seen      integer not null default 0,           -- different URLs
    fresh     integer not null default 0,           -- URLs nobody had listed here before
    repeated  integer not null default 0,           -- rows whose URL this walk had seen on a page before
    late      integer not null default 0,           -- URLs found by looking once more at pages walked already
    claimed   integer,                              -- what the site itself counts (共 N 条), on the last page
    grown     integer not null default 0,           -- by how much that rose from page to page
    shrank    integer not null default 0,           -- by how much it fell: entries slipped past the walk
    run       integer not null default 0,           -- known entries in a row, down to where it is
    reach     integer not null default 0,           -- the most of these that stood above a new one
    gap       integer,                              -- claimed − seen, if it saw the end of the list
    next      text check (next is null or json_valid(next)),
    note      text,
    foreign key (site, channel) references channels (site, channel),
    check ((ended is null) = (outcome is null))
) strict;
create unique index walks_open on walks (site, channel) where outcome is null;
create index walks_of_channel on walks (site, channel, started);
create index walks_by_end on walks (ended);

create table pages (
    n             integer primary key,
    url           text not null unique,             -- as it was met first: it is fetched there
    identity      text not null unique,             -- the same for all its aliases (archive/identity.py)
    site          text references sites (site),
    state         text not null
        check (state in ('pending', 'archived', 'gone', 'blocked', 'failed', 'unread', 'foreign')),
    reason        text,
    attempts      integer not null default 0,
    next_attempt  text,
    first_seen    text not null,
    last_seen     text not null,
    checked       text,                             -- when its server last said what it is, or that it is unchanged
    title         text,                             -- as the link that led here said
    reading       integer references readings (capture)  -- the newest that is a document; kept when the page goes
) strict;
create index pages_waiting on pages (site, n) where state in ('pending', 'failed', 'blocked');
create index pages_missing on pages (last_seen) where state in ('blocked', 'failed', 'unread');
create index pages_by_site on pages (site, state);
create index pages_by_check on pages (site, checked) where reading is not null;
create unique index pages_by_reading on pages (reading) where reading is not null;

create table listings (
    site           text not null,
    channel        text not null,
    url            text not null references pages (url),
    listed_as      text,                            -- the alias that this list has of it; null: the same address
    title          text not null,
    date           text check (date is null or date glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    stated         text not null default '{}' check (json_valid(stated)),
    position       integer not null,                -- row of the list, from 1, when it was seen last
    first_walk     text not null references walks (walk),
    last_walk      text not null references walks (walk),
    settled        integer not null default 0 check (settled in (0, 1)),  -- a closed walk listed it before last_walk
    late           integer not null default 0 check (late in (0, 1)),  -- last_walk met it by looking once more
    missing_since  text,
    primary key (site, channel, url),
    foreign key (site, channel) references channels (site, channel)
) strict, without rowid;
create index listings_by_url on listings (url);

create table absences (
    url    text not null references pages (url),
    since  text not null,                           -- a walk to the end found it in no list any more
    until  text,                                    -- a list has it again
    primary key (url, since)
) strict, without rowid;
create index absences_open on absences (url) where until is null;

create table downloads (                            -- the files that documents enclose, as `pages` are to documents
    n             integer primary key,
    url           text not null unique,
    site          text references sites (site),
    state         text not null
        check (state in ('pending', 'archived', 'gone', 'blocked', 'failed', 'unread', 'foreign')),
    reason        text,
    attempts      integer not null default 0,
    next_attempt  text,
    first_seen    text not null,
    last_seen     text not null,                    -- when a document last enclosed it, or it was asked for
    name          text,                             -- as its server calls it
    sha256        text references files (sha256)    -- what it was last; kept when it goes
) strict;
create index downloads_waiting on downloads (site, n) where state in ('pending', 'failed', 'blocked');

create table withheld (                             -- what is not shown any more, and not fetched again (suppress.py)
    target  text not null,                          -- identity of a page, beginning of addresses, or a content hash
    kind    text not null check (kind in ('page', 'prefix', 'document')),
    asked   text not null,                          -- the address or hash as it was asked for; lifted by this name
    reason  text not null,
    since   text not null,
    erased  integer not null check (erased in (0, 1)),  -- 1: the bytes are gone as well
    primary key (kind, target)
) strict, without rowid;

create table runs (
    run      integer primary key,
    command  text not null,
    pid      integer not null,
    started  text not null,
    ended    text,
    outcome  text,
    report   text check (report is null or json_valid(report))
) strict;
"""

EVIDENCE = """
create table captures (
    id          integer primary key,
    url         text not null,
    final_url   text not null,
    fetched_at  text not null check (fetched_at glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]*Z'),
    status      integer not null check (status between 100 and 999),
    media_type  text not null,
    payload     text not null check (length(payload) = 64),
    file        text not null,                      -- below warc/
    "offset"    integer not null check ("offset" >= 0),
    length      integer not null check (length > 0),
    walk        text references walks (walk),       -- of the listing that it answers; null for pages and files
    enclosed    integer not null default 0 check (enclosed in (0, 1)),  -- 1: a file that documents enclose
    chain       text not null unique check (length(chain) = 64),  -- hash of this row and the one before (chain.py)
    unique (file, "offset")
) strict;
create index captures_of_url on captures (url, fetched_at);
create index captures_by_time on captures (fetched_at);
create trigger captures_stay before delete on captures
    begin select raise(abort, 'captures are evidence and stay'); end;
create trigger captures_stay_so  -- where a record stands may change, what it says may not
    before update of id, url, final_url, fetched_at, status, media_type, payload, walk, chain on captures
    begin select raise(abort, 'captures are evidence and stay as they are'); end;
"""

INTERPRETATION = """
create table documents (
    n           integer primary key,
    content     text not null unique check (length(content) = 64),
    title       text,
    characters  integer not null,
    place       integer not null unique,            -- rowid in documents_fts: grows with the date (archive/search.py)
    text        text not null,
    html        text not null
) strict;
create index documents_by_number on documents (n, characters);  -- to look through all of them without their texts

create table readings (
    capture          integer primary key references captures (id),
    kind             text not null
        check (kind in ('document', 'listing', 'gone', 'blocked', 'redirect', 'shell', 'unreadable')),
    document         integer references documents (n),
    index_number     text,
    publisher        text,
    published_on     text check (published_on is null or published_on glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    written_on       text check (written_on is null or written_on glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    document_number  text,
    category         text,
    topic            text,
    genre            text,
    keywords         text,
    summary          text,
    source           text,
    validity         text,
    effective_on     text check (effective_on is null or effective_on glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    expires_on       text check (expires_on is null or expires_on glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    disclosure       text,
    year             integer generated always as (cast(substr(published_on, 1, 4) as integer)) virtual,
    canonical        text generated always as (     -- 国办发[2017] 47号 is 国办发〔2017〕47号
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(document_number,
            '[', '〔'), ']', '〕'), '［', '〔'), '］', '〕'), '【', '〔'), '】', '〕'),
            '(', '〔'), ')', '〕'), '（', '〔'), '）', '〕'),
            ' ', ''), '第', '')) virtual,
    other            text not null default '{}' check (json_valid(other)),
    evidence         text not null default '{}' check (json_valid(evidence)),
    metadata         text check (length(metadata) = 64),  -- hash of the index metadata
    confidence       real,
    doubts           text not null default '[]' check (json_valid(doubts)),
    problem          text,
    target           text,
    encoding         text,
    encoding_reason  text,
    cms              text,
    layout           text,
    extractor        text not null,
    check ((kind = 'document') = (document is not null)),
    check ((kind = 'document') = (metadata is not null))
) strict;
create index readings_of_document on readings (document) where document is not null;
create index readings_by_publisher on readings (publisher, document) where publisher is not null;
create index readings_by_topic on readings (topic, document) where topic is not null;
create index readings_by_validity on readings (validity, document) where validity is not null;
create index readings_by_day on readings (published_on);
create index readings_by_index_number on readings (index_number) where index_number is not null;
create index readings_by_canonical on readings (canonical) where canonical is not null;
create index readings_by_document_number on readings (document_number) where document_number is not null;

create table files (                                -- distinct bytes, which stand in the WARC
    sha256       text primary key check (length(sha256) = 64),  -- of the file, without any content coding
    kind         text not null,                     -- what the bytes are, whatever the name says: doc, xlsx, ofd …
    media_type   text not null,
    bytes        integer not null,
    parts        integer not null default 0,        -- pages, sheets, slides
    members      text not null default '[]' check (json_valid(members)),  -- of a ZIP or RAR
    text_status  text not null check (text_status in ('ok', 'empty', 'encrypted', 'too_big', 'needs_ocr', 'damaged',
                                                      'unsupported', 'timeout', 'is_html')),
    problem      text,                              -- why the text is missing or not all
    characters   integer not null default 0,
    place        integer unique,                    -- rowid in files_fts, as that of a document; null without text
    text         text not null default ''
) strict;

create table attachments (
    capture   integer not null references readings (capture),
    position  integer not null,
    name      text not null,
    url       text,                                 -- null where only a text copy names it
    sha256    text references files (sha256),       -- null until fetched
    primary key (capture, position)
) strict, without rowid;
create index attachments_by_url on attachments (url) where url is not null;
create index attachments_by_file on attachments (sha256, capture) where sha256 is not null;

create table flags (                                -- numbers of persons in texts: how many, never which (personal.py)
    document  integer references documents (n) on delete cascade,
    file      text references files (sha256) on delete cascade,
    kind      text not null check (kind in ('identity', 'mobile', 'card')),
    times     integer not null check (times > 0),
    check ((document is null) != (file is null))
) strict;
create unique index flags_once on flags (coalesce(document, file), kind);
create index flags_of_document on flags (document) where document is not null;
create index flags_of_file on flags (file) where file is not null;

create table sketches (                             -- the smallest hashes of a text's runs (similar.py)
    hash      integer not null,
    document  integer not null references documents (n) on delete cascade,
    primary key (hash, document)
) strict, without rowid;
create index sketches_of_document on sketches (document);

create table likenesses (                           -- pairs of documents with much the same text
    document  integer not null references documents (n) on delete cascade,
    other     integer not null references documents (n) on delete cascade,
    likeness  real not null check (likeness between 0 and 1),
    primary key (document, other)
) strict, without rowid;
create index likenesses_of_other on likenesses (other);

create table derived (                              -- what was read out of the text of a document, and by which rules
    document         integer primary key references documents (n) on delete cascade,
    document_number  text,                          -- its own 文号 in one spelling, for matching
    name             text not null,                 -- its title without blanks and 《》, for matching
    rules            text not null
) strict;
create index derived_by_number on derived (document_number) where document_number is not null;
create index derived_by_name on derived (name);

create table sections (                             -- the outline: 一、 （一） 1. (1), 第…章 第…条
    document  integer not null references documents (n) on delete cascade,
    position  integer not null,
    anchor    text not null,                        -- path of numbers: h2/i1 is 二、（一）
    kind      text not null,
    number    integer not null,
    label     text not null,                        -- the number as printed
    title     text not null,
    first     integer not null,                     -- lines of the text, from 1
    last      integer not null,
    primary key (document, position)
) strict, without rowid;

create table citations (                            -- every place where a document cites another
    document  integer not null references documents (n) on delete cascade,
    position  integer not null,
    kind      text not null,
    title     text,
    number    text,                                 -- as printed
    document_number  text,                          -- the same in one spelling
    name      text,                                 -- the title as in `derived`
    place     text not null,                        -- title, or p3 for the third line
    raw       text not null,
    primary key (document, position)
) strict, without rowid;
create index citations_by_number on citations (document_number) where document_number is not null;
create index citations_by_name on citations (name) where document_number is null;

create table facts (                                -- the numbers of annual disclosure reports
    document  integer not null references documents (n) on delete cascade,
    position  integer not null,
    name      text not null,                        -- subject / counted by
    value     real not null,
    unit      text,
    year      integer,                              -- reported on
    about     integer not null check (about in (0, 1)),  -- 1: the text says 余, more than that
    place     text not null,                        -- p12 a line, t1r5 a row of a table, f1p12 a line of a file
    raw       text not null,
    primary key (document, position)
) strict, without rowid;
create index facts_by_name on facts (name, year);

create virtual table documents_fts using fts5 (
    title, body, content = '', tokenize = 'unicode61 remove_diacritics 0'
);
create virtual table files_fts using fts5 (
    body, content = '', tokenize = 'unicode61 remove_diacritics 0'
);
create virtual table titles_fts using fts5 (  -- titles alone, to put them first without looking through the bodies
    title, content = '', tokenize = 'unicode61 remove_diacritics 0'
);
"""

VIEWS = """
create view disclosures as  -- the latest reading of every page that holds, or held, a document
select p.url, p.site, s.name as site_name, s.region,
       (select group_concat(c.name, '、') from listings l join channels c using (site, channel) where l.url = p.url)
           as channels,
       d.title, r.publisher, r.published_on, r.year, r.index_number, r.document_number, r.written_on, r.category,
       r.topic, r.genre, r.keywords, r.summary, r.source, r.validity, r.effective_on, r.expires_on, r.disclosure,
       d.characters, (select count(*) from attachments a where a.capture = r.capture) as attachments,
       r.confidence, p.state, p.first_seen, k.fetched_at, r.document, r.capture
  from pages p
  join readings r on r.capture = p.reading
  join documents d on d.n = r.document
  join captures k on k.id = r.capture
  left join sites s on s.site = p.site;

create view history as  -- every reading of every page, oldest first, and what differs from the one (document) before
select url, fetched_at, status, kind, title, published_on,
       case when kind != 'document' then case when kind_before is null then 'first'
                                              when kind = kind_before then 'nothing' else 'kind' end
            when before is null then 'first'
            when payload = payload_before then 'nothing'
            else coalesce(nullif(rtrim(
                iif(document != document_before and exists (
                    select 1 from documents a, documents b where a.n = h.document and b.n = h.document_before
                       and (a.title is not b.title
                            or replace(replace(replace(a.text, ' ', ''), char(10), ''), char(9), '')
                               is not replace(replace(replace(b.text, ' ', ''), char(10), ''), char(9), ''))),
                    'text, ', '')
                || iif(metadata != metadata_before, 'metadata, ', '')
                || iif((select count(*) from attachments where capture = h.capture)
                       != (select count(*) from attachments where capture = h.before)
                       or exists (select 1 from attachments a where a.capture = h.capture and not exists (
                           select 1 from attachments b where b.capture = h.before and b.name = a.name
                              and coalesce(b.sha256 = a.sha256,  -- one of them was not fetched: by its address
                                           substr(b.url, instr(b.url, ':')) is substr(a.url, instr(a.url, ':'))))),
                       'attachment, ', ''), ', '), ''), 'chrome') end as change,
       document, capture, before
  from (select s.*, b.document as document_before, b.metadata as metadata_before, kb.payload as payload_before
          from (select k.url, k.fetched_at, k.status, k.payload, r.kind, d.title, r.published_on, r.document,
                       r.metadata, r.capture, lag(r.kind) over page as kind_before,
                       cast(substr(max(iif(r.kind = 'document', k.fetched_at || printf('%012d', k.id), null)) over (
                           page rows between unbounded preceding and 1 preceding), 21) as integer) as before
                  from readings r join captures k on k.id = r.capture left join documents d on d.n = r.document
                window page as (partition by k.url order by k.fetched_at, k.id)) s
          left join readings b on b.capture = s.before left join captures kb on kb.id = s.before) h;

create view changes as  -- what became of every page: new, changed (and what), withdrawn, returned
with heard as (
    select url, fetched_at as at, 3 as turn, capture, 'document' as said, change, before from history
     where kind = 'document'
     union all
    select k.url, k.fetched_at, 3, k.id, 'gone', coalesce(r.problem, 'gone'), null
      from readings r join captures k on k.id = r.capture where r.kind = 'gone'
     union all select url, since, 1, null, 'missed', 'no longer listed', null from absences
     union all select url, until, 2, null, 'listed', 'listed again', null from absences where until is not null
), stepped as (
    select *, row_number() over (partition by url order by at, turn, capture) as step from heard
), standing as (
    select *, max(said = 'document') over page as held,
           sum((said = 'missed') - (said = 'listed')) over page > 0
           or max(iif(said = 'gone', step, 0)) over page > max(iif(said = 'document', step, 0)) over page as away
      from stepped window page as (partition by url order by step)
), turning as (
    select *, held and away as lost, lag(held, 1, 0) over page as was_held,
           lag(held and away, 1, 0) over page as was_lost
      from standing window page as (partition by url order by step)
)
select t.at, p.site, t.url, e.event as change,
       case when e.event = 'changed' or (e.event != 'new' and t.said != 'document') then t.change
            when e.event = 'withdrawn' then 'no longer listed' else '' end as what,
       d.title, r.publisher, r.document, t.before, t.capture
  from turning t
  join (select 'new' as event union all select 'changed' union all select 'withdrawn' union all select 'returned') e
    on case e.event when 'new' then held and not was_held when 'withdrawn' then lost and not was_lost
                    when 'returned' then was_lost and not lost
                    else t.said = 'document' and t.change not in ('first', 'chrome', 'nothing') end
  join pages p on p.url = t.url join readings r on r.capture = p.reading join documents d on d.n = r.document;

create view reposts as  -- one text at several addresses
select r.document, d.title, count(*) as pages, count(distinct p.site) as sites, min(r.published_on) as first_published,
       json_group_array(p.url) as urls
  from pages p join readings r on r.capture = p.reading join documents d on d.n = r.document
 group by r.document having count(*) > 1;

create view similar as  -- documents of different pages with much the same text, or one 文号, and what differs besides
with pairs as (
    select min(document, other) as one, max(document, other) as two, likeness, null as number from likenesses
     union all
    select r.document, o.document, null, r.canonical
      from readings r join readings o on o.canonical = r.canonical and o.document > r.document
     where r.canonical glob '*〔[12][0-9][0-9][0-9]〕*'
), linked as (
    select one, two, max(likeness) as likeness, max(number) as number from pairs group by one, two
)
select l.likeness, l.number, d.title, p.url, e.title as other_title, q.url as other_url,
       rtrim(iif(d.title is not e.title, 'title, ', '') || iif(r.publisher is not o.publisher, 'publisher, ', '')
             || iif(r.published_on is not o.published_on, 'published_on, ', '')
             || iif(r.canonical is not o.canonical, 'document_number, ', '')
             || iif(r.index_number is not o.index_number, 'index_number, ', '')
             || iif(p.site is not q.site, 'site, ', ''), ', ') as differs,
       abs(d.characters - e.characters) as characters, l.one as document, l.two as other
  from linked l join documents d on d.n = l.one join documents e on e.n = l.two
  join readings r on r.capture = (select max(capture) from readings x join pages y on y.reading = x.capture
                                   where x.document = l.one)
  join readings o on o.capture = (select max(capture) from readings x join pages y on y.reading = x.capture
                                   where x.document = l.two)
  join pages p on p.reading = r.capture join pages q on q.reading = o.capture;

create view withdrawn as  -- what was there and is gone, or dropped by every list, and when it was first missed
select url, site, title, publisher, published_on, state,
       coalesce((select coalesce(g.problem, 'gone') from captures k join readings g on g.capture = k.id
                  where k.url = u.url and k.fetched_at = gone and g.kind = 'gone'), 'no longer listed') as reason,
       min(coalesce(gone, '9'), coalesce((select min(since) from absences a where a.url = u.url
           and (a.until is null or a.until >= gone)), '9')) as missed, document
  from (select p.url, p.site, d.title, r.publisher, r.published_on, p.state, r.document,
               (select min(k.fetched_at) from captures k join readings g on g.capture = k.id
                 where k.url = p.url and k.fetched_at > last.fetched_at and g.kind = 'gone') as gone
          from pages p join readings r on r.capture = p.reading join captures last on last.id = p.reading
          join documents d on d.n = r.document) u
 where gone is not null or exists (select 1 from absences a where a.url = u.url and a.until is null);

create view personal as  -- pages whose text, or a file of theirs, holds numbers of persons; how many, never which
select p.url, p.site, d.title, r.publisher, r.published_on, f.kind, f.times, null as attachment, r.document
  from flags f join readings r on r.document = f.document join pages p on p.reading = r.capture
  join documents d on d.n = r.document
union all
select p.url, p.site, d.title, r.publisher, r.published_on, f.kind, f.times, a.name, r.document
  from flags f join attachments a on a.sha256 = f.file join pages p on p.reading = a.capture
  join readings r on r.capture = a.capture join documents d on d.n = r.document;

create view cited as  -- every citation, with the archived document that it means: by 文号, by title, or as issued there
select c.document, d.title as citing, c.kind, c.title, c.number, c.place, c.raw, coalesce(
           (select min(v.document) from derived v where v.document_number = c.document_number),
           (select min(v.document) from derived v where v.name = c.name
               and (c.document_number is null or v.document_number is null)),
           (select min(i.document) from citations i join derived v on v.document = i.document
             where i.name = c.name and i.document_number is null and i.kind = 'issues' and i.place = 'title'
               and (c.document_number is null or v.document_number is null))) as archived,
       c.document_number, c.name
  from citations c join documents d on d.n = c.document;

create view leads as  -- what is cited and not archived, the most cited first
select max(title) as title, max(number) as number, count(distinct document) as documents, count(*) as citations,
       json_group_array(distinct kind) as kinds, min(document) as example
  from cited where archived is null
 group by coalesce(document_number, name)
 order by documents desc, citations desc;

create view unmapped_labels as  -- labels of index blocks that no field takes yet
select o.key as label, count(*) as readings, min(o.value) as example, min(k.url) as url
  from readings r join captures k on k.id = r.capture, json_each(r.other) o
 where r.other != '{}'
 group by o.key;
"""

TEXTS = """
create view texts as  -- what each reading of a document says: its own text; without one, that of the files it encloses
select r.capture, r.document,
       iif(d.characters, d.text, coalesce((select group_concat(text, char(10)) from (
           select f.text from attachments a join files f on f.sha256 = a.sha256
            where a.capture = r.capture and f.text != '' order by a.position)), '')) as text,
       iif(d.characters, null, (select group_concat(name, '、') from (
           select a.name from attachments a join files f on f.sha256 = a.sha256
            where a.capture = r.capture and f.text != '' order by a.position))) as text_from
  from readings r join documents d on d.n = r.document;
"""

# `listed_twice`: rows that a walk met again, where the site's count is not passed with them. Rows that stick to the top
# of every page and are counted once explain nothing of what is missing.
COVERAGE = """
drop view if exists coverage;

create view coverage as  -- the completeness certificate of every channel: claimed = the sum of what follows it
with counted as (
    select l.site, l.channel,
           sum(l.missing_since is null and p.state = 'archived') as archived,
           sum(l.missing_since is null and p.state = 'gone') as gone,
           sum(l.missing_since is null and p.state = 'blocked') as blocked,
           sum(l.missing_since is null and p.state = 'failed') as failed,
           sum(l.missing_since is null and p.state = 'unread') as unread,
           sum(l.missing_since is null and p.state = 'pending') as pending,
           sum(l.missing_since is null and p.state = 'foreign') as "foreign",
           sum(l.missing_since is null) as listed, sum(l.missing_since is not null) as vanished
      from listings l join pages p on p.url = l.url
     group by l.site, l.channel
), latest as (
    select c.site, c.channel,
           (select walk from walks w where w.site = c.site and w.channel = c.channel
             order by w.started desc, w.rowid desc limit 1) as walk,
           (select claimed from walks w where w.site = c.site and w.channel = c.channel and w.claimed is not null
             order by w.started desc, w.rowid desc limit 1) as claimed,
           (select repeated - min(repeated, grown) from walks w
             where w.site = c.site and w.channel = c.channel and w.outcome = 'exhausted'
             order by w.started desc, w.rowid desc limit 1) as repeated
      from channels c
), enclosed as (  -- what the documents of a channel enclose, and how much of it is still to be fetched
    select l.site, l.channel, count(*) as attachments, sum(w.state in ('pending', 'failed', 'blocked')) as unfetched
      from listings l join pages p on p.url = l.url join attachments a on a.capture = p.reading
      join downloads w on w.url = a.url
     where l.missing_since is null
     group by l.site, l.channel
), sums as (
    select c.site, c.channel, c.name, t.claimed,
           coalesce(n.archived, 0) as archived, coalesce(n.gone, 0) as gone, coalesce(n.blocked, 0) as blocked,
           coalesce(n.failed, 0) as failed, coalesce(n.unread, 0) as unread, coalesce(n.pending, 0) as pending,
           coalesce(n."foreign", 0) as "foreign", coalesce(t.repeated, 0) as repeated,
           coalesce(n.listed, 0) as listed, coalesce(n.vanished, 0) as vanished, w.outcome, w.started as walked,
           w.pages, w.note, e.attachments, e.unfetched
      from channels c
      join latest t using (site, channel)
      left join counted n using (site, channel)
      left join enclosed e using (site, channel)
      left join walks w on w.walk = t.walk
)
select site, channel, name, claimed, archived, gone, blocked, failed, unread, pending, "foreign", listed_twice,
       claimed - listed - listed_twice as unexplained, vanished, outcome, walked, pages, note,
       coalesce(attachments, 0) as attachments, coalesce(unfetched, 0) as unfetched
  from (select *, iif(listed + repeated <= claimed, repeated, 0) as listed_twice from sums);
"""

MIGRATIONS: tuple[str, ...] = (LEDGER + EVIDENCE + INTERPRETATION + VIEWS, TEXTS, COVERAGE)
VERSION = len(MIGRATIONS)


def version(db: sqlite3.Connection, file: Path) -> int:
    """How many migrations the database has seen. Refuses what is no archive of ours, and what is newer than we are."""
    application = db.execute("pragma application_id").fetchone()[0]
    found = int(db.execute("pragma user_version").fetchone()[0])
    tables = db.execute("select count(*) from sqlite_schema").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise ArchiveError(f"{file} is a database, but not one of gongkai's; name another folder with --archive.")
    if found > VERSION:
        raise ArchiveError(f"{file} has version {found}, this gongkai knows up to {VERSION}; install a newer gongkai.")
    return found


def outdated(db: sqlite3.Connection, file: Path) -> bool:
    """Does the database lack migrations? Raises as `version`."""
    return version(db, file) < VERSION


def migrate(db: sqlite3.Connection, file: Path) -> None:
    """Bring the database up to `VERSION`, each migration in a transaction of its own. An archive that holds something
    is first copied to `gongkai.db.v<N>.bak`."""
    found = version(db, file)
    if 0 < found < VERSION:
        db.execute("pragma wal_checkpoint(truncate)")
        copy = shutil.copy2(file, file.with_name(f"{file.name}.v{found}.bak"))
        log.warning("%s is brought from version %s to %s; as it was, it is kept as %s", file, found, VERSION, copy)
    for number, script in enumerate(MIGRATIONS[found:], start=found + 1):
        try:
            db.executescript(f"begin immediate;\n{script}\npragma application_id = {APPLICATION_ID};\n"
                             f"pragma user_version = {number};\ncommit;")
        except sqlite3.Error:
            if db.in_transaction:
                db.rollback()
            raise
