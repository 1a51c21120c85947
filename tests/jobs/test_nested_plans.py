"""Plans and rows nested as deep as no file of ours is end in one sentence."""

import pytest

from satstudio.bench.plans.rows import Rows
from satstudio.cli.main import main
from satstudio.gui.pages.sweeps.sweep_list import sweeps


@pytest.mark.parametrize("depth", [40, 900, 100_000])
def test_a_plan_nested_too_deep_is_one_sentence_with_the_files_name(depth, tmp_path, capsys):
    plan = tmp_path / "plan.toml"
    plan.write_text(f"[base]\nx = {'[' * depth}{']' * depth}\n", "utf-8")
    assert main(["sweep", str(plan), str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "plan.toml" in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_rows_nested_too_deep_are_passed_over(tmp_path):
    deep = '{"key": ' + "[" * 100_000 + "]" * 100_000 + "}\n"
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "plan.toml").write_text('[base]\nmethod = "dcgan"\n', "utf-8")
    (tmp_path / "one" / "rows.jsonl").write_text(deep + '{"key": "a"}\n', "utf-8")
    (row,) = sweeps(tmp_path)
    assert [one["key"] for one in row.rows] == ["a"]
    assert [one["key"] for one in Rows(tmp_path / "one").all] == ["a"]
