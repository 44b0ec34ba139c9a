# SPDX-License-Identifier: Apache-2.0
"""Reads one endpoint under many api-versions with nothing but requests and a token: prints it.

Arguments: the id of the endpoint, Resource Manager's URL, api-versions.
"""

import json
import sys
from typing import Any

import requests
from azure.identity import DefaultAzureCredential

endpoint, resource_manager, *versions = sys.argv[1:]
token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"


def read(path: str, version: str) -> Any:
    """Return the answer to a GET."""
    url = f"{resource_manager}{path}"
    return session.get(url, params={"api-version": version}, timeout=30).json()


seen = {version: read(endpoint, version) for version in versions}
print(json.dumps(seen))
