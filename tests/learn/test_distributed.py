"""Several processes learn what one learns: real ones, started by torchrun, on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch
from made_patches import band_limited, made_for, made_patches, method_ports

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.__main__ import main
from satstudio.learn.device import choose_threads
from satstudio.learn.distributed import (
    WAIT_S,
    Alone,
    Distributable,
    DistributedGroup,
    stay_on_this_machine,
)
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.method import METHODS
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.set_up import set_up
from satstudio.restore.generate.samples import SampleRecipe, draw_samples

pytestmark = [
    pytest.mark.learn,
    pytest.mark.skipif(sys.platform == "win32", reason="torch has no gloo with libuv there"),
]
LAUNCHER = (
    *(sys.executable, "-m", "torch.distributed.run"),
    *("--standalone", "--local-addr=127.0.0.1", "--nproc-per-node=2"),
)
DOOR = ("-m", "satstudio.learn")
SEVERAL = """
import os, sys
from satstudio.learn.__main__ import main
codes = [main(arguments.split()) for arguments in sys.argv[1:]]
os.write(1, f"codes {codes}\\n".encode())  # whole, beside the other process's
"""
"""Trainings one after the other, which saves starting the processes anew."""

EXACT = {"threads": 1, "samples": 2, "log_every_s": 0, "precision": "float64", "batch": 16}
RECIPES = {
    "complex_wgan_gp": TrainRecipe(
        preset="tiny",
        steps=8,
        **EXACT,
        options={"n_critic": 2, "space": "noisy_scale", "initial_time": 16.0},
    ),
    "dcgan": TrainRecipe(
        method="dcgan",
        preset="tiny",
        steps=6,
        accumulate=3,
        **EXACT,
        options={"norm": "layer", "generator_norm": "layer", "penalty": "dragan"},
    ),
    "despeckle": TrainRecipe(
        method="despeckle", preset="tiny", steps=10, **{**EXACT, "precision": "float32"}
    ),
    "pix2pix": TrainRecipe(
        method="pix2pix",
        preset="tiny",
        steps=4,
        accumulate=2,
        **EXACT,
        options={"norm": "instance", "critic_norm": "group", "dropout": 0.0, "decay_steps": 3},
    ),
    "cyclegan": TrainRecipe(method="cyclegan", preset="tiny", steps=5, accumulate=2, **EXACT),
}
WILD = RECIPES["complex_wgan_gp"].changed(options={"loss": "lsgan", "lr": 1.0}, steps=200)


NAMELESS = """
printf '127.0.0.1 localhost\\n' > "$1"
hostname no-such-name && mount --bind "$1" /etc/hosts && shift && exec "$@"
"""
"""Runs a command where the machine's own name does not resolve."""


def nameless(folder):
    """The words before such a command, in namespaces of its own; skips where there are none."""
    words = ["unshare", "--user", "--map-root-user", "--uts", "--mount", "sh", "-c", NAMELESS, "sh"]
    words.append(str(folder / "hosts"))
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no namespaces of one's own here")
    return words


def started(*arguments, before=()):
    """Start two processes; what they say comes out of one pipe."""
    return subprocess.Popen(
        [*before, *LAUNCHER, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1"},
    )


def said(child, wait_s=300):
    """Return its exit code and all it said."""
    try:
        text, _ = child.communicate(timeout=wait_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGTERM)  # it ends the processes that it started
        text, _ = child.communicate()
        pytest.fail(f"The processes do not come to an end:\n{text}")
    return child.returncode, text


def command(patches, recipe, out):
    """The arguments of the door, as one text and as a list."""
    return [str(patches), "--recipe", str(recipe), "--out", str(out)]


@pytest.fixture(scope="module")
def real_patches(tmp_path_factory):
    values = np.abs(band_limited(12, 24)).astype(np.float32)
    return made_patches(tmp_path_factory.mktemp("real") / "made", validation=0, values=values)


@pytest.fixture(scope="module")
def folders(patches, real_patches, tmp_path_factory):
    """Each method trained by one process and by two: NAME-alone, NAME-distributed.

    Besides, `in_turns`: begun by one process, continued by two, ended by one; and `wild-...`: runs
    whose numbers run away.
    """
    folder = tmp_path_factory.mktemp("distributed")
    pairs = made_for(METHODS["pix2pix"].ports, folder / "pairs")
    chosen = {
        "complex_wgan_gp": patches,
        "dcgan": real_patches,
        "despeckle": patches,
        "pix2pix": pairs,
        "cyclegan": pairs,
    }
    lines = []
    for name, recipe in RECIPES.items():
        file = recipe.save(folder / f"{name}.toml")
        lines.append(" ".join(command(chosen[name], file, folder / f"{name}-distributed")))
    name, turns = "complex_wgan_gp", folder / "in_turns"
    train(patches, RECIPES[name].changed(steps=3), turns, Progress())
    file = RECIPES[name].changed(steps=6).save(folder / "in_turns.toml")
    lines.append(" ".join([*command(patches, file, turns), "--resume"]))
    lines.append(
        " ".join(command(patches, WILD.save(folder / "wild.toml"), folder / "wild-distributed"))
    )
    script = folder / "several.py"
    script.write_text(SEVERAL, "utf-8")
    child = started(script, *lines)
    for name, recipe in RECIPES.items():
        train(chosen[name], recipe, folder / f"{name}-alone", Progress())
    code, text = said(child)
    assert code == 0, text
    assert text.count("codes [0, 0, 0, 0, 0, 0, 2]") == 2, text
    with pytest.raises(RunError):
        train(patches, WILD, folder / "wild-alone", Progress())
    train(patches, RECIPES["complex_wgan_gp"], turns, Progress(), resume=True)
    return folder


def first_losses(run):
    """Read what the log says of the first step; when later lines come depends on the clock."""
    line = json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[0])
    assert line["step"] == 1
    ends = ("critic_loss", "generator_loss", "_train", "_validation")
    return {key: value for key, value in line.items() if key.endswith(ends) and value is not None}


