"""Errors in radio-archive.toml are reported with the line and a suggestion; the template is valid."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audio_files import mp3
from support.listening import Listening
from support.pictures import jpeg, png
from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.config.reader import check_settings, read_settings
from radio_archive.config.settings import TEMPLATE
from radio_archive.config.toml_lines import line_of
from radio_archive.errors import ConfigError
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request


def wrong(text: str, folder: Path) -> str:
    path = folder / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    return str(caught.value).removeprefix(f"{path}, ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no file"),
        (b"", "neither a JPEG nor a PNG"),
        (b"<svg/>", "neither a JPEG nor a PNG"),
        (b"\xff\xd8\xff" + b"\xff" * 50, "neither a JPEG nor a PNG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "neither a JPEG nor a PNG"),
        (png(1, 1)[:16] + bytes(8), "neither a JPEG nor a PNG"),
        (png(1400, 1401), "it is 1,400 × 1,401 pixels, and must be square"),
        (png(1399, 1399), "it is 1,399 × 1,399 pixels, and must have 1,400 to 3,000 on each side"),
        (jpeg(3001, 3001), "it is 3,001 × 3,001 pixels"),
        (jpeg(1400, 1400), ""),
        (png(3000, 3000), ""),
    ],
)
def test_a_picture_that_directories_refuse_is_told(content: bytes | None, problem: str, empty_archive: Path) -> None:
    (empty_archive / "radio-archive.toml").write_text('[shows.A]\nimage = "a.jpg"\n', encoding="utf-8")
    if content is not None:
        (empty_archive / "a.jpg").write_bytes(content)
    ran = run("config", "check", "--archive", empty_archive)
    assert problem in ran.err
    # What directories refuse may still be on the show's page.
    assert (ran.code, "line 2" in ran.err) == ((0, False) if "pixels" in problem or not problem else (1, True))


def test_what_directories_demand_is_missed_where_the_site_has_an_address(empty_archive: Path) -> None:
    for text, missed in (
        ("", ""),
        ('url = "https://reef.example/"\n', "category and image and email"),
        ('url = "https://reef.example/"\ncontact = "mailto:a@reef.example"\n', "category and image,"),
        ('url = "https://reef.example/"\n[podcast]\ncategory = "News"\nemail = "a@reef.example"\n', "know image,"),
    ):
        (empty_archive / "radio-archive.toml").write_text(f"[site]\n{text}", encoding="utf-8")
        said = ok("config", "check", "--archive", empty_archive).err
        assert missed in said
        assert bool(said) == bool(missed)


def test_a_picture_is_not_taken_from_elsewhere_and_doctor_tells_of_it(empty_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(1400, 1400))
    (empty_archive / "a.png").symlink_to(tmp_path / "secret.png")
    (empty_archive / "radio-archive.toml").write_text('[podcast]\nimage = "a.png"\n', encoding="utf-8")
    assert "is outside the archive's folder" in run("config", "check", "--archive", empty_archive).err
    assert "podcast.image" in run("doctor", "--archive", empty_archive).out
    ran = run("publish", "static", tmp_path / "site", "--archive", empty_archive)
    assert (ran.code, (tmp_path / "site").exists()) == (1, False)
    assert "line 2: the image 'a.png' is outside" in ran.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[engin]\nmodel = "demo"\n', "line 1: 'engin' is not a section. Did you mean 'engine'?"),
        ('[engine]\nmodle = "demo"\n', "line 2: 'modle' is not a key of [engine]. Did you mean 'model'?"),
        ("[engine]\nbeam_size = 0\n", "line 2: engine.beam_size is 0. It takes a whole number from 1 to 100."),
        ('[engine]\n\nbeam_size = "5"\n', "line 3: engine.beam_size is '5'. It takes a whole number from 1 to 100."),
        ("[engine]\nmodel = 5\n", "line 2: engine.model is 5. It takes text in quotes."),
        ("# one\nengine = 5\n", "line 2: engine is not a section. Write [engine] on a line of its own."),
        ('[engine]\nhotwords = "Hilo"\n', "line 2: engine.hotwords is 'Hilo'. It takes a list of texts."),
        ("[engine]\nguards = 1\n", "line 2: engine.guards is 1. It takes true or false."),
        ('[engine]\ndevice = "cudda"\n', "line 2: engine.device is 'cudda'. Did you mean 'cuda'?"),
        ('[engine]\ndevice = "tpu7"\n', "line 2: engine.device is 'tpu7'. It takes auto, cpu or cuda."),
        ('[engine]\ncompute_type = "int-8"\n', "line 2: engine.compute_type is 'int-8'. Did you mean 'int8'?"),
        ('[engine]\nurll = "x"\n', "line 2: 'urll' is not a key of [engine]. Did you mean 'url'?"),
        ('[engine]\n\nurl = "127.0.0.1:8000"\n', "line 3: engine.url is no address of a server. Write it like"),
        ('[engine]\nurl = "https://me:hush-hush@a.example/v1"\n', "line 2: engine.url is no address of a server."),
        ('[engine]\nurl = "https://a.example/v1?key=hush-hush"\n', "line 2: engine.url is no address of a server."),
        ('[engine]\nmodel = "endpoint:x"\n', "line 2: engine.model is 'endpoint:x', and there is no engine.url."),
        ('[engine]\napi_key = "hush-hush"\n',
         "line 2: 'api_key' is not a key of [engine]. The key of an endpoint is in the environment"),
        ('[engine]\nlanguage = "English"\n',
         "line 2: engine.language is 'English'. It takes the code of a language: \"en\"."),
        ('[watch]\nquiet_hours = "night"',
         "line 2: watch.quiet_hours is 'night'. It takes two times of day: \"22:00-06:30\"."),
        ('[station]\ntimezone = "Pacific/Honululu"', "line 2: station.timezone is 'Pacific/Honululu'. Did you mean"),
        ('[podcast]\ncategory = "Newz"', "line 2: podcast.category is 'Newz'. Did you mean 'News'?"),
        ('[podcast]\ncategory = "Radio"', "line 2: podcast.category is 'Radio'. It takes one of: Arts, B"),
        ('[podcast]\ncategory = "News > Books"',
         "line 2: podcast.category is 'News > Books'. The parts of News are: Business News, Daily News"),
        ('[podcast]\ncategory = "History > "\nemail = "x"', "line 3: podcast.email is 'x'. It takes one address"),
        ('[shows."Reef Notes"]\ncategory = "History > Old"',
         "line 2: shows.Reef Notes.category is 'History > Old'. The parts of History are: none."),
        ('[podcast]\nimage = "../art.jpg"\n[shows.A]', "line 2: podcast.image is '../art.jpg'. It takes a file"),
        ('[podcast]\nimage = "/etc/art.jpg"', "line 2: podcast.image is '/etc/art.jpg'. It takes a file"),
        ('[podcast]\nimage = "C:\\\\art.jpg"', "line 2: podcast.image is 'C:"),
        ('[podcast]\nimage = "ftp://x.example/a.jpg"', "line 2: podcast.image is 'ftp://x.example/a.jpg'"),
        ('[podcast]\nimage = \'https://x.example/"><script>\'', "line 2: podcast.image is 'https://x.example/\""),
        ('[shows.A]\nexplicit = "no"', "line 2: shows.A.explicit is 'no'. It takes true or false."),
        # The same key in two sections, and however it is written
        ('[shows.A]\nlanguage = "en"\n[shows.B]\nlanguage = 5\n',
         "line 4: shows.B.language is 5. It takes text in quotes."),
        ('[shows.B]\nlanguage = 5\n[shows.A]\nlanguage = "en"\n',
         "line 2: shows.B.language is 5. It takes text in quotes."),
        ('[shows.A]\ncode = "a"\n[shows.B]\ncode = "A"', "line 4: shows.B.code is 'A', which A has too."),
        ('[engine]\nmodel = "demo"\n[shows."Reef Notes"]\nmodel = "demo"\n',
         "line 4: 'model' is not a key of [shows.Reef Notes]."),
        ('watch.settle = 1.0\nengine.modle = "x"\n', "line 2: 'modle' is not a key of [engine]. Did you mean 'model'?"),
        ('[watch]\nsettle = 1.0\n\n[shows]\n"A".hotword = []\n', "line 5: 'hotword' is not a key of [shows.A]."),
        ('engine = { beam_size = 2,\tmodle = "x" }\n', "line 1: 'modle' is not a key of [engine]."),
        ('[shows]\nB = { code = "B" }\nA = { code = "A", lang = "en" }\n', "line 3: 'lang' is not a key of [shows.A]."),
        # What stands on several lines counts from its first, and what looks like a key within a text is none
        ('[engine]\nhotwords = [\n  "beam_size = 3",\n  5,\n]\nbeam_size = 3\n', "line 2: engine.hotwords is"),
        ('[engine]\nprompt = """\nbeam_size = 0\n"""\n# beam_size = 0\nbeam_size = 0\n',
         "line 6: engine.beam_size is 0."),
        ('[engine]\r\nprompt = "a \u2028 b"\r\nbeam_size = 0\r\n', "line 3: engine.beam_size is 0."),
    ],
)  # fmt: skip
def test_the_line_is_named(text: str, expected: str, tmp_path: Path) -> None:
    said = wrong(text, tmp_path)
    assert said.startswith(expected)
    # Somebody's password may be what is wrong.
    assert "hush-hush" not in said


def test_what_is_no_toml_has_its_line_too(tmp_path: Path) -> None:
    assert "line 2" in wrong("[engine]\nmodel = = 1\n", tmp_path)


BEYOND = {
    "threads": ("[engine]\nthreads = 100000000\n", "line 2: engine.threads is 100000000. It takes a whole number from"),
    "a beam": ("[engine]\nbeam_size = 2147483648\n", "line 2: engine.beam_size is 2147483648. It takes a whole number"),
    "a batch": ("[engine]\nbatch_size = 2147483648\n", "line 2: engine.batch_size is"),
    "a batch to encode": ("[engine]\nencode_batch_size = -1\n", "line 2: engine.encode_batch_size is -1."),
    "no process": ("[engine]\nworkers = -1\n", "line 2: engine.workers is -1. It takes a whole number from 0 to 256."),
    "seconds": ("[watch]\nsettle = 1e308\n", "line 2: watch.settle is 1e+308. It takes a number from 0 to 31,536,000."),
    "infinity": ("[watch]\nrescan = inf\n", "line 2: watch.rescan is inf."),
    "no number": ("[search]\ntitle = nan\n", "line 2: search.title is nan."),
    "digits": (f"[engine]\nthreads = {'9' * 5_000}\n", "has a number that is far too long"),
    "hexadecimal digits": (f"[engine]\nthreads = 0x{'f' * 5_000}\n", "line 2: engine.threads is far too long."),
    "brackets": ("[engine]\nhotwords = " + "[" * 100_000 + "\n", "has too many brackets inside each other"),
    "tables": ("[" + ".".join(["a"] * 10_000) + "]\nb = 1\n", "line 1: 'a' is not a section."),
    "a text": (f"[engine]\ndevice = '{'x' * 90_000}'\n", "line 2: engine.device is 'xxxxx"),
    "the file": ("# " + "x" * 2_000_000, "is larger than 1,000,000 bytes"),
    "NUL in a path": ('[engine]\nmodel = "a\\u0000b"\n', "line 2: engine.model is 'a\\x00b'. Take out the character"),
    "NUL in a folder": ('[watch]\nfolders = ["in\\u0000box"]\n', "line 2: watch.folders is ['in\\x00box']. Take out"),
    "NUL in a show": ('[shows.A]\nprompt = "\\u0000"\n', "line 2: shows.A.prompt is '\\x00'. Take out"),
}  # fmt: skip


@pytest.mark.parametrize("case", BEYOND)
def test_what_no_setting_can_be_is_one_clear_line(case: str, tmp_path: Path) -> None:
    text, expected = BEYOND[case]
    message = wrong(text, tmp_path)
    assert expected in message
    assert len(message) < 500
    assert "\n" not in message


@pytest.mark.parametrize(
    "command", [["add", "a.mp3"], ["search", "x"], ["watch", "--once"], ["feed", "pull"], ["doctor"], ["serve"]]
)
@pytest.mark.parametrize("case", ["threads", "brackets", "digits", "NUL in a folder"])
def test_every_command_says_it_without_a_traceback(command: list[str], case: str, empty_archive: Path) -> None:
    (empty_archive / "radio-archive.toml").write_text(BEYOND[case][0], encoding="utf-8")
    ran = run(*command, "--archive", empty_archive)
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    if command != ["feed", "pull"]:
        assert "radio-archive.toml" in ran.out + ran.err
        assert max(map(len, (ran.out + ran.err).splitlines())) < 500


@pytest.mark.parametrize("option", ["--threads", "--beam-size", "--batch-size", "--workers"])
def test_options_have_the_same_limits(option: str, empty_archive: Path) -> None:
    ran = run("add", "a.mp3", option, 100_000_000, "--archive", empty_archive)
    assert ran.code == 2
    assert f"Invalid value for '{option}'" in ran.err


def test_config_check_names_all_faults_at_once(empty_archive: Path) -> None:
    path = empty_archive / "radio-archive.toml"
    path.write_text(
        '[engin]\nmodel = "demo"\n[engine]\nbeam_size = 0\nmodle = 1\n[watch]\nquiet_hours = "night"\n'
        'command = ["{titel}"]\n[filename]\npatterns = ["{shwo}"]\n[shows.A]\nlanguage = 5\n[site]\nurl = "x y"\n',
        encoding="utf-8",
    )
    ran = run("config", "check", "--archive", empty_archive)
    assert ran.code == 1
    lines = [int(line) for line in re.findall(r"radio-archive\.toml, line (\d+): ", ran.err)]
    assert sorted(lines) == [1, 4, 5, 7, 8, 10, 12, 14]
    assert ran.err.count("\n") == len(lines)


def test_very_many_faults_are_told_in_part(tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text("[engine]\n" + "".join(f"wrong{n} = {n}\n" for n in range(4_000)), encoding="utf-8")
    _, faults = check_settings(path)
    assert [str(fault).partition(": ")[0] for fault in faults] == [f"{path}, line {n}" for n in range(2, 22)]


def test_an_editor_may_put_a_mark_before_the_text(tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_bytes(b'\xef\xbb\xbf[engine]\r\nmodel = "demo"\r\n')
    assert read_settings(path).engine.model == "demo"


KEYS = st.lists(st.sampled_from(["a", "b", "c", "d e"]), min_size=1, max_size=3).map(tuple)


@given(st.lists(st.tuples(KEYS, st.booleans(), st.integers(0, 2)), unique_by=lambda one: one[0], max_size=6))
def test_the_line_of_any_key(statements: list[tuple[tuple[str, ...], bool, int]]) -> None:
    lines: list[str] = []
    placed = {}
    for keys, long, comments in statements:
        lines += ["# a = 1"] * comments
        placed[keys] = len(lines) + 1
        lines += [".".join(f'"{key}"' for key in keys) + (" = [" if long else " = 1")]
        lines += ['  "a = 1",', "]"] if long else []
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # one key is a value and a table
    for keys, line in placed.items():
        assert line_of(text, keys) == line
    assert line_of(text, ("a", "b", "c", "z")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[filename]\n\npatterns = ["{shwo}"]\n', "line 3: filename.patterns, number 1, '{shwo}' has {shwo}"),
        ('[watch]\ncommand = ["notify", "{titel}"]\n', "line 2: watch.command has {titel}. Did you mean {title}?"),
        ('[shows.A]\ncdoe = "A"\n', "line 2: 'cdoe' is not a key of [shows.A]. Did you mean 'code'?"),
    ],
)
def test_config_check(empty_archive: Path, text: str, expected: str) -> None:
    (empty_archive / "radio-archive.toml").write_text(text, encoding="utf-8")
    ran = run("config", "check", "--archive", empty_archive)
    assert ran.code == 1
    assert f"radio-archive.toml, {expected}" in ran.err
    assert ran.err.count("\n") == 1


def uncommented(text: str) -> str:
    """The template with all examples active: without the `# ` before keys and sections."""
    return re.sub(r"^# (\w+ = |\[)", r"\1", text, flags=re.MULTILINE)


def test_the_example_show_takes_effect(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    ok("init", folder)
    path = folder / "radio-archive.toml"
    assert path.read_text(encoding="utf-8") == TEMPLATE
    assert ok("config", "check", "--archive", folder, "--json").json == {}
    path.write_text(uncommented(TEMPLATE), encoding="utf-8")
    assert ok("config", "check", "--archive", folder, "--json").json["shows.Asia Minute.code"] == "AM"
    settings = read_settings(path)
    engine = Listening()
    with Archive(folder) as archive:
        Ingest(archive, engine, Request.of(archive, settings)).run([InputFile(mp3(tmp_path / "AM102224.mp3", 0.5))])
    [told] = engine.told
    assert told.language == "en"
    assert told.hotwords == ("Pyongyang", "Kāneʻohe", "Molokaʻi")
    assert told.prompt == "Asia Minute, on Hawaiʻi Public Radio."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[cluster]\naudio = "send"\n', "line 2: cluster.audio is 'send'. Did you mean 'sent'?"),
        ('[cluster]\nfolder = "/srv/radio"\n', "line 2: cluster.folder says nothing without cluster.url. Give both."),
        ('[cluster]\nurl = "s3://radio"\n', "line 2: cluster.url says nothing without cluster.folder. Give both."),
        (
            '[cluster]\nfolder = "radio"\nurl = "s3://radio"\n',
            "line 2: cluster.folder is 'radio'. It takes a whole path",
        ),
    ],
)
def test_storage_that_is_shared_with_a_cluster(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    _, (fault,) = check_settings(path)
    assert expected in str(fault)
