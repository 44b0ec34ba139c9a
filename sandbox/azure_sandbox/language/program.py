# SPDX-License-Identifier: Apache-2.0
"""Runs one Pulumi program: the process that ``LanguageHost.Run`` starts.

It is run by its path, with the interpreter of the project, so it imports nothing but the standard
library and the ``pulumi`` that is installed there.
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

EXIT_ERROR_SHOWN = 32
EXIT_INTERRUPTED = 130
THREADS_PER_PARALLEL_OPERATION = 4


def main() -> int:
    """Runs the program and says how it ended, as an exit status."""
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        print(
            f"{sys.executable} has no Pulumi SDK ({error}). Install the project's dependencies "
            f"into the environment that its Pulumi.yaml names, or run `pulumi install`.",
            file=sys.stderr,
        )
        return 1

    settings = json.loads(sys.argv[1])
    entry_point = sys.argv[2]
    path = Path(entry_point).resolve()
    sys.argv = sys.argv[2:]
    # Not this file's directory: its modules are no business of the program.
    sys.path[0] = str(path if path.is_dir() else path.parent)

    pulumi.runtime.set_all_config(
        pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    )
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    if path.is_dir() and not (path / "__main__.py").is_file():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{path}`")
        return EXIT_ERROR_SHOWN

    # A failed deployment leaves futures that nobody awaits; asyncio's remarks about them are noise.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max(settings["parallel"], 1) * THREADS_PER_PARALLEL_OPERATION)
    loop.set_default_executor(executor)

    def program() -> None:
        runpy.run_path(entry_point, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception as error:  # noqa: BLE001  # whatever the program raised is shown to its author
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_traceback(error, path)}")
        return EXIT_ERROR_SHOWN
    finally:
        executor.shutdown()
        loop.close()
    return 0


def _traceback(error: Exception, path: Path) -> str:
    """The traceback from the program's first frame on, without what led to it."""
    main_file = path / "__main__.py" if path.is_dir() else path
    frame: TracebackType | None = error.__traceback__
    while frame is not None and Path(frame.tb_frame.f_code.co_filename).resolve() != main_file:
        frame = frame.tb_next
    if frame is None and isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error)).rstrip()
    return "".join(
        traceback.format_exception(type(error), error, frame or error.__traceback__)
    ).rstrip()


if __name__ == "__main__":
    try:
        status = main()
    except KeyboardInterrupt:
        # The engine cancelled. Threads may be waiting for it, so nothing is waited for.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_INTERRUPTED)
    sys.exit(status)
