"""Publishes a filtered copy of an archive on the web, as a site of static files or as a bundle for a server.

`folder` writes the new publication beside the old one and swaps them. `static` writes a site of files, with `links`
`wordindex` and `searchdata`; `bundle` writes what a server needs. Both start from `archive.public.copy`.
"""
