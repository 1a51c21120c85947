"""The list of model files: search, tags and notes beside them, pictures, two cards compared."""

import json

import numpy as np
import pytest
from made_foreign import deepness, foreign
from made_models import made_model, made_restorer
from made_ports import sar_optical
from PIL import Image

from satstudio.cli.main import main
from satstudio.core.errors import ModelError, RecipeError, WriteError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.paths import cache_folder, resources_folder
from satstudio.core.progress import Progress
from satstudio.restore.model_list.card_comparison import card_lines
from satstudio.restore.model_list.model_note import (
    ModelNote,
    note_file,
    read_model_note,
    split_tags,
    write_model_note,
)
from satstudio.restore.model_list.model_rows import found_rows, list_models, model_paths
from satstudio.restore.model_list.thumbnail import model_thumbnail
from satstudio.restore.models.model_file import describe_card

FAST = resources_folder() / "models/despeckler_fast.onnx"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    made_restorer(folder / "blur.onnx", "blur")
    made_restorer(folder / "speckle.onnx", "despeckle")
    made_model(folder / "generator.onnx")
    foreign(folder / "theirs.onnx")
    (folder / "broken.onnx").write_bytes(b"nothing")
    return folder


def listed(folder):
    return list_models(
        [path for path in model_paths([folder]) if path.parent == folder], Progress()
    )


def names(rows):
    return [row.path.stem for row in rows]


# ------------------------------------------------------------------------------------ listing


def test_every_file_is_a_row_and_what_is_no_model_has_its_reason(folder):
    rows = {row.path.stem: row for row in listed(folder)}
    assert list(rows) == ["blur", "broken", "generator", "speckle", "theirs"]
    assert rows["blur"].card["task"] == "restore"
    assert "without a satstudio card" in rows["theirs"].problem
    assert "broken.onnx is no ONNX model" in rows["broken"].problem
    assert FAST in model_paths([folder])
    assert model_paths([folder / "nothing"])[0].parent == FAST.parent


def test_a_search_wants_all_words_of_name_card_tags_and_note(folder):
    note = ModelNote(tags=("Sentinel-1", "fast"), note="for the harbour")
    write_model_note(folder / "speckle.onnx", note)
    rows = listed(folder)
    assert names(found_rows(rows, "despeckle complex")) == ["speckle"]
    assert names(found_rows(rows, "HARBOUR sentinel")) == ["speckle"]
    assert names(found_rows(rows, tags=["FAST"])) == ["speckle"]
    assert names(found_rows(rows, "harbour", ["slow"])) == []
    assert names(found_rows(rows, "noise")) == ["generator"]
    assert len(found_rows(rows)) == 5


# -------------------------------------------------------------------------------------- notes


def test_a_note_lies_beside_the_model_and_never_in_it(folder):
    model = folder / "blur.onnx"
    before = sha256_of(model)
    write_model_note(model, ModelNote(tags=("b", "a", "B"), note="good"))
    assert sha256_of(model) == before
    kept = json.loads(note_file(model).read_text("utf-8"))
    assert kept == {"tags": ["a", "B"], "note": "good"}
    assert read_model_note(model).tags == ("a", "B")
    write_model_note(model, ModelNote())
    assert not note_file(model).exists()
    write_model_note(model, ModelNote())


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"tags": 3}', b"\xff\xfe", b'{"x": 1}'])
def test_a_damaged_note_is_no_note(folder, damage):
    note_file(folder / "blur.onnx").write_bytes(damage)
    assert read_model_note(folder / "blur.onnx") == ModelNote()
    for note in (ModelNote(note="new"), ModelNote()):
        with pytest.raises(WriteError, match="no note, or damaged"):
            write_model_note(folder / "blur.onnx", note)
    assert note_file(folder / "blur.onnx").read_bytes() == damage
    assert len(listed(folder)) == 5


