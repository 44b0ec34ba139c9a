# SPDX-License-Identifier: Apache-2.0
"""The engine's LanguageRuntime service for Python projects."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from azure_sandbox.language.interpreter import (
    Interpreter,
    InterpreterError,
    find_interpreter,
    virtualenv_of,
)
from azure_sandbox.language.processes import Processes, interrupt, output_of

# A program exits with it once it has shown its error, so that the engine adds none of its own.
# The official helper uses the same number.
EXIT_ERROR_SHOWN = 32

PROGRAM = Path(__file__).with_name("program.py")

DEPENDENCIES = """
import importlib.metadata, json, re
distributions = list(importlib.metadata.distributions())
names = lambda d: (re.match(r"[\\w.-]+", r).group().lower() for r in d.requires or ())
print(json.dumps({
    "versions": {d.name: d.version for d in distributions},
    "required": [name for d in distributions for name in names(d)],
}))
"""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs and plugins for one engine."""

    def __init__(self, engine_address: str, processes: Processes) -> None:
        self._engine_address = engine_address
        self._processes = processes

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The engine and the host know each other already: its address is an argument."""
        del request, context
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The version of this stand-in is that of the Python that runs it."""
        del request, context
        return plugin_pb2.PluginInfo(version=_python_version())

    def GetRequiredPlugins(self, request: Any, context: grpc.ServicerContext) -> Any:
        """None in advance: a plugin is looked for when the program first needs it."""
        del request, context
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        """None in advance, as with plugins."""
        del request, context
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        """`pulumi new` has nothing further to ask."""
        del request, context
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: Any, context: grpc.ServicerContext) -> Any:
        """`pulumi new` has nothing to rewrite in a project."""
        del request, context
        return language_pb2.TemplateResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Ends the running programs and plugins."""
        del request, context
        self._processes.interrupt_all()
        return Empty()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The interpreter the project would run with."""
        python = _interpreter(request.info, context).python
        return language_pb2.AboutResponse(executable=str(python), version=_python_version())

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Runs a program to its end, as a process whose output is ours."""
        interpreter = _interpreter(request.info, context)
        settings = {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
        }
        process = self._processes.start(
            [
                str(interpreter.python),
                "-u",
                str(PROGRAM),
                json.dumps(settings),
                request.info.entry_point,
                *request.args,
            ],
            {
                **interpreter.environment,
                "PULUMI_CONFIG": json.dumps(dict(request.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            },
            Path(request.pwd),
        )
        context.add_callback(lambda: interrupt(process))
        return _run_response(process.wait())

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Runs the plugin in a directory, streaming what it writes and then its exit status."""
        interpreter = _interpreter(request.info, context)
        process = self._processes.start(
            [
                str(interpreter.python),
                "-u",
                str(Path(request.info.program_directory) / request.info.entry_point),
                *request.args,
            ],
            {**interpreter.environment, **dict(entry.split("=", 1) for entry in request.env)},
            Path(request.pwd),
            captured=True,
        )
        context.add_callback(lambda: interrupt(process))
        for stream, chunk in output_of(process):
            written: dict[str, Any] = {stream: chunk}
            yield language_pb2.RunPluginResponse(**written)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Makes the virtual environment and installs the requirements or the project into it."""
        directory = Path(request.info.program_directory or request.directory)
        virtualenv = virtualenv_of(_options(request.info), Path(request.info.root_directory))
        commands: list[list[str]] = []
        if virtualenv is not None and not (virtualenv / "bin" / "python").is_file():
            commands.append([sys.executable, "-m", "venv", str(virtualenv)])
        for file, target in (
            ("requirements.txt", ["-r", "requirements.txt"]),
            ("pyproject.toml", ["."]),
        ):
            if (directory / file).is_file():
                python = virtualenv / "bin" / "python" if virtualenv else Path("python3")
                commands.append([str(python), "-m", "pip", "install", *target])
                break
        for command in commands:
            process = self._processes.start(command, dict(os.environ), directory, captured=True)
            for stream, chunk in output_of(process):
                yield language_pb2.InstallDependenciesResponse(**{stream: chunk})
            if status := process.wait():
                _abort(context, f"`{' '.join(command)}` failed with exit status {status}.")

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The distributions installed for the program; without those others need, if so asked."""
        interpreter = _interpreter(request.info, context)
        process = self._processes.start(
            [str(interpreter.python), "-c", DEPENDENCIES],
            interpreter.environment,
            Path(request.info.program_directory),
            captured=True,
        )
        found = json.loads(
            b"".join(chunk for name, chunk in output_of(process) if name == "stdout")
        )
        hidden = () if request.transitiveDependencies else found["required"]
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version)
                for name, version in sorted(found["versions"].items())
                if name.lower() not in hidden
            ]
        )


def _run_response(status: int) -> Any:
    if status == 0:
        return language_pb2.RunResponse()
    if status == EXIT_ERROR_SHOWN:
        return language_pb2.RunResponse(bail=True)
    if status < 0:
        return language_pb2.RunResponse(error=f"Program ended by signal {-status}")
    return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {status}")


def _interpreter(info: Any, context: grpc.ServicerContext) -> Interpreter:
    try:
        return find_interpreter(_options(info), Path(info.root_directory))
    except InterpreterError as error:
        _abort(context, str(error))


def _options(info: Any) -> dict[str, object]:
    options: dict[str, object] = MessageToDict(info.options)
    return options


def _abort(context: grpc.ServicerContext, message: str) -> NoReturn:
    # The engine prints the message of an UNKNOWN error alone, without the name of the status.
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError  # abort always raises, which its type does not say


def _python_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))
