"""What every test stands on: a home of its own, no screen, test data, nothing left behind."""

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before anything loads OpenMP

import gc
import importlib.util
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from blocked_network import Guard
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]
HAS_TORCH = importlib.util.find_spec("torch") is not None
collect_ignore_glob = [] if HAS_TORCH else ["learn/*"]

# a busy machine is not a failure
settings.register_profile(
    "satstudio", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("satstudio")


def pytest_report_header() -> list[str]:
    found = "there" if HAS_TORCH else "absent: tests marked learn and tests/learn are left out"
    return [f"torch: {found}", f"test data: {shared_folder()}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    no_torch = pytest.mark.skip(reason="torch is not installed")
    no_gpu = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if not HAS_TORCH and item.get_closest_marker("learn"):
            item.add_marker(no_torch)
        if item.get_closest_marker("gpu") and not has_gpu():
            item.add_marker(no_gpu)


def has_gpu() -> bool:
    if not HAS_TORCH:
        return False
    import torch  # lazy: 4 seconds, only where a test asks for a GPU

    return torch.cuda.is_available()


def shared_folder() -> Path:
    """Folder of test data: `SATSTUDIO_TEST_DATA`, else `shared` beside the repository."""
    return Path(os.environ.get("SATSTUDIO_TEST_DATA", REPOSITORY.parent / "shared")).resolve()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of test data (`shared_data / "data/open/..."`); skips where it is absent."""
    folder = shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip(f"no test data in {folder}: set SATSTUDIO_TEST_DATA to a folder with data/")
    return folder


@pytest.fixture(scope="session")
def open_data(shared_data: Path) -> Path:
    """The folder `data/open` of the test data."""
    return shared_data / "data/open"


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for settings, cache, logs and state; nothing touches the user's."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SATSTUDIO_HOME", str(folder))
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """An empty study folder."""
    folder = tmp_path / "study"
    folder.mkdir()
    return folder


@pytest.fixture
def no_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every socket that is not local to the machine fails, in child processes too."""
    with Guard(tmp_path_factory.mktemp("blocked")) as guard:
        yield
    assert guard.touched() == [], "the network was touched"


@pytest.fixture(autouse=True, scope="module")
def old_objects_set_aside() -> None:
    """Let looking for what runs, and collecting, pass over what earlier modules made."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test of the window or of jobs that leaves a thread, timer or process behind."""
    if not {"gui", "jobs", "flow"} & set(request.path.parts):
        yield
        return
    before = _running()
    yield
    left = _left(before)
    assert not left, f"left running: {', '.join(sorted(left.values()))}"


def _left(before: dict[object, str]) -> dict[object, str]:
    """Return what runs and did not before, after up to five seconds for it to end."""
    end = time.monotonic() + 5
    while True:
        _process_events()
        left = {key: name for key, name in _running().items() if key not in before}
        if not left or time.monotonic() > end:
            return left
        gc.collect()
        time.sleep(0.05)


def _process_events() -> None:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is not None and widgets.QApplication.instance() is not None:
        widgets.QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
        widgets.QApplication.processEvents()


def _running() -> dict[object, str]:
    me = psutil.Process()
    alive = {thread.id for thread in me.threads()}
    running: dict[object, str] = {}
    for child in me.children(recursive=True):
        running["process", child.pid] = f"process {child.pid}"
    for thread in threading.enumerate():
        if not isinstance(thread, threading._DummyThread) and thread.native_id in alive:
            running["thread", thread.ident] = f"thread {thread.name}"
    return running | _running_qt()


def _running_qt() -> dict[object, str]:
    core, shiboken = sys.modules.get("PySide6.QtCore"), sys.modules.get("shiboken6")
    if core is None or shiboken is None:
        return {}
    running: dict[object, str] = {}
    for item in _instances(core.QThread, core.QTimer):
        kind = type(item)
        if not shiboken.isValid(item):
            continue
        is_thread = issubclass(kind, core.QThread)
        if item.isRunning() if is_thread else item.isActive():
            running[kind.__name__, id(item)] = f"{kind.__name__} {item.objectName()}".strip()
    return running


def _instances(*classes: type) -> list[object]:
    """Return all living instances; of millions of objects only the class is looked up."""
    known: dict[type, bool] = {}
    found = []
    for item in gc.get_objects():
        kind = type(item)
        is_one = known.get(kind)
        if is_one is None:
            is_one = known[kind] = issubclass(kind, classes)
        if is_one:
            found.append(item)
    return found
