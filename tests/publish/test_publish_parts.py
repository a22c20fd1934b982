"""The parts of a publication: links between files, the word index, and the folder that is replaced at once."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.clips import clip_of

from radio_archive.archive.public.copy import MediaFile
from radio_archive.archive.public.texts import SearchableText
from radio_archive.config.reader import read_settings
from radio_archive.errors import ArchiveBusyError, ConfigError, MediaMissingError, PublishError, UsageError
from radio_archive.publish.folder import MARK, copy_media, publishing
from radio_archive.publish.links import ORIGIN, StaticLinks
from radio_archive.publish.static import SCRIPTS
from radio_archive.publish.wordindex import WordIndex, base36, differences, words
from radio_archive.site import server
from radio_archive.text.scripts import is_spaceless

SHA = "ab" * 32
HERE = StaticLinks({SHA: f"media/ab/{SHA}.mp3"}, {SHA: ".jpg"})
ONLINE = StaticLinks(HERE.media, HERE.covers, "https://radio.example/archive/")
PAGE = (
    "global.window = global; global.document = {currentScript: {src: 'file:///x/index.js'}, readyState: 'loading',"
    "addEventListener() {}};\n"
)
CLIP = "asia-minute/2024-10-22/undersea-cable/index.html"


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/asia-minute", "asia-minute/index.html"),
        ("/asia-minute/", "asia-minute/index.html"),
        ("/asia-minute?page=2&year=2024", "asia-minute/-/page-2-year-2024/index.html"),
        ("/asia-minute?page=2&from=2024-10-22.7", "asia-minute/-/page-2/index.html"),
        ("/people?letter=K&page=2", "people/-/letter-K-page-2/index.html"),
        ("/asia-minute.json", "asia-minute.json"),
        ("/asia-minute/2024-10-22/undersea-cable", CLIP),
        ("/asia-minute/2024-10-22/undersea-cable?q=cable#t=1.5", CLIP),
        ("/asia-minute/2024-10-22/undersea-cable.cms.html", "asia-minute/2024-10-22/undersea-cable.cms.html"),
        ("/%CA%BBokina", "ʻokina/index.html"),
        ("/search?q=cable", "search/index.html"),
        (f"/audio/{SHA}.mp3?download=1", f"media/ab/{SHA}.mp3"),
        (f"/cover/{SHA}", f"cover/{SHA}.jpg"),
        ("/-/static-plugins/radio-archive/site.css?abc", "static/site.css"),
        # Addresses that need a server, and missing ones.
        (f"/audio/{SHA}/quote?start=1", None),
        (f"/audio/{'cd' * 32}.mp3", None),
        (f"/cover/{'cd' * 32}", None),
        ("/-/databases", None), ("/oembed?url=x", None), ("/opensearch.xml", None), ("/search.rss?q=x", None),
        ("/index.rss", None), ("/index.atom", None), ("/sitemap.xml", None), ("/robots.txt", None),
        ("/embed/k3x9?start=1", None),
    ],
)  # fmt: skip
def test_every_address_has_its_file(address: str, file: str | None) -> None:
    assert HERE.file(address) == file


def test_feeds_and_sitemap_need_to_know_where_they_stand() -> None:
    assert ONLINE.file("/index.rss") == "index.rss"
    assert ONLINE.file("/asia-minute.atom") == "asia-minute.atom"
    assert ONLINE.file("/asia-minute.rss?year=2024") is None
    assert ONLINE.file("/sitemap.xml") == "sitemap.xml"


def test_links_are_relative_and_lead_to_files() -> None:
    page = (
        '<link rel="stylesheet" href="/-/static-plugins/radio-archive/site.css?1a2b"><a href="/">Home</a>'
        '<a href="/search?q=a&amp;show=Asia+Minute&amp;sort=newest">x</a><a href="#t=1">y</a>'
        '<a href="https://elsewhere.example/a">z</a><a href="//elsewhere.example/">z</a>'
        f'<audio src="/audio/{SHA}.mp3"></audio><p data-title="/etc/hosts">/asia-minute</p>'
    )
    assert HERE.page(page, CLIP) == (
        '<link rel="stylesheet" href="../../../static/site.css?1a2b"><a href="../../../index.html">Home</a>'
        '<a href="../../../search/index.html?q=a&amp;show=Asia+Minute">x</a><a href="#t=1">y</a>'
        '<a href="https://elsewhere.example/a">z</a><a href="//elsewhere.example/">z</a>'
        f'<audio src="../../../media/ab/{SHA}.mp3"></audio><p data-title="/etc/hosts">/asia-minute</p>'
    )


def test_what_a_static_site_cannot_do_is_not_offered() -> None:
    page = (
        '<link rel="search" href="/opensearch.xml">\n<a href="/index.rss">Podcast feed</a>\n'
        '<link rel="alternate" type="application/atom+xml" href="/index.atom">\n'
        f'<a href="/index.json">JSON</a><article data-quote="/audio/{SHA}/quote">'
    )
    assert HERE.page(page, "index.html") == '<a href="index.json">JSON</a><article>'


def test_whole_addresses_are_true_or_not_there() -> None:
    page = (
        f'<link rel="canonical" href="{ORIGIN}/asia-minute">\n<meta property="og:url" content="{ORIGIN}/asia-minute">\n'
        f'<link rel="alternate" type="application/json+oembed" href="{ORIGIN}/oembed?url=x">'
        f'<article data-url="{ORIGIN}/asia-minute">'
        f'<script type="application/ld+json">{{"url": "{ORIGIN}/asia-minute"}}</script>'
    )
    assert HERE.page(page, "people/index.html") == (
        '<article><script type="application/ld+json">{"url": "../asia-minute/index.html"}</script>'
    )
    online = "https://radio.example/archive/asia-minute/"
    assert ONLINE.page(page, "people/index.html") == (
        f'<link rel="canonical" href="{online}">\n<meta property="og:url" content="{online}">\n'
        f'<article data-url="{online}"><script type="application/ld+json">{{"url": "{online}"}}</script>'
    )
    assert ONLINE.data(f"<link>{ORIGIN}</link><x url='{ORIGIN}/audio/{SHA}.mp3'/>", "index.rss", escape=True) == (
        f"<link>https://radio.example/archive/</link><x url='https://radio.example/archive/media/ab/{SHA}.mp3'/>"
    )


@pytest.mark.parametrize(
    ("said", "typed", "found"),
    [
        ("Hawaiʻi", "hawai'i", True), ("Hawaiʻi", "Hawaii", True), ("Hawaii", "HAWAI‘I", True),
        ("Kāneʻohe", "kaneohe", True),
        ("12,000 people", "12000", True), ("John’s boat", "john", True), ("fa'asamoa", "faasamoa", True),
        ("Straße", "strasse", True), ("Łódź", "lodz", True), ("ＦＵＬＬ width", "full", True),
        ("we'll go", "well", False), ("it's", "its", False), ("we're", "were", False), ("1,2", "12", False),
        ("½ off", "12", False), ("12 off", "½", False), ("2½ miles", "2½", True),
    ],
)  # fmt: skip
def test_spellings_of_a_word_have_one_key_and_other_words_another(said: str, typed: str, found: bool) -> None:
    assert (set(words(typed)) <= set(words(said))) is found


def test_the_browser_makes_the_same_keys(tmp_path: Path) -> None:
    """Node runs the browser's script: a word in a query must get the same key as in the index."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    samples = [
        "Hawaiʻi Hawai'i HAWAI’I", "We'll go, well; it's its John’s 'quoted' don't rock'n'roll 90's",
        "12,000 people 3.5 percent 1,2,3 1,000,000", "Straße İstanbul ŁÓDŹ æon œuvre ½ ² ＦＵＬＬ",
        "Kāneʻohe e\u0301te\u0301", "長野市のりんご 日本'語 ｶﾞｽ 7月4日 한국어 KBS뉴스 ภาษาไทย ไทยPBS",
        "fa'asamoa Māori ʻOkina ko'u", "東京 नमस्ते שָׁלוֹם عَرَبِي", "''' ʻ \u0301 _ -", "ĲıßÞ ﬁne", "constructor __proto__",
    ]  # fmt: skip
    program = tmp_path / "keys.js"
    program.write_text(
        PAGE + "\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS) +
        f"\nconsole.log(JSON.stringify({json.dumps(samples)}.map(window.radioArchiveSearch.keys)));",
        encoding="utf-8",
    )  # fmt: skip
    done = subprocess.run(["node", program], capture_output=True, encoding="utf-8", check=True)
    assert json.loads(done.stdout) == [words(sample) for sample in samples]


