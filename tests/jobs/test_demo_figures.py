"""Figures of the demo's report: of patches that did not choose the checkpoint, where there are."""

import pytest
from made_patches import band_limited, made_patches

from satstudio.core.paths import resources_folder
from satstudio.jobs.demo.demo_figures import demo_figures
from satstudio.patches.patch_set import PatchSet

MODEL = resources_folder() / "demo/generator.onnx"


def figures(folder, louder, choosing):
    values = band_limited(20, 16, 1)
    values[:8] *= louder
    patches = PatchSet.open(made_patches(folder, size=16, held_out=values))
    return demo_figures(patches, MODEL, choosing).rows


def choosing(count, split="validation"):
    return {"by": "swd", "split": split, "patches": count, "of": 20}


def test_the_report_judges_by_patches_that_did_not_choose(tmp_path):
    one, other = (figures(tmp_path / str(louder), louder, choosing(8)) for louder in (1.0, 50.0))
    assert [row.value for row in one] == [row.value for row in other]
    assert one[0].n.startswith("12 real")
    assert one[0].data.endswith("The checkpoint was chosen on 8 other patches of this split.")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (choosing(20), "chosen on the same patches, which flatters it a little."),
        (choosing(20, "train"), "values unscaled."),
        (None, "values unscaled."),
    ],
)
def test_where_all_patches_chose_or_nobody_knows_all_are_compared(tmp_path, known, said):
    rows = figures(tmp_path / "patches", 1.0, known)
    assert rows[0].n.startswith("20 real")
    assert rows[0].data.endswith(said)