def test_too_long_notes_and_empty_tags_are_refused():
    assert split_tags(" a, ,b ") == ("a", "b")
    for wrong in ({"note": "x" * 5000}, {"tags": [" "]}, {"tags": ["x"] * 40}):
        with pytest.raises(RecipeError):
            ModelNote.build(wrong)


# --------------------------------------------------------------------------------- comparing


def test_two_cards_differ_in_the_keys_that_say_something_else(folder):
    first, second = (describe_card(folder / f"{name}.onnx") for name in ("blur", "speckle"))
    lines = {line.key: line for line in card_lines(first, second)}
    assert lines["task"].differs
    assert (lines["task"].first, lines["task"].second) == ("restore", "despeckle")
    assert lines["inputs.1.dtype"].second == "complex64"
    assert lines["inputs.1.scaling.gain"].first == "0.5"
    assert not lines["version"].differs
    assert "bands_in" not in lines
    assert not any(line.differs for line in card_lines(first, first))


# -------------------------------------------------------------------------------- thumbnails


def shades(path):
    return np.asarray(Image.open(path).convert("L")).std()


@pytest.mark.parametrize("name", ["blur", "generator", "speckle"])
def test_a_picture_of_what_a_model_makes_is_made_once(folder, name, monkeypatch):
    made = model_thumbnail(folder / f"{name}.onnx", Progress())
    assert made.is_relative_to(cache_folder())
    assert shades(made) > 10
    stamp = made.stat().st_mtime_ns
    assert model_thumbnail(folder / f"{name}.onnx", Progress()) == made
    assert made.stat().st_mtime_ns == stamp
    other = folder / "other.onnx"
    other.write_bytes((folder / "blur.onnx").read_bytes() + b"\x7a\x00")
    assert model_thumbnail(other, Progress()) != made


def test_models_of_others_and_of_several_images_have_pictures_too(tmp_path):
    theirs = foreign(tmp_path / "t.onnx", side=64, metadata=deepness(model_type="Regressor"))
    assert shades(model_thumbnail(theirs, Progress())) > 10
    assert shades(model_thumbnail(sar_optical(tmp_path / "two.onnx"), Progress())) > 10


def test_what_is_no_model_has_no_picture(folder):
    with pytest.raises(ModelError):
        model_thumbnail(folder / "theirs.onnx", Progress())


# -------------------------------------------------------------------------------- commands


def run(capsys, *words):
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_commands_list_note_and_compare(folder, capsys):
    blur, speckle = folder / "blur.onnx", folder / "speckle.onnx"
    assert run(capsys, "models", "note", blur, "--tags", "fast, sar", "--note", "mine")[0] == 0
    code, out, _ = run(capsys, "models", "list", folder, "--tag", "sar", "--json")
    (row,) = json.loads(out)["models"]
    assert (code, row["tags"], row["note"], row["task"]) == (0, ["fast", "sar"], "mine", "restore")
    _, out, _ = run(capsys, "models", "list", folder, "--search", "mine")
    assert str(blur) in out
    assert "tags   fast, sar" in out
    _, out, _ = run(capsys, "models", "note", blur, "--tags", "", "--json")
    assert json.loads(out) == {"tags": [], "note": "mine"}
    _, out, _ = run(capsys, "models", "compare", blur, speckle, "--json")
    assert json.loads(out)["task"] == ["restore", "despeckle"]
    assert "version" not in json.loads(out)
    code, _, err = run(capsys, "models", "list", folder / "none")
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = run(capsys, "models", "note", folder / "none.onnx", "--tags", "a")
    assert (code, err.count("\n")) == (2, 1)


def test_the_command_draws_a_thumbnail(folder, capsys, tmp_path):
    out = tmp_path / "blur.png"
    assert run(capsys, "models", "thumbnail", folder / "blur.onnx", "--out", out)[0] == 0
    assert shades(out) > 10
    assert run(capsys, "models", "thumbnail", folder / "blur.onnx", "--out", out)[0] == 2
