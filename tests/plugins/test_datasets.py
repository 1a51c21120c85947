"""Every registered data set: its card, its form, what it says of a folder that holds nothing."""

import pytest

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.gui.forms.form import Form
from satstudio.jobs.plugin_list import list_plugins
from satstudio.patches.dataset import DATASETS
from satstudio.patches.importing import import_patches
from satstudio.patches.patch_set import PatchSet

OWN = '''
"""Two grey levels."""
import numpy as np
from satstudio.core.recipe import Recipe
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents
from satstudio.patches.manifest import PatchSource

class Options(Recipe):
    level: float = 2.0

def open_levels(root, options, progress):
    images = (np.full((1, 8, 8), options.level + n, np.float32) for n in range(3))
    examples = (
        Example.single(image, "train", 0, (0, 8 * n, 8, 8)) for n, image in enumerate(images)
    )
    source = PatchSource(address=str(root), sha256="0", rows=8, cols=24)
    return Contents({"input": RoleContents(("grey",), 8, "linear")}, (source,), 3, examples)

DATASETS.add("levels", Dataset("Levels", "anything", Options, open_levels))
'''


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_tells_what_it_is_and_what_can_be_chosen(name, qtbot):
    info = DATASETS[name]
    assert info.title
    assert info.layout
    form = Form(info.options.model_json_schema())
    qtbot.addWidget(form)
    assert info.options.build(form.values()) == info.options()
    assert issubclass(info.options, Recipe)


@pytest.mark.parametrize("name", [name for name, info in DATASETS.items() if not info.is_made])
@pytest.mark.parametrize("place", ["empty", "nowhere"])
def test_a_folder_that_holds_nothing_is_named(name, place, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=place):
        import_patches(name, tmp_path / place, {}, tmp_path / "out", Progress())
    assert not (tmp_path / "out").exists()


def test_a_data_set_of_ones_own_is_one_file(home, tmp_path, monkeypatch):
    monkeypatch.setattr(DATASETS, "_items", dict(DATASETS.items()))
    monkeypatch.setattr(DATASETS, "sources", {})
    folder = home / "settings" / "plugins" / "datasets"
    folder.mkdir(parents=True)
    (folder / "levels.py").write_text(OWN, "utf-8")
    monkeypatch.setattr(DATASETS, "_is_begun", False)
    monkeypatch.setattr(DATASETS, "_is_loaded", False)
    out = import_patches("levels", tmp_path, {"level": 5.0}, tmp_path / "out", Progress())
    assert PatchSet.open(out).train[:][:, 0, 0, 0].tolist() == [5, 6, 7]
    rows = [row["name"] for row in list_plugins(Progress()) if row["kind"] == "dataset"]
    made = ["clouds", "frames", "gaps", "low", "nebulae", "speckle"]
    assert rows == sorted(["folder", "idx", "levels", "sublooks", *made])
