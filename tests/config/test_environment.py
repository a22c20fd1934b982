"""Environment variables for the engine, the default archive, and what a report of a fault says."""

from pathlib import Path

import pytest
from support.program import REPLAY, environment, ok, run

from radio_archive.config.environment import with_environment
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value", "key", "expected"),
    [
        ("MODEL", "base", "model", "base"),
        ("BEAM_SIZE", " 3 ", "beam_size", 3),
        ("GUARDS", "False", "guards", False),
        ("GUARDS", "1", "guards", True),
        ("LANGUAGE", "haw", "language", "haw"),
        ("HOTWORDS", "Kāneʻohe, Moloka'i,", "hotwords", ("Kāneʻohe", "Moloka'i")),
        ("MODEL", "", "model", "auto"),
    ],
)
def test_a_variable_sets_an_option(name: str, value: str, key: str, expected: object) -> None:
    options = with_environment(EngineOptions(), {f"RADIO_ARCHIVE_ENGINE_{name}": value, "OTHER": "x"})
    assert getattr(options, key) == expected


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODL", "base", "Did you mean 'RADIO_ARCHIVE_ENGINE_MODEL'?"),
        ("BEAM_SIZE", "many", "a whole number from 1 to 100"),
        ("BEAM_SIZE", "9" * 5_000, "a whole number from 1 to 100"),
        ("GUARDS", "maybe", "true or false"),
        ("DEVICE", "gpu", "Did you mean 'cpu'?"),
        ("LANGUAGE", "English", "the code of a language"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_environment(EngineOptions(), {f"RADIO_ARCHIVE_ENGINE_{name}": value})
    assert said in str(caught.value)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_variable_is_used_and_an_option_has_priority(tmp_path: Path) -> None:
    ok("init", tmp_path)
    (tmp_path / "radio-archive.toml").write_text('[engine]\nmodel = "in-the-file"\n', encoding="utf-8")
    clip = next(Path(__file__).parents[2].glob("fixtures/clips/*HarborWatch.mp3"))
    named = environment(RADIO_ARCHIVE_ENGINE_MODEL="in-the-environment")
    assert "'in-the-file'" in run("add", clip, "-a", tmp_path).err
    assert "'in-the-environment'" in run("add", clip, "-a", tmp_path, env=named).err
    assert run("add", clip, "-a", tmp_path, "--model", REPLAY, env=named).code == 0
    assert "engine.model = 'in-the-environment'" in run("config", "check", "-a", tmp_path, env=named).out
    wrong = environment(RADIO_ARCHIVE_CLUSTER_AUDIO="lent")
    assert "RADIO_ARCHIVE_CLUSTER_AUDIO" in run("config", "check", "-a", tmp_path, env=wrong).err
    assert with_environment(ClusterOptions(), {"RADIO_ARCHIVE_CLUSTER_SEND_CODE": "true"}).send_code


def test_the_default_archive_is_used_outside_of_any_other(tmp_path: Path) -> None:
    away, chosen, other = (tmp_path / name for name in ("away", 'Kāneʻohe "radio" \\ 1', "other"))
    env = environment(XDG_CONFIG_HOME=str(tmp_path / "config"))
    away.mkdir()
    assert run("config", "default", env=env).code == 1
    assert run("config", "default", away, env=env).code == 1, "there is no archive"
    for folder in (chosen, other):
        ok("init", folder)
    assert run("config", "default", chosen.name, cwd=tmp_path, env=env).code == 0

    def used(cwd: Path, *arguments: object, **more: str) -> str:
        return run("config", "check", *arguments, cwd=cwd, env={**env, **more}).out

    assert str(chosen) in used(away)
    assert str(other) in used(other)
    assert str(other) in used(away, "-a", other)
    assert str(other) in used(away, RADIO_ARCHIVE=str(other))
    assert run("config", "default", "--json", env=env).json == {"archive": str(chosen)}
    assert run("config", "default", "--forget", env=env).code == 0
    assert "no archive in" in run("list", cwd=away, env=env).err


@pytest.mark.parametrize("content", [b"archive = 3", b"archive = 'radio'", b"[", b"\xff", b"archiv = '/srv'", b"\0"])
def test_a_damaged_configuration_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config" / "radio-archive" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (tmp_path / "away").mkdir()
    said = run("list", cwd=tmp_path / "away", env=environment(XDG_CONFIG_HOME=str(tmp_path / "config")))
    assert said.code == 1
    assert str(path) in said.err


def test_a_report_names_versions_and_nothing_private() -> None:
    report = ok("--version", "--json")
    assert ok("--version").out == f"radio-archive {report.json['version']}\n"
    assert {"faster-whisper", "ctranslate2", "datasette"} <= report.json["packages"].keys()
    assert str(Path.home()) not in report.out
    assert run("--json").code == 2
