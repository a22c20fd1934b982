"""From an archive to something that can be put on the web: a filtered copy, as a site of files or as a bundle.

`folder` makes the new publication beside the old one and swaps them, `static` writes a site of files with `links` and
`wordindex`, `bundle` what a host of one's own needs. All of them start from `archive.copying`.
"""
