-- What keeps the cost of one clip the same in an archive of any size.

-- Saving a clip asks which item of a feed it came from.
CREATE INDEX feed_items_sha256 ON feed_items (sha256);
