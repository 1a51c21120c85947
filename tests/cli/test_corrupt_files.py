"""Files that cannot be opened or read: one sentence with the name, never a traceback."""

from pathlib import Path

import pytest

from satstudio.cli.main import main


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


@pytest.mark.slow
def test_every_damaged_file_opens_or_says_why_in_one_sentence(open_data, tmp_path, capsys):
    refused = []
    for path in files(open_data / "corrupt"):
        out = tmp_path / f"{path.name}.png"
        code = main(["render", str(path), "--max-px", "64", "--out", str(out)])
        captured = capsys.readouterr()
        assert code in (0, 2), path.name
        assert "Traceback" not in captured.err
        if code == 2:
            refused.append(path.name)
            assert captured.out == ""
            assert len(captured.err.strip().splitlines()) == 1, captured.err
            assert path.name in captured.err
            assert not out.exists()
    assert len(refused) >= 20
    assert not list(tmp_path.glob(".*"))
