# SPDX-License-Identifier: Apache-2.0
"""What models cost that are paid by the token, as rows of ``token_prices.yaml``."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from azure_model_endpoints.catalog._rows import CatalogRow, load_rows

Usd = Annotated[float, Field(gt=0)]


class TokenPriceKind(StrEnum):
    """Who serves for that price."""

    CLOSED = "closed"
    """A closed model's publisher, or Azure for it."""
    SERVERLESS = "serverless"
    """Azure, an open-weight model."""


class TokenPrice(CatalogRow):
    """The price of one model by the token."""

    kind: TokenPriceKind
    """Closed or serverless."""
    model: str | None = None
    """The catalogue name of a serverless model; None where the catalogue does not have it."""
    usd_per_million_input_tokens: Usd
    """US dollars per million tokens of prompt."""
    usd_per_million_output_tokens: Usd
    """US dollars per million tokens of answer."""
    superseded: bool = False
    """Whether the offer has ended or a newer one has taken its place."""


def load_token_prices() -> dict[str, TokenPrice]:
    """Return every price by the token."""
    return load_rows("token_prices.yaml", TokenPrice)
