"""Who may see an archive: the operator's rules, logging in, other plugins, and what browsers and caches may keep."""

import asyncio
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from support.server import serving
from support.visitor import Visitor

from radio_archive.config.settings import SiteOptions
from radio_archive.models import Clip
from radio_archive.site import compat, server

IS_DATASETTE_1 = not version("datasette").startswith("0.")
ANA = {"x-user": "ana"}


async def _page(request: Any) -> Response:
    return Response.text("a page of the plugin")


class Login:
    """A plugin of Datasette as there are many: it knows visitors, lets them log in, and has pages of its own."""

    __name__ = "a_plugin_from_a_folder"

    def _actor(self, request: Any) -> dict[str, str] | None:
        user = request.headers.get("x-user")
        return {"id": user} if user else None

    def _routes(self) -> list[tuple[str, Any]]:
        return [(path, _page) for path in (r"/-/login$", r"/-/mcp$", r"/dashboards/all$")]

    def _forbidden(self, request: Any, message: str) -> Any:
        return Response.redirect("/-/login") if request.path == "/" else None

    actor_from_request, register_routes, forbidden = hookimpl(_actor), hookimpl(_routes), hookimpl(_forbidden)


@pytest.fixture(scope="module", autouse=True)
def _plugin() -> Iterator[None]:
    plugin = Login()
    # Before ours, whose routes would come first if they did not give way.
    pm.register(plugin)
    yield
    pm.unregister(plugin)


class Guarded(Visitor):
    """A visitor of an archive with an operator's own rules."""

    def __init__(self, folder: Path, rules: dict[str, Any], *, immutable: bool) -> None:
        super().__init__(folder)
        document = server.configuration(SiteOptions(), tables=immutable) | rules
        path = str(folder / "archive.db")
        files = {"immutables": [path]} if immutable else {"files": [path]}
        self.datasette = Datasette(**files, **{"config" if IS_DATASETTE_1 else "metadata": document})

    def ask(self, method: str, path: str, **headers: str) -> Any:
        return super().ask(method, path, **headers)


@pytest.fixture(scope="module")
def clip(demo_archive: Path) -> Clip:
    return Visitor(demo_archive).entry("undersea cable")


def ways(clip: Clip) -> list[str]:
    sound = f"/audio/{clip.recording.sha256}"
    return [
        f"{sound}.mp3", f"{sound}/quote?start=1&end=2", "/", "/index.rss", "/search.json?q=cable", f"/{clip.address}",
        f"/{clip.address}.vtt", "/sitemap.xml", f"/embed/{clip.uid}", "/nowhere",
    ]  # fmt: skip


RULES: list[dict[str, Any]] = [{"allow": {"id": "ana"}}, {"databases": {"archive": {"allow": {"id": "ana"}}}}]


@pytest.mark.parametrize("immutable", [True, False])
@pytest.mark.parametrize("rules", RULES)
def test_what_only_some_may_see_is_kept_by_nobody_else(
    demo_archive: Path, clip: Clip, rules: dict[str, Any], immutable: bool
) -> None:
    visitor = Guarded(demo_archive, rules, immutable=immutable)
    for path in ways(clip):
        stranger = visitor.get(path)
        assert stranger.status_code == (302 if path == "/" else 403), path
        answer = visitor.get(path, x_user="ana")
        assert answer.status_code == (404 if path == "/nowhere" else 200), path
        assert answer.headers["cache-control"] == "private, no-store", path
        assert "access-control-allow-origin" not in answer.headers, path


def test_a_published_copy_may_be_read_by_other_sites_and_a_newsrooms_archive_may_not(
    demo_archive: Path, clip: Clip
) -> None:
    for path in ways(clip):
        assert Visitor(demo_archive, immutable=True).get(path).headers["access-control-allow-origin"] == "*", path
        live = Visitor(demo_archive).get(path)
        assert "access-control-allow-origin" not in live.headers, path
    with serving(demo_archive) as running:
        for path in ways(clip)[:3]:
            assert "access-control-allow-origin" not in running.get(path, Origin="https://evil.example").headers


def test_a_known_visitor_of_what_all_may_see_gets_cacheable_sound(demo_archive: Path, clip: Clip) -> None:
    visitor = Guarded(demo_archive, {}, immutable=True)
    answer = visitor.get(f"/audio/{clip.recording.sha256}", x_user="ana")
    assert answer.headers["cache-control"].startswith("public, max-age=")


def test_sound_is_asked_for_again_within_an_hour(demo_archive: Path, clip: Clip) -> None:
    """A clip may be withdrawn."""
    answer = Visitor(demo_archive, immutable=True).get(f"/audio/{clip.recording.sha256}")
    assert answer.headers["cache-control"] == "public, max-age=3600, must-revalidate"
    assert answer.headers["etag"]


@pytest.mark.parametrize("immutable", [True, False])
def test_other_plugins_keep_their_pages(demo_archive: Path, immutable: bool) -> None:
    visitor = Guarded(demo_archive, {}, immutable=immutable)
    for path in ("/-/login", "/-/mcp", "/dashboards/all"):
        assert visitor.get(path).text == "a page of the plugin", path


def test_one_can_log_in_and_out(demo_archive: Path) -> None:
    visitor = Guarded(demo_archive, RULES[0], immutable=False)
    assert visitor.get("/").headers["location"] == "/-/login"
    assert visitor.get("/-/login").status_code == 200
    assert visitor.get("/-/logout", x_user="ana").status_code == 200
    assert "token" in visitor.get("/-/auth-token?token=x").text.lower()
    assert visitor.get("/-/actor.json", x_user="ana").json()["actor"]["id"] == "ana"


def debug_pages(datasette: Datasette) -> set[str]:
    """Return the names of all that Datasette itself has under `/-/`."""
    views = (str(regex.pattern if hasattr(regex, "pattern") else regex) for regex, _ in datasette._routes())
    names = {view.removeprefix("/-/").partition("(")[0].removesuffix("$") for view in views if view.startswith("/-/")}
    return {name.partition("\\")[0].removesuffix(".json") for name in names}


def test_each_page_of_datasettes_own_is_closed_or_meant_to_be_open(demo_archive: Path) -> None:
    """A later version may have more of them: then it is to be decided on."""
    meant = {"static/", "actor", "auth-token", "create-token", "logout", "static-plugins/"}
    ours = {"login", "mcp"}
    plain = Datasette()
    asyncio.run(plain.invoke_startup())
    found = {name for name in debug_pages(plain) if not name.startswith("static-plugins/")}
    assert found - meant - ours - set(compat.PAGES_ABOUT_THE_MACHINE) - set(compat.PAGES_ABOUT_THE_DATA) == set()


def test_debug_pages_are_closed_where_something_is_hidden(demo_archive: Path) -> None:
    live, copy = Visitor(demo_archive), Guarded(demo_archive, {}, immutable=True)
    for name in ("metadata", "versions", "plugins", "settings", "permissions", "allow-debug", "messages", "patterns"):
        assert live.get(f"/-/{name}").status_code == 404, name
    assert copy.get("/-/versions.json").status_code == copy.get("/-/plugins.json").status_code == 200
    for name in ("databases", "threads"):
        assert live.get(f"/-/{name}.json").status_code == copy.get(f"/-/{name}.json").status_code == 404, name
