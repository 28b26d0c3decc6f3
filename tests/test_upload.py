"""An area that comes as an archive: sound ones are taken, everything else is refused in words and leaves nothing."""

import io
import zipfile
from pathlib import Path

import pytest

from sim.scenario.reading import ScenarioError
from sim.study.upload import MOST_FILES, MOST_OF_ONE, unpack

BASELINE = 'title = "Kent"\nabout = """\nA made-up area."""\nbased_on = "london/baseline"\narea = "Kent"\n'
SCENARIO = 'title = "Half"\nabout = """\nMade up."""\nbased_on = "baseline"\n[diversion]\nuptake = 0.3\n'
FILES = {"baseline.toml": BASELINE, "half.toml": SCENARIO}


def zipped(files: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("above", ["", "kent/"])
def test_a_sound_area_is_taken_baseline_first_and_removed_with_its_session(above, folders):
    own = unpack("kent.zip", zipped({above + name: text for name, text in FILES.items()}))
    assert own.scenarios == ("baseline", "half")
    assert own.faults == ()
    assert Path(own.path("half") + ".toml").read_text() == SCENARIO
    own.folder.cleanup()
    assert list(folders.iterdir()) == []


def test_what_is_wrong_with_one_scenario_is_said_and_the_others_are_taken():
    own = unpack("kent.zip", zipped(FILES | {"bad.toml": SCENARIO.replace("uptake", "uptakke")}))
    assert own.scenarios == ("baseline", "half")
    (fault,) = own.faults
    assert fault.startswith("bad.toml:6: unknown lever")
    assert "did you mean" in fault


def claims_less(files: dict[str, str]) -> bytes:
    """An archive whose directory says that a file is smaller than it is."""
    content = zipped({"baseline.toml": "#" * 600_000})
    return content.replace((600_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))


BAD = {
    "not a zip": (b"PK\x03\x04 nonsense", "no zip archive"),
    "empty": (b"", "no zip archive"),
    "no files": (zipped({}), "holds 0 files"),
    "no baseline": (zipped({"half.toml": SCENARIO}), "holds no baseline.toml"),
    "unsound baseline": (zipped({"baseline.toml": "title = 3"}), "baseline.toml"),
    "out of its folder": (zipped(FILES | {"../evil.toml": SCENARIO}), "must lie in one folder"),
    "up and away": (zipped({"../baseline.toml": BASELINE, "../half.toml": SCENARIO}), "is NAME.toml"),
    "absolute": (zipped({"/etc/baseline.toml": BASELINE}), "is NAME.toml"),
    "windows path": (zipped(FILES | {"C:\\x.toml": SCENARIO}), "is NAME.toml"),
    "deep": (zipped({"a/b/baseline.toml": BASELINE}), "is NAME.toml"),
    "script": (zipped(FILES | {"run.py": "import os"}), "is NAME.toml"),
    "hidden": (zipped(FILES | {".toml": SCENARIO}), "is NAME.toml"),
    "twice": (zipped(FILES | {"Half.toml": SCENARIO}), "a name of its own"),
    "too many": (zipped(FILES | {f"s{n}.toml": SCENARIO for n in range(MOST_FILES)}), f"1 to {MOST_FILES} are taken"),
    "one too large": (zipped(FILES | {"big.toml": "#" * (MOST_OF_ONE + 1)}), "larger than 256 kB"),
    "a bomb": (zipped(FILES | {f"b{n}.toml": "#" * 250_000 for n in range(10)}), "larger than 2 MB"),
    "a lie about its size": (claims_less(FILES), "no zip archive|larger than it says"),
    "leads elsewhere": (zipped({"baseline.toml": BASELINE.replace("london/baseline", "../../etc/x")}), "no '..'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_is_refused_in_words_and_leaves_nothing(case, folders):
    content, words = BAD[case]
    with pytest.raises(ScenarioError, match=words) as refused:
        unpack("kent.zip", content)
    assert str(folders) not in str(refused.value)
    assert list(folders.iterdir()) == []


def test_an_encrypted_archive_is_refused():
    content = bytearray(zipped(FILES))
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    with pytest.raises(ScenarioError, match="no zip archive"):
        unpack("kent.zip", bytes(content))
