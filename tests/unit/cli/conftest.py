# SPDX-License-Identifier: Apache-2.0
"""`ame` in this process: in an empty directory, on a day that stays."""

from pathlib import Path

import pytest

from azure_model_endpoints.cli import main
from tests.unit.cli.running import NOW, SMALL_CATALOG, Ame, Run


@pytest.fixture
def ame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ame:
    """Run a command, and return what it printed and how it ended."""
    monkeypatch.chdir(tmp_path)
    for module in ("project", "prices"):
        monkeypatch.setattr(f"azure_model_endpoints.cli.{module}.now", lambda: NOW)

    def run(*arguments: object) -> Run:
        monkeypatch.setattr("sys.argv", ["ame", *map(str, arguments)])
        try:
            status: object = main()
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return Run(status if isinstance(status, int) else 0, printed.out, printed.err)

    return run


@pytest.fixture
def small_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue is a small one that does not change with the facts."""
    monkeypatch.setattr("azure_model_endpoints.project_catalog.load_catalog", lambda: SMALL_CATALOG)