def assert_equal(wanted, found, most=1e-12):
    """The same weights, optimisers and random state, but for the order of sums."""
    assert wanted.step == found.step
    assert wanted.tensors.keys() == found.tensors.keys()
    for key, value in wanted.tensors.items():
        assert torch.allclose(value, found.tensors[key], rtol=0, atol=most), key


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_two_processes_learn_what_one_learns_from_the_same_batches(folders, name):
    runs = [folders / f"{name}-{kind}" for kind in ("alone", "distributed")]
    alone, distributed = (newest_checkpoint(run / "checkpoints") for run in runs)
    is_exact = RECIPES[name].precision == "float64"
    assert_equal(alone, distributed, 1e-12 if is_exact else 1e-6)
    assert alone.step == RECIPES[name].steps
    assert is_exact == any(value.dtype == torch.float64 for value in alone.tensors.values())
    assert (alone.info["processes"], distributed.info["processes"]) == (1, 2)
    losses = [first_losses(run) for run in runs]
    assert losses[0] == pytest.approx(losses[1], rel=1e-10 if is_exact else 1e-5, abs=1e-12)
    assert losses[0]


@pytest.mark.slow
def test_one_process_and_two_go_on_with_the_run_of_the_other(folders):
    alone, in_turns = (
        newest_checkpoint(folders / name / "checkpoints")
        for name in ("complex_wgan_gp-alone", "in_turns")
    )
    assert_equal(alone, in_turns)


@pytest.mark.slow
def test_two_processes_go_back_where_one_does_when_numbers_run_away(folders):
    alone, distributed = (
        json.loads((folders / f"wild-{kind}/run.json").read_text("utf-8"))
        for kind in ("alone", "distributed")
    )
    assert alone["status"] == distributed["status"] == "failed"
    assert alone["guard"] == distributed["guard"]
    assert alone["guard"]["trips"] == 4


@pytest.mark.slow
def test_a_run_of_two_processes_is_sampled_and_exported_like_any_other(folders, tmp_path):
    run = folders / "complex_wgan_gp-distributed"
    model = export_onnx(run, tmp_path / "made.onnx", Progress())
    draw_samples(model, SampleRecipe(count=2), tmp_path / "made.npy", Progress())
    assert np.isfinite(np.load(tmp_path / "made.npy")).all()
    assert list((run / "samples").glob("*.png"))
    alone = folders / "complex_wgan_gp-alone"
    assert {path.name for path in run.iterdir()} == {path.name for path in alone.iterdir()}
    infos = [json.loads((path / "run.json").read_text("utf-8")) for path in (run, alone)]
    assert infos[0].keys() == infos[1].keys()
    assert infos[0]["status"] == "done"


@pytest.mark.slow
def test_stopping_torchrun_saves_the_run(patches, tmp_path):
    out = tmp_path / "run"
    recipe = RECIPES["complex_wgan_gp"].changed(log_every_s=0.1, steps=1_000_000)
    child = started(*DOOR, *command(patches, recipe.save(tmp_path / "long.toml"), out))
    for line in child.stdout:
        if '"logged"' in line:
            child.send_signal(signal.SIGTERM)
            break
    code, text = said(child)
    info = json.loads((out / "run.json").read_text("utf-8"))
    assert code != 0
    assert (info["status"], info["processes"]) == ("stopped", 2), text
    assert newest_checkpoint(out / "checkpoints").step == info["steps"] > 0
    assert "lost another one" not in text


