# SPDX-License-Identifier: Apache-2.0
"""The provider once it is configured."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from azure_sandbox.provider.client import ArmClient
from azure_sandbox.provider.cloud import Cloud, Credential, discover
from azure_sandbox.provider.configuration import Configuration, read_configuration
from azure_sandbox.provider.vaults import Vaults


@dataclass(frozen=True, slots=True)
class Session:
    """All that exists once the provider is configured."""

    configuration: Configuration
    cloud: Cloud
    credential: Credential
    client: ArmClient
    vaults: Vaults


def open_session(config: Mapping[str, str]) -> Session:
    """Configures the provider from its configuration and the environment.

    Raises:
        ConfigurationError: something is missing or does not answer.
    """
    configuration = read_configuration(config, os.environ)
    cloud = discover(configuration)
    credential = Credential(configuration, cloud)
    client = ArmClient(configuration, cloud, credential)
    vaults = Vaults(configuration, cloud, credential, client)
    return Session(configuration, cloud, credential, client, vaults)
