# SPDX-License-Identifier: Apache-2.0
"""The shape of a transformer, from which its size follows exactly."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

MOST = 10**12
"""The most that a dimension or a number of tokens may be: far beyond any model's, and its products
can still be computed with."""

Count = Annotated[int, Field(ge=1, le=MOST, strict=True)]


class ModelShape(BaseModel):
    """The dimensions of a decoder-only transformer of the Llama or the Phi-2 kind.

    The parameter counts are exact for Llama, Mistral, Mixtral, Phi-3 and Phi-4 (RMS norms, no
    biases) and for Phi-2 (one layer norm per layer, biases everywhere, a plain MLP): they follow
    from the modules of Hugging Face transformers' models of these names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: Count
    """Decoder layers."""
    hidden_size: Count
    """Width of the residual stream."""
    heads: Count
    """Attention heads; tensor parallelism has to divide them."""
    kv_heads: Count
    """Heads with keys and values of their own; fewer than ``heads`` means grouped queries."""
    head_dim: Count
    """Width of one head."""
    ffn_size: Count
    """Inner width of the MLP, or of each expert's."""
    vocabulary: Count
    """Rows of the embedding table, unused ones included."""
    experts: Count = 1
    """MLPs per layer; more than one is a mixture of experts, with a router per layer."""
    experts_per_token: Count = 1
    """How many of the experts one token passes through."""
    gated_mlp: bool = True
    """Whether the MLP has a gate, and so three matrices instead of two."""
    biases: bool = False
    """Whether every linear layer and norm has a bias, the output head too."""
    tied_embeddings: bool = False
    """Whether the output head is the input embedding, kept once."""
    sliding_window: Count | None = None
    """Tokens that a layer looks back at; None when it is the whole context."""

    @field_validator("kv_heads")
    @classmethod
    def _check_kv_heads(cls, kv_heads: int, info: ValidationInfo) -> int:
        heads = info.data.get("heads", kv_heads)  # absent where it is wrong itself
        if heads % kv_heads:
            raise PydanticCustomError("divisor", "a divisor of `heads`, {heads}", {"heads": heads})
        return kv_heads

    @field_validator("experts_per_token")
    @classmethod
    def _check_experts(cls, experts_per_token: int, info: ValidationInfo) -> int:
        experts = info.data.get("experts", experts_per_token)
        if experts_per_token > experts:
            raise PydanticCustomError(
                "at_most", "at most `experts`, {experts}", {"experts": experts}
            )
        return experts_per_token

    def __copy__(self) -> Self:
        """Copy the dimensions, and nothing that was computed from them before they change."""
        return self.model_construct(**{name: getattr(self, name) for name in self.model_fields_set})

    @cached_property
    def parameters(self) -> int:
        """Number of weights."""
        return self._without_experts + self.layers * self.experts * self._mlp

    @cached_property
    def active_parameters(self) -> int:
        """Number of weights that one token passes through, the embedding tables included."""
        return self._without_experts + self.layers * self.experts_per_token * self._mlp

    @cached_property
    def embedding_parameters(self) -> int:
        """Number of weights in the input and output tables; once if they are tied."""
        return self.vocabulary * self.hidden_size * (1 if self.tied_embeddings else 2)

    @property
    def _without_experts(self) -> int:
        router = self.hidden_size * self.experts if self.experts > 1 else 0
        norms = 2 * self.hidden_size  # two RMS norms, or one layer norm with its bias
        final_norm = self.hidden_size * (2 if self.biases else 1)
        head_bias = self.vocabulary if self.biases else 0
        per_layer = self._attention + router + norms
        return self.layers * per_layer + self.embedding_parameters + head_bias + final_norm

    @property
    def _attention(self) -> int:
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        biases = queries + 2 * keys + self.hidden_size if self.biases else 0
        return self.hidden_size * (2 * queries + 2 * keys) + biases

    @property
    def _mlp(self) -> int:
        inward = 2 if self.gated_mlp else 1
        biases = inward * self.ffn_size + self.hidden_size if self.biases else 0
        return (inward + 1) * self.hidden_size * self.ffn_size + biases
