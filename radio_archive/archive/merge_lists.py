"""Adds what another archive keeps beside its clips: the feeds it follows, saved searches, and clips that are different.

Each is about clips, which are merged before.
"""

import json
from collections.abc import Iterable
from dataclasses import fields

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.archive.merge_texts import Row, Tally, rows, without
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import insert, pages

_SEARCH = ("query", "filters")
_FEEDS = "SELECT feeds.*, shows.name AS show FROM feeds LEFT JOIN shows ON shows.id = show_id"
_ITEMS = """SELECT feed_items.id, guid, enclosure_url, state, seen_at, feed_items.sha256 FROM feed_items
    WHERE feed_id = ? AND state = 'downloaded' AND sha256 IS NOT NULL"""
_ADD_ITEM = """INSERT INTO feed_items (feed_id, guid, enclosure_url, state, seen_at, sha256, clip_id)
    VALUES (:feed, :guid, :enclosure_url, :state, :seen_at, :sha256, :clip)
    ON CONFLICT (feed_id, guid) DO UPDATE SET state = excluded.state, sha256 = excluded.sha256, error = NULL,
        enclosure_url = excluded.enclosure_url, seen_at = excluded.seen_at, clip_id = excluded.clip_id
        WHERE feed_items.state <> 'downloaded'"""
_KNOWN = """SELECT value, (SELECT clip_id FROM recordings JOIN clip_recordings ON recording_id = recordings.id
        WHERE sha256 = value ORDER BY clip_id LIMIT 1) AS clip
    FROM json_each(?) WHERE clip IS NOT NULL OR EXISTS (SELECT 1 FROM tombstones WHERE sha256 = value)"""
_DIFFERENT = "SELECT clip_id, other_id, similarity, found_at FROM likenesses WHERE status = 'rejected'"
_ADD_DIFFERENT = """INSERT INTO likenesses (clip_id, other_id, similarity, status, found_at)
    VALUES (?, ?, ?, 'rejected', ?)
    ON CONFLICT (clip_id, other_id) DO UPDATE SET status = 'rejected' WHERE status = 'proposed'"""


def add_lists(ours: Archive, theirs: Archive, tally: Tally) -> None:
    """Add feeds with their items, saved searches, and pairs of clips of which a person said that they are different."""
    _add_feeds(ours, theirs, tally)
    _add_searches(ours, theirs, tally)
    for page in pages(theirs.db.execute(_DIFFERENT)):
        here = _clips_here(ours, theirs, {key for row in page for key in row[:2]})
        pairs = [
            (*sorted((here[one], here[other])), *rest) for one, other, *rest in page if {one, other} <= here.keys()
        ]
        _write(ours, "pairs", _ADD_DIFFERENT, [pair for pair in pairs if pair[0] != pair[1]], tally)


def _add_feeds(ours: Archive, theirs: Archive, tally: Tally) -> None:
    for feed in rows(theirs.db, f"{_FEEDS} ORDER BY feeds.id"):
        mine = rows(ours.db, f"{_FEEDS} WHERE feeds.url = ?", feed["url"])
        show = lookup.find_or_create(ours.db, "show", feed["show"]) if feed["show"] else None
        if mine and mine[0]["show_id"] != show:
            tally.conflict(f"show of the feed {feed['url']}", mine[0]["show"], feed["show"])
        # Without what spares the server an answer: that may have items which came there, and are not here.
        key = mine[0]["id"] if mine else insert(ours.db, "feeds", {"url": feed["url"], "show_id": show})
        tally.count("feeds", not mine)
        for page in pages(theirs.db.query(_ITEMS, [feed["id"]])):
            known = dict(ours.db.execute(_KNOWN, [json.dumps([item["sha256"] for item in page])]).fetchall())
            items = [{**one, "feed": key, "clip": known[one["sha256"]]} for one in page if one["sha256"] in known]
            _write(ours, "items", _ADD_ITEM, items, tally)


def _add_searches(ours: Archive, theirs: Archive, tally: Tally) -> None:
    for search in rows(theirs.db, "SELECT * FROM saved_searches ORDER BY id"):
        mine = rows(ours.db, "SELECT * FROM saved_searches WHERE name = ?", search["name"])
        if mine:
            if any(mine[0][name] != search[name] for name in _SEARCH):
                told = (" ".join((row["query"], row["filters"])) for row in (mine[0], search))
                tally.conflict(f"saved search {search['name']}", *told)
            continue
        if not _is_understood(search):
            tally.conflict(f"saved search {search['name']}", "", "it makes no sense, and was not taken")
            continue
        key = insert(ours.db, "saved_searches", without(search))
        tally.count("searches")
        finds = theirs.db.execute("SELECT clip_id, found_at FROM saved_finds WHERE saved_id = ?", [search["id"]])
        for page in pages(finds):
            here = _clips_here(ours, theirs, [clip for clip, _ in page])
            ours.db.conn.executemany(
                "INSERT OR IGNORE INTO saved_finds VALUES (?, ?, ?)",
                [(key, here[clip], at) for clip, at in page if clip in here],
            )


def _is_understood(search: Row) -> bool:
    """Whether the filters are such as `search --save` stores: names of filters, with texts or whether they hold."""
    try:
        given = json.loads(search["filters"])
        values = [given[name] for name in given]
    except (ValueError, TypeError, RecursionError):
        return False
    texts = isinstance(search["name"], str) and isinstance(search["query"], str)
    known = {one.name for one in fields(Filters)} | {"any"}
    return texts and isinstance(given, dict) and given.keys() <= known and {*map(type, values)} <= {str, bool}


def _write(ours: Archive, kind: str, query: str, values: "list[Row] | list[tuple[object, ...]]", tally: Tally) -> None:
    tally.count(kind, max(0, ours.db.conn.executemany(query, values).rowcount))


def _clips_here(ours: Archive, theirs: Archive, clips: Iterable[int]) -> dict[int, int]:
    """Return, of some clips of the other archive by their row ids, those that are here."""
    of = """SELECT clip_id, sha256 FROM clip_recordings JOIN recordings ON recordings.id = recording_id
        WHERE clip_id IN (SELECT value FROM json_each(?)) AND role = 'original'"""
    there = theirs.db.execute(of, [json.dumps(list(clips))]).fetchall()
    known = dict(ours.db.execute(_KNOWN, [json.dumps([sha256 for _, sha256 in there])]).fetchall())
    return {clip: known[sha256] for clip, sha256 in there if known.get(sha256) is not None}
