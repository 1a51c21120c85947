"""Bars on terminals only; a stop is asked for once, then it is an order."""

import io
import os
import signal
import sys

import pytest

from satstudio.cli.terminal import losses_of, table, working
from satstudio.core.errors import Cancelled


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        return True


def test_a_terminal_sees_text_share_and_losses(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with working("Training") as progress:
        progress.report(0.5, "Step 7")
        progress.announce("logged", step=7, critic_loss=-1.25, eta_s=3.0)
        progress.announce("saved", path="x", step=7)
    text = screen.getvalue()
    assert "Step 7" in text
    assert "50" in text
    assert "critic_loss -1.25" in text


def test_without_a_terminal_nothing_is_shown(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with working("Training") as progress:
        progress.report(0.5, "Step 7")
    assert screen.getvalue() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_work_to_stop_and_a_second_one_ends_it(number):
    before = signal.getsignal(number)
    with working("Work") as progress:
        os.kill(os.getpid(), number)
        assert progress.is_stopped
        with pytest.raises(Cancelled):
            progress.check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_losses_are_short():
    line = {"step": 3, "seconds": 1.0, "images": 24, "a_train": 1.23456, "b": None, "c": 2, "d": 1}
    assert losses_of(line) == "a 1.23  c 2"


def test_a_table_is_aligned_and_leaves_nothing_out_but_the_empty():
    text = table({"a": 1, "long": "x\ny", "none": None, "zero": 0, "empty": ""})
    assert text.splitlines() == ["a     1", "long  x", "      y", "zero  0"]
