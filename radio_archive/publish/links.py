"""Maps addresses of the site to files of a static site, and rewrites the links between them."""

import html
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from radio_archive.site import answers

ORIGIN = "http://radio-archive.invalid"
"""The address under which the pages are fetched; its top-level domain is reserved (RFC 6761)."""
STATIC = "/-/static-plugins/radio-archive/"
PAGE = "index.html"
CHARSET = '<meta charset="utf-8">'
NOT_STATIC = ("/opensearch.xml", "/oembed", "/-/", "/search.", "/clip/", "/trends", "/concordance")
"""Addresses that need a server, and short addresses of pages that have a long one."""
ABSOLUTE_ONLY = ("/sitemap", "/robots.txt", "/embed/")
FEEDS = (".rss", ".atom")
SEARCHED = frozenset({"q", "show", "reporter", "year", "page"})
"""The query parameters that `assets/search.js` reads."""
LISTED = frozenset({"year", "page", "after", "letter"})
"""The query parameters that select another page of a list."""

PAGED = frozenset({"from"})
"""The query parameter that selects another page of a feed."""

# The site's templates escape every quotation mark inside an attribute, and write only these attributes.
LINK = re.compile(r'(\s(?:href|src|action|poster|data-quote|data-sound))="(/(?!/)[^"]*)"')
# Stops at the characters that end an address in HTML, JSON or XML.
ABSOLUTE = re.compile(re.escape(ORIGIN) + r"""((?:/[^\s"'<>\\)]*)?)""")
_WHOLE_LINK = re.compile(
    r'<a\b[^>]*\shref="(/(?!/)[^"]*)"[^>]*>.*?</a>\s?|<link\b[^>]*\shref="(/(?!/)[^"]*)"[^>]*>\s*', re.S
)
_ABSOLUTE_TAG = re.compile(rf"<(?:link|meta)\b[^>]*{re.escape(ORIGIN)}([^\"]*)[^>]*>\s*")
_OWN_ADDRESS = re.compile(
    rf' data-url="{re.escape(ORIGIN)}[^"]*"|<span class="url">[^<]*{re.escape(ORIGIN)}[^<]*</span>|'
    rf'(?<=%0A){re.escape(ORIGIN)}[^"&]*|(?:\?|&amp;)clip={re.escape(ORIGIN)}[^"#&]*'
)
"""What tells the address of a page to those who read it."""


@dataclass(frozen=True, slots=True)
class StaticLinks:
    """The files of a static site, and the links between them.

    `media` has the path of each recording by its SHA-256, `covers` the suffix of its picture. `url` is the address of
    the published site, with a slash at the end; if it is None, feeds, sitemap and absolute addresses are left out.
    """

    media: Mapping[str, str]
    covers: Mapping[str, str]
    url: str | None = None

    def file(self, address: str) -> str | None:
        """Return the file for an address of the site; None if a static site has none."""
        parts = urlsplit(address)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        if path.startswith(STATIC):
            return f"static/{path.removeprefix(STATIC)}"
        if path.startswith(("/audio/", "/cover/")):
            return self._of_recording(path)
        if path == "/search":
            return f"search/{PAGE}"
        if path.startswith(NOT_STATIC) or (path.startswith(ABSOLUTE_ONLY) and self.url is None):
            return None
        listed = PAGED if path.endswith(FEEDS) else LISTED
        if path.endswith(FEEDS) and (self.url is None or query.keys() - PAGED):
            return None
        return _of_page(path, {key: value for key, value in query.items() if key in listed})

    def _of_recording(self, path: str) -> str | None:
        kind, _, name = path.removeprefix("/").partition("/")
        digest = name.partition(".")[0]
        if kind == "audio":
            return self.media.get(digest)
        return f"cover/{digest}{self.covers[digest]}" if digest in self.covers else None

    def link(self, address: str, page: str) -> str | None:
        """Return the link from the file `page` to an address of the site; None if there is no such file."""
        target = self.file(address)
        if target is None:
            return None
        parts = urlsplit(address)
        relative = quote(posixpath.relpath(target, posixpath.dirname(page) or "."))
        kept = [(key, value) for key, value in parse_qsl(parts.query) if key in SEARCHED]
        query = urlencode(kept) if parts.path == "/search" else ""
        # The digest in the query lets browsers cache a style sheet for long.
        query = parts.query if parts.path.startswith(STATIC) else query
        return relative + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")

    def absolute(self, address: str, page: str) -> str:
        """Return the absolute address on the web, or a link from `page` if `url` is not known; empty without a file."""
        if self.url is None:
            return self.link(address, page) or ""
        target, fragment = self.file(address), urlsplit(address).fragment
        if target is None:
            return ""
        return self.url + quote(target.removesuffix(PAGE)) + (f"#{fragment}" if fragment else "")

    def page(self, text: str, name: str) -> str:
        """Return the HTML of a page as the file `name`: links lead to files, and links to anything else are removed."""

        def kept(found: re.Match[str]) -> str:
            address = html.unescape(found[1] or found[2])
            return found[0] if self.file(address) else ""

        def told(found: re.Match[str]) -> str:
            return found[0] if self.url and self.file(html.unescape(found[1]) or "/") else ""

        def linked(found: re.Match[str]) -> str:
            target = self.link(html.unescape(found[2]), name)
            return "" if target is None else f'{found[1]}="{html.escape(target)}"'

        text = _ABSOLUTE_TAG.sub(told, _WHOLE_LINK.sub(kept, text))
        if self.url is None:
            text = _OWN_ADDRESS.sub("", text)
        return self.data(LINK.sub(linked, text), name, escape=True)

    def data(self, text: str, name: str, *, escape: bool = False) -> str:
        """Return a file of the site, such as JSON or XML, with the addresses of the published site."""

        def placed(found: re.Match[str]) -> str:
            address = html.unescape(found[1]) or "/"
            target = self.absolute(address, name)
            return html.escape(target) if escape else target

        return ABSOLUTE.sub(placed, text)


def _of_page(path: str, query: Mapping[str, str]) -> str:
    folder, _, last = path.removeprefix("/").rstrip("/").rpartition("/")
    base = f"{folder}/{last}" if folder else last
    # No other address of the site has a hyphen as a part of its path.
    told = "-".join(f"{key}-{value}" for key, value in sorted(query.items()))
    stem, dot, suffix = last.partition(".")
    if dot:
        return f"{folder}/{stem}/-/{told}.{suffix}".removeprefix("/") if told else base
    return "/".join(part for part in (base, *(("-", told) if told else ()), PAGE) if part)


def with_policy(page: str, policy: str = answers.POLICY) -> str:
    """Return a page with the security policy that the site sent with it, for hosts that send none."""
    # In a page, a policy cannot say who may frame it. Not every browser takes files beside a page for its own.
    within = policy.partition("; frame-ancestors")[0].replace("'self'", "'self' file:")
    return page.replace(CHARSET, f'{CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{within}">', 1)


def redirect_page(target: str) -> str:
    """Return a page that redirects to `target` without a server."""
    link = html.escape(target)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{with_policy(CHARSET)}<title>Moved</title>'
        f'<meta name="robots" content="noindex"><meta http-equiv="refresh" content="0; url={link}"></head>'
        f'<body><p>This has moved: <a href="{link}">here it is</a>.</p></body></html>\n'
    )
