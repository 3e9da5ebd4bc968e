"""How the stages are compiled, and where the compiled code is kept.

numba keeps compiled code beside a source file and looks only at that file's own age, so a change in one module would
leave stale code in the modules that call it. Here the cache's folder is named after the contents of all of ``rules/``:
changed sources never meet old code. ``NUMBA_CACHE_DIR`` says where the folders are kept; ``NUMBA_DISABLE_JIT=1`` runs
the same functions uncompiled.
"""

import contextlib
import hashlib
import os
import pathlib
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function")

HERE = pathlib.Path(__file__).parent


def _cache_folder() -> pathlib.Path | None:
    digest = hashlib.sha256()
    for source in sorted(HERE.glob("*.py")):
        digest.update(source.read_bytes())
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    parents = (
        [pathlib.Path(chosen)] if chosen else [HERE / "__pycache__", pathlib.Path("~/.cache/hourbank").expanduser()]
    )
    for parent in parents:
        folder = parent / f"compiled-{digest.hexdigest()[:16]}"
        with contextlib.suppress(OSError, RuntimeError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    return None


folder = _cache_folder()
if folder is not None:
    setattr(config, "CACHE_DIR", str(folder))  # noqa: B010 (numba declares no type for it)

# nogil: one thread's long evaluation must not hold up the others. Where no folder can be written, nothing is cached.
OPTIONS: dict[str, Any] = {"cache": folder is not None, "nogil": True}


def bare(function: Function) -> Function:
    """Compile a function that makes no arrays, without counting references to those it is given."""
    return cast(Function, numba.njit(**{**OPTIONS, "_nrt": False})(function))


def inlined(function: Function) -> Function:
    """Compile a function into each of its callers, for the small ones that run at every test."""
    return cast(Function, numba.njit(inline="always", **OPTIONS)(function))
