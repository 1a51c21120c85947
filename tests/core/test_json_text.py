import json

import pytest

from satstudio.core.files.json_text import json_lines, parse_json


@pytest.mark.parametrize(
    "text", ["", "{", b"\xff", "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - which one does not matter
        parse_json(text)


def test_damaged_lines_are_told_from_whole_ones(tmp_path):
    path = tmp_path / "log.jsonl"
    damaged = [b"\x00" * 40, b"5", b"[1]", b"null", b'{"a": ', b"\xff\xfe", b"[" * 100_000]
    whole = [{"a": number} for number in range(len(damaged))]
    pairs = zip(map(json.dumps, whole), damaged, strict=True)
    text = b"".join(table.encode() + b"\n" + line + b"\n\n" for table, line in pairs)
    path.write_bytes(text + b'{"a": 9')
    assert json_lines(path) == (whole, damaged)
    path.write_bytes(b"")
    assert json_lines(path) == json_lines(tmp_path / "none") == ([], [])
