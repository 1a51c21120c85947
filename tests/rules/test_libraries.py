"""Each package uses only the libraries it may; this table is the rule and its documentation.

A new dependency is a change of this table, argued in its commit.
"""

import sys

import grimp
import pytest

CARRIES = {
    "core": {"numpy", "pydantic", "platformdirs", "tomli_w", "psutil"},  # psutil: who still runs
    "pixels": {"numpy", "scipy", "skimage", "pydantic"},  # pydantic: scalings travel as recipes
    "scenes": {"numpy", "scipy", "pydantic", "rasterio", "h5py", "osgeo", "astropy"},
    "render": {"numpy", "pydantic", "PIL", "matplotlib"},
    "patches": {"numpy", "pydantic"},
    "metrics": {"numpy", "scipy"},
    "restore": {
        "numpy", "pydantic", "onnxruntime", "onnx", "psutil", "dask", "distributed",
        "google",  # what onnx itself raises of a damaged file: protobuf's DecodeError
    },
    "learn": {
        "numpy", "pydantic", "torch", "safetensors", "onnx", "onnxruntime", "lightning_fabric",
        "tensorboard",
    },
    "bench": {"numpy", "scipy", "pydantic", "jinja2", "matplotlib", "dask", "distributed"},
    "jobs": {"pydantic", "psutil", "dask", "distributed"},  # archives: tasks by many processes
    "session": {"numpy", "pydantic"},
    "cli": {"click", "rich", "numpy", "PIL"},  # numpy, PIL: the self-test makes and compares files
    "gui": {"numpy", "PySide6", "pyqtgraph", "lucide"},
}  # fmt: skip
GRAPH = grimp.build_graph("satstudio", include_external_packages=True, cache_dir=None)


def libraries(package: str) -> set[str]:
    """Return what the modules of a package import from outside the standard library."""
    root = f"satstudio.{package}"
    used = {
        imported
        for module in {root} | GRAPH.find_descendants(root)
        for imported in GRAPH.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] != "satstudio"
    }
    return used - sys.stdlib_module_names


@pytest.mark.parametrize("package", CARRIES)
def test_a_package_uses_only_its_libraries(package):
    assert libraries(package) <= CARRIES[package]


def test_every_package_is_in_the_table():
    packages = {child.removeprefix("satstudio.") for child in GRAPH.find_children("satstudio")}
    assert packages - {"__main__"} == set(CARRIES)


def test_nobody_imports_what_can_run_code_when_it_reads():
    unsafe = {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"}
    imported = {
        (module, name)
        for module in GRAPH.modules
        if module.startswith("satstudio")
        for name in GRAPH.find_modules_directly_imported_by(module)
        if name in unsafe
    }
    assert imported == set()