def test_a_process_of_several_ends_before_threads_can_abort_the_interpreters_end():
    words = "import atexit, os, sys; atexit.register(os.abort); print('said', end='');"
    words += "from satstudio.learn.distributed import leave; leave(3)"
    child = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stdout) == (3, "said")


@pytest.mark.slow
def test_processes_meet_where_the_machines_own_name_does_not_resolve(patches, tmp_path):
    recipe = RECIPES["complex_wgan_gp"].changed(steps=2).save(tmp_path / "short.toml")
    words = command(patches, recipe, tmp_path / "run")
    code, text = said(started(*DOOR, *words, before=nameless(tmp_path)))
    assert code == 0, text
    assert "Unable to resolve hostname" not in text
    assert newest_checkpoint(tmp_path / "run/checkpoints").info["processes"] == 2


def test_processes_of_one_machine_meet_by_its_loopback():
    environment = {"MASTER_ADDR": "no-such-name", "MASTER_PORT": "29500"}
    stay_on_this_machine(environment)
    assert environment["MASTER_ADDR"] == "127.0.0.1"
    assert environment["GLOO_SOCKET_IFNAME"].startswith("lo")
    chosen = {"MASTER_ADDR": "no-such-name", "GLOO_SOCKET_IFNAME": "eth7"}
    stay_on_this_machine(chosen)
    assert chosen["GLOO_SOCKET_IFNAME"] == "eth7", "what is said stays"


@pytest.mark.slow
def test_when_one_process_dies_the_others_end_at_once_and_say_so(patches, tmp_path):
    out = tmp_path / "run"
    recipe = RECIPES["complex_wgan_gp"].changed(log_every_s=0.1, steps=1_000_000)
    child = started(*DOOR, *command(patches, recipe.save(tmp_path / "long.toml"), out))
    for line in child.stdout:
        if '"logged"' in line:
            second = next(pid for pid, rank in ranks_of(child.pid) if rank == 1)
            os.kill(second, signal.SIGKILL)
            break
    start = time.monotonic()
    code, text = said(child)
    assert time.monotonic() - start < WAIT_S / 5  # 5 s, but on a busy machine 40
    assert code != 0
    assert "lost another one" in text
    assert json.loads((out / "run.json").read_text("utf-8"))["status"] == "failed"


def ranks_of(launcher):
    """Yield (process, its rank) of what torchrun has started."""
    for child in psutil.Process(launcher).children():
        yield child.pid, int(child.environ()["RANK"])


class Two(Alone):
    """The first of two processes, without the other."""

    world = 2


def test_a_batch_that_two_processes_cannot_share_is_refused(patches):
    recipe = RECIPES["complex_wgan_gp"].changed(batch=15)
    with pytest.raises(RunError, match="15 images cannot be shared evenly by 2 processes"):
        set_up(open_data(patches, recipe), recipe, Two())


@pytest.mark.parametrize("name", ["dcgan", "complex_dcgan", "pix2pix"])
def test_batch_norms_are_refused_with_what_to_choose(name):
    method = METHODS[name].make(
        TrainRecipe(method=name, preset="tiny").chosen(),
        method_ports(METHODS[name].ports),
        0,
        torch.device("cpu"),
    )
    fabric = SimpleNamespace(global_rank=0, world_size=2, device=torch.device("cpu"))
    with pytest.raises(RunError, match="choose the norm 'layer', 'group'"):
        method.distribute(DistributedGroup(fabric, 2))


def test_every_method_can_be_distributed():
    made = (
        info.make(
            TrainRecipe(method=name, preset="tiny").chosen(),
            method_ports(info.ports),
            0,
            torch.device("cpu"),
        )
        for name, info in METHODS.items()
    )
    assert all(isinstance(method, Distributable) for method in made)


def test_shares_of_a_batch_make_up_the_whole_in_its_order():
    drawn, groups = torch.arange(6), []
    for rank in range(2):
        fabric = SimpleNamespace(global_rank=rank, world_size=2, device=torch.device("cpu"))
        groups.append(DistributedGroup(fabric, 2))
    own = [group.own(drawn) for group in groups]
    assert torch.equal(torch.stack(own, 1).flatten(), drawn)


def test_a_dry_run_wants_one_process(patches, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main([str(patches), "--dry-run"]) == 2
    assert "without torchrun" in capsys.readouterr().err


def test_processes_of_one_machine_share_its_threads(monkeypatch):
    monkeypatch.setattr("satstudio.learn.device.task_threads", lambda: 8)
    try:
        assert choose_threads(None, 10**6, 4) == 2
        assert choose_threads(None, 10**6, 16) == 1
        assert choose_threads(3, 10**6, 4) == 3
    finally:
        torch.set_num_threads(1)


def test_a_training_in_one_process_does_not_load_fabric(run):
    assert (run / "run.json").is_file()
    assert "lightning_fabric" not in sys.modules
