# SPDX-License-Identifier: Apache-2.0
"""Where a sandbox keeps its files, and which Pulumi project it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azure_sandbox.errors import CommandError

HOME_VARIABLE = "AZURE_SANDBOX_HOME"
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one sandbox: everything it ever writes is below it."""

    root: Path

    @property
    def certificates(self) -> Path:
        """The certificate authority, the server's certificate, and the bundle clients trust."""
        return self.root / "ca"

    @property
    def server_file(self) -> Path:
        """Process id, port and address of the server, while one runs."""
        return self.root / "server.json"

    @property
    def port_file(self) -> Path:
        """The port used last, so that addresses stored in Pulumi states stay valid."""
        return self.root / "port"

    @property
    def place_ports_file(self) -> Path:
        """The ports used last for callers in virtual networks, for the same reason."""
        return self.root / "places.json"

    @property
    def log(self) -> Path:
        """What the latest server printed."""
        return self.root / "server.log"

    @property
    def scripts(self) -> Path:
        """Stand-ins for the parts of the Pulumi CLI that are missing, and the CLI itself."""
        return self.root / "bin"

    @property
    def provider_scripts(self) -> Path:
        """The stand-in for the azure-native plugin; apart, since not every command has it."""
        return self.scripts / "provider"

    @property
    def pulumi(self) -> Path:
        """PULUMI_HOME of the commands that run in the sandbox."""
        return self.root / "pulumi"

    @property
    def backend(self) -> Path:
        """The file backend that holds the Pulumi states."""
        return self.root / "backend"

    @property
    def stacks(self) -> Path:
        """Scrubbed copies of stack files, one directory per project."""
        return self.root / "stacks"

    @property
    def azure_config(self) -> Path:
        """AZURE_CONFIG_DIR of the commands: an Azure CLI that nobody has logged in to."""
        return self.root / "azure"

    @property
    def jobs(self) -> Path:
        """One file per command that runs in the sandbox."""
        return self.root / "jobs"

    def lock(self, name: str) -> Path:
        """Return the file that is locked under this name."""
        return self.root / f"{name}.lock"

    def create(self) -> None:
        """Make the directory, which keeps itself out of version control.

        Raises:
            CommandError: it cannot be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise CommandError(
                f"The sandbox keeps what it writes in {self.root}, which could not be made "
                f"({error.strerror}). Name a directory of yours in {HOME_VARIABLE}."
            ) from error


def find_project(directory: Path) -> Path | None:
    """Return the project file of the nearest directory upwards that holds one, as Pulumi does."""
    for candidate in (directory, *directory.parents):
        for name in PROJECT_FILES:
            if (candidate / name).is_file():
                return candidate / name
    return None


def find_home(environment: Mapping[str, str], directory: Path) -> Home:
    """Return the home that AZURE_SANDBOX_HOME names, else ``.sandbox`` beside the project file."""
    if named := environment.get(HOME_VARIABLE):
        return Home((directory / Path(named).expanduser()).resolve())
    project = find_project(directory)
    return Home((project.parent if project else directory).resolve() / ".sandbox")
