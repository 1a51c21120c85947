"""A mark tells one process from all others."""

import os
import subprocess
import sys

from satstudio.core.system.processes import is_dead, mark_of, own_mark


def test_a_running_process_is_not_dead_and_an_ended_one_is():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = mark_of(child.pid)
    assert not is_dead(mark)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody has asked yet
    assert is_dead(mark)
    child.wait()
    child.stdin.close()
    assert is_dead(mark)


def test_a_number_that_another_process_has_now_does_not_keep_the_first_alive():
    pid, machine, birth = own_mark().split("-")
    assert not is_dead(f"{pid}-{machine}-{birth}")
    assert is_dead(f"{pid}-{machine}-{'0' * 8 if birth != '0' * 8 else '1' * 8}")


def test_nothing_is_claimed_of_another_machine_or_of_no_mark():
    pid, machine, birth = mark_of(4_000_000).split("-")
    assert birth == ""
    assert is_dead(f"{pid}-{machine}-12345678")
    assert not is_dead(f"{pid}-{machine[::-1]}x-12345678")
    assert not any(map(is_dead, ("", "x", "12", "12-34", "-1-a-b")))
