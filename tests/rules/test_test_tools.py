"""The tools of the tests do what they promise."""

import os
import socket
import subprocess
import sys
import urllib.request

import pytest
from blocked_network import Guard, NetworkTouchedError

from satstudio.core.paths import cache_folder, settings_folder


def test_each_test_has_a_home_of_its_own(home):
    assert settings_folder() == home / "settings"
    assert cache_folder() == home / "cache"


def test_a_blocked_network_refuses_sockets_and_names(tmp_path):
    with Guard(tmp_path) as guard:
        with pytest.raises(NetworkTouchedError):
            socket.socket(socket.AF_INET)
        with pytest.raises(NetworkTouchedError):
            urllib.request.urlopen("http://localhost:9/")
    assert len(guard.touched()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no local sockets in Python")
def test_a_blocked_network_leaves_local_sockets_alone(no_network):
    first, second = socket.socketpair()
    first.sendall(b"x")
    assert second.recv(1) == b"x"
    first.close()
    second.close()


def test_a_blocked_network_is_blocked_for_children_too(tmp_path):
    before = os.environ.get("PYTHONPATH")
    with Guard(tmp_path) as guard:
        code = "import socket; socket.create_connection(('127.0.0.1', 9))"
        child = subprocess.run(
            [sys.executable, "-c", code], check=False, capture_output=True, text=True
        )
    assert child.returncode == 1
    assert "the network is blocked" in child.stderr
    assert len(guard.touched()) == 1
    assert os.environ.get("PYTHONPATH") == before