def test_the_browser_knows_the_same_scripts_without_spaces(tmp_path: Path) -> None:
    """All characters of Unicode's first plane that have a name."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    every = [char for code in range(0x10000) if (char := chr(code)).isalpha() or 0xE00 <= code < 0xE80]
    program, script = tmp_path / "spaceless.js", next(path for path in SCRIPTS if path.name == "index.js")
    program.write_text(
        f"{PAGE}{script.read_text(encoding='utf-8')}\n"
        "const found = JSON.parse(require('fs').readFileSync(0, 'utf8')).filter(radioArchiveIndex.isSpaceless);"
        "console.log(JSON.stringify(found));",
        encoding="utf-8",
    )
    done = subprocess.run(["node", program], input=json.dumps(every), capture_output=True, encoding="utf-8", check=True)
    assert json.loads(done.stdout) == list(filter(is_spaceless, every))


def test_numbers_survive_the_index() -> None:
    assert [base36(n) for n in (0, 35, 36, 46655)] == ["0", "z", "10", "zzz"]
    assert differences([3, 4, 40]) == "3.1.10"
    assert [int(part, 36) for part in differences([7, 9]).split(".")] == [7, 2]


def test_no_text_can_break_out_of_the_index(tmp_path: Path) -> None:
    index = WordIndex()
    hostile = '</script><script>alert(1)</script> "\\\u2028\u2029 ${x} */'
    index.add(
        clip_of("u", hostile, show=hostile),
        "x.html",
        [SearchableText(1.25, hostile, hostile), SearchableText(None, "story")],
    )
    index.write(tmp_path)
    files = sorted(tmp_path.rglob("*.js"))
    assert [path.parent.name for path in files] == ["c", "h", "t", "w"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") == 1
        assert "\u2028" not in text
        call, _, given = text.partition("(")
        assert call == "radioArchiveSearch.pass"
        assert json.loads("[" + given.removesuffix(");\n") + "]")
    text = next((tmp_path / "t").iterdir()).read_text(encoding="utf-8")
    assert json.loads(text.removeprefix("radioArchiveSearch.pass(").removesuffix(");\n")) == [
        [-1, hostile], [12, hostile], [-2, "story"],
    ]  # fmt: skip


def test_a_publication_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "site"
    for number in (1, 2):
        with publishing(target, "static") as folder:
            (folder / f"{number}.html").write_text("x", encoding="utf-8")
            assert (target / "1.html").exists() is (number == 2)
    assert sorted(path.name for path in target.iterdir()) == [MARK, "2.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_what_goes_wrong_leaves_the_earlier_one_there(tmp_path: Path) -> None:
    with publishing(tmp_path / "site", "static") as folder:
        (folder / "1.html").touch()
    with pytest.raises(KeyboardInterrupt), publishing(tmp_path / "site", "static") as folder:  # noqa: PT012
        (folder / "2.html").touch()
        raise KeyboardInterrupt
    assert (tmp_path / "site" / "1.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_run_that_was_killed_between_two_steps_is_made_good(tmp_path: Path) -> None:
    with publishing(tmp_path / "site", "static") as folder:
        (folder / "1.html").touch()
    (tmp_path / "site").rename(tmp_path / ".site.replaced")
    (tmp_path / ".site.publishing").mkdir()
    with pytest.raises(RuntimeError), publishing(tmp_path / "site", "static"):
        raise RuntimeError
    assert (tmp_path / "site" / "1.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_nothing_of_anybody_else_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").touch()
    for name in ("theirs", "file"):
        with pytest.raises(UsageError), publishing(tmp_path / name, "static"):
            pass
    # Nor a folder that was put there meanwhile.
    with pytest.raises(UsageError), publishing(tmp_path / "late", "static"):  # noqa: PT012
        (tmp_path / "late").mkdir()
        (tmp_path / "late" / "thesis.txt").touch()
    assert (tmp_path / "theirs" / "thesis.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "late" / "thesis.txt").exists()
    (tmp_path / "empty").mkdir()
    with publishing(tmp_path / "empty", "static"):
        pass
    assert (tmp_path / "empty" / MARK).is_file()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with publishing(tmp_path / "site", "static"):  # noqa: SIM117
        with pytest.raises(ArchiveBusyError), publishing(tmp_path / "site", "static"):
            pass


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PublishError, match="cannot write"), publishing(tmp_path / "file" / "site", "static"):
        pass


def test_what_the_settings_say_of_the_site_reaches_it(tmp_path: Path) -> None:
    settings = tmp_path / "radio-archive.toml"
    settings.write_text(
        '[site]\ntitle = "Reef"\ncontact = "mailto:a@reef.example"\nurl = "https://reef.example/x"\nrobots = false\n',
        encoding="utf-8",
    )
    options = read_settings(settings).site
    assert options.url == "https://reef.example/x/"
    assert server.configuration(options) == {
        "plugins": {
            "radio-archive": {
                "title": "Reef",
                "contact": "mailto:a@reef.example",
                "url": "https://reef.example/x/",
                "robots": False,
            }
        }
    }
    for wrong in (
        'url = "reef.example"',
        'url = "https://reef.example/?x"',
        'contact = "javascript:alert(1)"',
        "title = 7",
    ):
        settings.write_text(f"[site]\n{wrong}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"site\."):
            read_settings(settings)


def test_audio_is_copied_once_and_checked(tmp_path: Path) -> None:
    import hashlib

    source = tmp_path / "source.mp3"
    source.write_bytes(b"sound")
    sha256 = hashlib.sha256(b"sound").hexdigest()
    medium = MediaFile(source, f"media/{sha256[:2]}/{sha256}.mp3", 5)
    reported: list[tuple[int, int]] = []

    def copy(into: str, before: str) -> Path:
        target = tmp_path / into / medium.path
        copy_media([medium], tmp_path / into, tmp_path / before, lambda *amounts: reported.append(amounts))
        assert target.read_bytes() == b"sound"
        return target

    first = copy("1", "0")
    assert os.stat(first).st_ino != os.stat(source).st_ino  # noqa: PTH116
    assert os.stat(copy("2", "1")).st_ino == os.stat(first).st_ino  # noqa: PTH116
    # An earlier copy that was changed is not used again.
    first.write_bytes(b"noise")
    assert reported == [(5, 5), (5, 5)]
    assert copy("3", "1").read_bytes() == b"sound"
    source.write_bytes(b"SOUND")
    with pytest.raises(MediaMissingError, match="no longer holds"):
        copy("4", "0")
    source.unlink()
    with pytest.raises(MediaMissingError, match="cannot read"):
        copy("5", "0")
