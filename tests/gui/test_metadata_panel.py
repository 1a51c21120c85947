import pytest
from gui_made import made_context, open_in
from made import made_complex, made_slc

from satstudio.gui.panels.metadata import make_panel, metadata
from satstudio.scenes.scene import open_scene


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        yield made


def test_what_the_file_says_is_grouped(tmp_path):
    scene = open_scene(made_slc(tmp_path))
    groups = metadata(scene)
    assert dict(groups["File"])["Type"] == "complex int16"
    assert dict(groups["File"])["No data"] == "0.0"
    assert dict(groups["Place"])["Ground control points"] == "16"
    assert "VV" in dict(groups["Bands"])["Band 1"]
    assert ("ACQUISITION_DATE", "2022-09-18") in groups["Tags"]
    scene.close()


def test_the_filter_looks_in_names_and_values(context, qtbot, tmp_path):
    panel = make_panel(context)
    qtbot.addWidget(panel)
    open_in(context, qtbot, made_slc(tmp_path))
    qtbot.keyClicks(panel.filter, "2022-09")
    shown = [
        item.text(0)
        for group in panel._groups
        if not group.isHidden()
        for item in (group.child(row) for row in range(group.childCount()))
        if not item.isHidden()
    ]
    assert "ACQUISITION_DATE" in shown
    assert "Size" not in shown
    panel.filter.clear()
    assert not any(group.isHidden() for group in panel._groups)


def test_another_scene_replaces_the_rows(context, qtbot, tmp_path):
    panel = make_panel(context)
    qtbot.addWidget(panel)
    open_in(context, qtbot, made_slc(tmp_path))
    open_in(context, qtbot, made_complex(tmp_path))
    assert panel.tree.topLevelItem(0).child(0).text(1) == "complex.tif"
