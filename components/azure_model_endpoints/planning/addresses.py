# SPDX-License-Identifier: Apache-2.0
"""Where an endpoint answers: what follows from its scoring URI, whatever its deployments serve.

Azure gives a new endpoint a URI that ends in ``/score``, and the creation of a deployment with a
container of one's own gives it the scoring route of that (Azure docs,
how-to-deploy-custom-container, "Scoring route"). Requests go by their own path, whichever of the
two the URI names.
"""

__all__ = ["CHAT_ROUTE", "openai_base_url", "score_address"]

CHAT_ROUTE = "/v1/chat/completions"
"""Of OpenAI's chat protocol, which vLLM and the catalogue's images speak."""
_SCORE_ROUTE = "/score"


def openai_base_url(scoring_uri: str) -> str:
    """Return what OpenAI's clients take as ``base_url``; nothing for an endpoint without a URI."""
    return scoring_uri and f"{_root(scoring_uri)}/v1"


def score_address(scoring_uri: str) -> str:
    """Return where the catalogue's images take their own form."""
    return _root(scoring_uri) + _SCORE_ROUTE


def _root(scoring_uri: str) -> str:
    return scoring_uri.removesuffix(_SCORE_ROUTE).removesuffix(CHAT_ROUTE).rstrip("/")
