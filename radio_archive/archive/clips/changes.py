"""When clips last changed: for those who follow them."""

import json
from collections.abc import Sequence

from radio_archive.archive.archive import Archive


def last_changes(archive: Archive, uids: Sequence[str]) -> dict[str, str]:
    """Return when each of the clips with these uids was added, or its current transcript was made, if that is later.

    Moments are in ISO 8601.
    """
    rows = archive.db.execute(
        """SELECT clips.uid, max(clips.added_at, coalesce(transcripts.created_at, '')) FROM clips
           LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id
           WHERE clips.uid IN (SELECT value FROM json_each(?))""",
        [json.dumps(list(uids))],
    )
    return dict(rows)
