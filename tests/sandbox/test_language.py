# SPDX-License-Identifier: Apache-2.0
"""The language stand-ins under the real engine, as a CLI built from its Go module uses them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from azure_model_endpoints.cli.engine import find_engine

DEADLINE_SECONDS = 30

HELPERS = {
    "pulumi-language-python": "azure_sandbox.language",
    "pulumi-analyzer-policy-python": "azure_sandbox.language.policy",
    "pulumi-resource-pulumi-python": "azure_sandbox.language.dynamic",
}


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project with a stack `dev` in a backend of its own."""

    root: Path
    environment: dict[str, str]

    def write(self, name: str, text: str) -> None:
        """Writes a file below the root."""
        file = self.root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts the CLI with both streams in one."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        """Runs the CLI to its end, which must be the given exit status. Returns its output."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert status == process.returncode, output
        return output

    def outputs(self) -> dict[str, object]:
        """The outputs of the stack, with secrets readable."""
        outputs: dict[str, object] = json.loads(
            self.run("stack", "output", "--json", "--show-secrets")
        )
        return outputs


@pytest.fixture(scope="session")
def helper_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CLI with the stand-ins beside it, where the engine takes them for its own."""
    directory = tmp_path_factory.mktemp("bin")
    cli = find_engine().path
    try:
        (directory / "pulumi").hardlink_to(cli)
    except OSError:  # another file system
        shutil.copy(cli, directory / "pulumi")
    for name, module in HELPERS.items():
        script = directory / name
        script.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8"
        )
        script.chmod(0o755)
    return directory


@pytest.fixture
def project(tmp_path: Path, helper_directory: Path) -> Project:
    """A project whose program is in `infra` and whose virtual environment is `environment`."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "environment").symlink_to(sys.prefix, target_is_directory=True)
    backend = tmp_path / "backend"
    backend.mkdir()
    made = Project(
        root,
        {
            **os.environ,
            "PATH": os.pathsep.join((str(helper_directory), os.environ["PATH"])),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
    )
    made.write(
        "Pulumi.yaml",
        """\
        name: trial
        main: infra
        runtime:
          name: python
          options:
            virtualenv: environment
        """,
    )
    made.run("stack", "init", "dev")
    return made


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds, and fails when it has not in half a minute."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_program_sees_its_project_and_the_engine_sees_the_program(project: Project) -> None:
    """Config, secrets, directories, interpreter, hooks, transforms and output all get through."""
    project.write("infra/helper.py", "NUMBER = 42\n")
    project.write(
        "infra/__main__.py",
        """\
        import os
        import sys

        import pulumi
        from helper import NUMBER

        config = pulumi.Config()
        print("on standard output")
        print("on standard error", file=sys.stderr)
        pulumi.runtime.register_resource_transform(
            lambda args: pulumi.ResourceTransformResult(args.props | {"input": "new"}, args.opts)
        )
        hook = pulumi.ResourceHook("before", lambda _args: pulumi.log.info("the hook ran"))
        stash = pulumi.Stash(
            "stash",
            input="given",
            opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])),
        )
        pulumi.export("number", NUMBER)
        pulumi.export("name", config.require("name"))
        pulumi.export("password", config.require_secret("password"))
        pulumi.export("root", pulumi.runtime.get_root_directory())
        pulumi.export("directory", os.getcwd())
        pulumi.export("python", sys.executable)
        pulumi.export("stash", stash.output)
        """,
    )
    project.run("config", "set", "name", "phi")
    project.run("config", "set", "--secret", "password", "made-up")

    shown = project.run("up", "--yes", "--skip-preview")
    unchanged = project.run("preview", "--expect-no-changes")

    for line in ("on standard output", "on standard error", "the hook ran", "[secret]"):
        assert line in shown
    assert "warning" not in shown
    assert "2 unchanged" in unchanged
    assert {
        "number": 42,
        "name": "phi",
        "password": "made-up",
        "root": str(project.root),
        "directory": str(project.root / "infra"),
        "python": str(project.root / "environment" / "bin" / "python"),
        "stash": "new",
    } == project.outputs()


@pytest.mark.parametrize(
    ("program", "shown", "hidden"),
    [
        pytest.param(
            "import pulumi\nraise pulumi.RunError('endpoints.chat.sku: no such SKU')\n",
            "error: endpoints.chat.sku: no such SKU",
            "Traceback",
            id="RunError",
        ),
        pytest.param(
            "def divide():\n    return 1 / 0\ndivide()\n",
            "ZeroDivisionError: division by zero",
            "run_in_stack",
            id="exception",
        ),
        pytest.param(
            "import pulumi\npulumi.Output.from_input(0).apply(lambda zero: 1 / zero)\n",
            "ZeroDivisionError: division by zero",
            "run_in_stack",
            id="exception in apply",
        ),
        pytest.param("x = = 1\n", "SyntaxError: invalid syntax", "runpy", id="syntax"),
        pytest.param(
            "import sys\nsys.exit(3)\n",
            "Program exited with non-zero exit code: 3",
            "Traceback",
            id="exit",
        ),
    ],
)
def test_a_failing_program_shows_its_error_and_no_frame_of_the_helper(
    project: Project, program: str, shown: str, hidden: str
) -> None:
    """The author sees what went wrong in the program, and nothing of what ran it."""
    project.write("infra/__main__.py", program)

    output = project.run("preview", status=255)

    assert shown in output
    assert hidden not in output


def test_a_directory_without_a_program_is_named(project: Project) -> None:
    """An empty `main:` directory is an error of one line."""
    (project.root / "infra").mkdir()

    output = project.run("preview", status=255)

    assert f"unable to find main python program `__main__.py` in `{project.root}/infra`" in output
    assert "Traceback" not in output


def test_a_missing_virtual_environment_is_named(project: Project) -> None:
    """The error says which environment is missing and how to make it."""
    project.write("infra/__main__.py", "")
    (project.root / "environment").unlink()

    output = project.run("preview", status=255)

    assert f"{project.root}/environment, which does not exist. Create it with" in output
    assert "unhandled" not in output


def test_an_interrupt_ends_the_program_quietly(project: Project) -> None:
    """Ctrl-C in the middle lets the program clean up, shows no traceback and leaves no process."""
    project.write(
        "infra/__main__.py",
        """\
        import os, pathlib, time
        pathlib.Path("../pid").write_text(str(os.getpid()))
        try:
            time.sleep(600)
        finally:
            pathlib.Path("../cleaned").touch()
        """,
    )
    pid_file = project.root / "pid"
    process = project.start("up", "--yes", "--skip-preview")
    wait_until(lambda: pid_file.exists() and pid_file.read_text() != "")

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()

    assert process.returncode != 0
    assert "canceled" in output
    assert "Traceback" not in output
    assert (project.root / "cleaned").exists()
    assert not is_running(int(pid_file.read_text()))


def test_a_killed_engine_takes_the_program_with_it(project: Project) -> None:
    """When the engine dies without a word, neither the program nor its host stays behind."""
    project.write(
        "infra/__main__.py",
        """\
        import os, pathlib, time
        pathlib.Path("../pids").write_text(f"{os.getpid()} {os.getppid()}")
        time.sleep(600)
        """,
    )
    pid_file = project.root / "pids"
    process = project.start("up", "--yes", "--skip-preview")
    wait_until(lambda: pid_file.exists() and " " in pid_file.read_text())

    process.kill()
    process.communicate()

    pids = [int(pid) for pid in pid_file.read_text().split()]
    wait_until(lambda: not any(map(is_running, pids)))


@pytest.fixture
def component_package(tmp_path: Path) -> Path:
    """A package with one component, in Python."""
    root = tmp_path / "greeter"
    root.mkdir()
    (root / "environment").symlink_to(sys.prefix, target_is_directory=True)
    package = Project(root, {})
    package.write(
        "PulumiPlugin.yaml",
        "runtime:\n  name: python\n  options:\n    virtualenv: environment\n",
    )
    package.write(
        "greeter.py",
        """\
        from typing import TypedDict

        import pulumi


        class GreeterArgs(TypedDict):
            who: pulumi.Input[str]
            \"""Whom to greet.\"""


        class Greeter(pulumi.ComponentResource):
            greeting: pulumi.Output[str]

            def __init__(
                self, name: str, args: GreeterArgs, opts: pulumi.ResourceOptions | None = None
            ) -> None:
                super().__init__("greeter:index:Greeter", name, {}, opts)
                self.greeting = pulumi.Output.concat("hello, ", args["who"])
                self.register_outputs({"greeting": self.greeting})
        """,
    )
    package.write(
        "__main__.py",
        """\
        from greeter import Greeter
        from pulumi.provider.experimental import component_provider_host

        component_provider_host(name="greeter", components=[Greeter])
        """,
    )
    return root


def test_a_component_package_tells_its_schema(project: Project, component_package: Path) -> None:
    """`pulumi package get-schema` reads the schema from the running package."""
    output = project.run("package", "get-schema", str(component_package))

    component = json.loads(output)["resources"]["greeter:index:Greeter"]
    assert component["isComponent"]
    assert "Whom to greet." == component["inputProperties"]["who"]["description"]


def test_a_component_package_serves_a_program(project: Project, component_package: Path) -> None:
    """A program uses the component through the engine, which runs the package for it."""
    manifest = (project.root / "Pulumi.yaml").read_text(encoding="utf-8")
    project.write(
        "Pulumi.yaml",
        f"{manifest}plugins:\n  providers:\n    - name: greeter\n      path: {component_package}\n",
    )
    project.write(
        "infra/__main__.py",
        """\
        import pulumi


        class Greeter(pulumi.ComponentResource):
            greeting: pulumi.Output[str]


        greeter = Greeter(
            "greeter:index:Greeter", "g", {"who": "world", "greeting": None}, remote=True
        )
        pulumi.export("greeting", greeter.greeting)
        """,
    )

    project.run("up", "--yes", "--skip-preview")

    assert {"greeting": "hello, world"} == project.outputs()


def test_a_policy_pack_judges_the_resources(project: Project, tmp_path: Path) -> None:
    """A mandatory policy of a Python pack, with an environment of its own, stops the update."""
    root = tmp_path / "policies"
    root.mkdir()
    (root / "environment").symlink_to(sys.prefix, target_is_directory=True)
    pack = Project(root, {})
    pack.write(
        "PulumiPolicy.yaml",
        "runtime:\n  name: python\n  options:\n    virtualenv: environment\n",
    )
    pack.write(
        "__main__.py",
        """\
        from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


        def validate(args, report):
            if args.props.get("input") == "forbidden":
                report("the input must not be forbidden")


        policy = ResourceValidationPolicy(
            name="nothing-forbidden",
            description="No stash holds anything forbidden.",
            enforcement_level=EnforcementLevel.MANDATORY,
            validate=validate,
        )
        PolicyPack("house-rules", policies=[policy])
        """,
    )
    project.write("infra/__main__.py", "import pulumi\npulumi.Stash('s', input='forbidden')\n")

    refused = project.run("preview", "--policy-pack", str(root), status=255)
    project.write("infra/__main__.py", "import pulumi\npulumi.Stash('s', input='allowed')\n")
    allowed = project.run("preview", "--policy-pack", str(root))

    assert "the input must not be forbidden" in refused
    assert "house-rules" in allowed
    assert "warning" not in allowed


def test_a_dynamic_provider_runs_in_the_environment_of_its_program(project: Project) -> None:
    """A resource whose provider is written in the program is created."""
    project.write(
        "infra/__main__.py",
        """\
        import sys

        import pulumi
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider


        class Prefix(ResourceProvider):
            def create(self, props):
                import sys

                return CreateResult("id", {"prefix": sys.prefix})


        class Environment(Resource):
            prefix: pulumi.Output[str]

            def __init__(self, name):
                super().__init__(Prefix(), name, {"prefix": None})


        pulumi.export("same", Environment("e").prefix.apply(lambda prefix: prefix == sys.prefix))
        """,
    )

    project.run("up", "--yes", "--skip-preview")

    assert {"same": True} == project.outputs()
