"""The figures of a restorer beside the best baseline: all in all, by part, by band."""

from satstudio.gui.pages.train.runs.figure_table import FigureTable, figure_rows

LINE = {
    "step": 5, "psnr": 30.0, "psnr_best": 28.0, "psnr_mosaic": 27.0, "psnr_B2": 31.0,
    "psnr_B2_best": 31.5, "psnr_gaps_wider": 20.0, "psnr_gaps_wider_best": 19.0,
    "sam": 2.0, "sam_best": 3.0, "lr_consistency": None, "lr_consistency_best": 0.1,
}  # fmt: skip


def test_a_row_says_by_how_much_the_output_is_better_than_the_best_baseline():
    rows = figure_rows(LINE)
    assert [row[0] for row in rows] == [
        "PSNR, all", "PSNR, wider gaps", "PSNR, band B2", "spectral angle",
    ]  # fmt: skip
    assert [row[-1] for row in rows] == [2.0, 1.0, -0.5, 1.0], "of an angle less is better"


def test_the_table_keeps_the_newest_figures_until_another_run_is_shown(qtbot):
    table = FigureTable()
    qtbot.addWidget(table)
    table.show_line(LINE)
    assert table.item(2, 3).text() == "\N{MINUS SIGN}0.50 dB"
    table.show_line({"step": 6, "loss_train": 0.1})
    assert table.rowCount() == 4
    table.clear_figures()
    assert table.rowCount() == 0
