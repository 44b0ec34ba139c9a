# SPDX-License-Identifier: Apache-2.0
"""Names of container images."""

import re
from dataclasses import dataclass

_AZURE_SUFFIX = ".azurecr.io"
_PUBLIC_HUB = "docker.io"
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?:(?P<host>localhost(?::\d+)?|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?"
    r"|[A-Za-z0-9-]+:\d+)/)?"
    rf"(?P<path>{_PATH}(?:/{_PATH})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Image:
    """A container image; without tag and digest it is the one tagged `latest` at that moment."""

    host: str
    path: str
    tag: str | None
    digest: str | None

    @property
    def azure_registry(self) -> str | None:
        """The name of the Azure container registry it comes from, None when it is another's."""
        name = self.host.removesuffix(_AZURE_SUFFIX)
        return None if name == self.host else name


def parse_image(text: object) -> Image | None:
    """Read the name of an image as container engines do; None when it is none."""
    match = _IMAGE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    host = (match["host"] or _PUBLIC_HUB).lower()
    return Image(host, match["path"], match["tag"], match["digest"])
