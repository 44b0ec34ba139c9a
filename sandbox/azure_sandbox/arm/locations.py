# SPDX-License-Identifier: Apache-2.0
"""Azure regions: the public ones in which managed online endpoints are offered."""

from collections.abc import Mapping

from azure_sandbox.arm.errors import ArmError

_DISPLAY_NAMES = (
    "Australia East",
    "Brazil South",
    "Canada Central",
    "Canada East",
    "Central India",
    "Central US",
    "East Asia",
    "East US",
    "East US 2",
    "France Central",
    "Germany West Central",
    "Italy North",
    "Japan East",
    "Japan West",
    "Korea Central",
    "North Central US",
    "North Europe",
    "Norway East",
    "Poland Central",
    "Qatar Central",
    "South Africa North",
    "South Central US",
    "South India",
    "Southeast Asia",
    "Spain Central",
    "Sweden Central",
    "Switzerland North",
    "Switzerland West",
    "UAE North",
    "UK South",
    "UK West",
    "West Central US",
    "West Europe",
    "West US",
    "West US 2",
    "West US 3",
)


def normalise(location: str) -> str:
    """``East US 2`` as ``eastus2``: Azure compares regions without spaces and case."""
    return location.replace(" ", "").lower()


REGIONS: dict[str, str] = {normalise(name): name for name in _DISPLAY_NAMES}
"""Display name by region name."""


def checked(location: object, resource_type: str, offered: Mapping[str, str] = REGIONS) -> str:
    """The normalised region of a request body; refuses a missing one, or one not ``offered``."""
    if not isinstance(location, str) or not location:
        raise ArmError(
            400, "LocationRequired", "The location property is required for this definition."
        )
    name = normalise(location)
    if name not in offered:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type "
            f"'{resource_type}'. List of available regions for the resource type is "
            f"'{','.join(offered)}'.",
        )
    return name
