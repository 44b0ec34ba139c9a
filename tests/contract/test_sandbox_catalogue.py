# SPDX-License-Identifier: Apache-2.0
"""The local Azure has what the catalogue offers, so that every shipped model can be tried there."""

import pytest

from azure_model_endpoints.catalog import Model, load_catalog
from azure_sandbox.namespaces.machine_learning.hugging_face import find_repository
from azure_sandbox.namespaces.machine_learning.vm_sizes import find_vm_size

CATALOG = load_catalog()


@pytest.mark.parametrize("model", CATALOG.models.values(), ids=lambda model: model.name)
def test_weights_can_be_pulled_at_the_pinned_revision(model: Model) -> None:
    """By whoever has a token where one is needed, for the context that the catalogue says."""
    assert model.hugging_face_id
    assert model.revision
    repository = find_repository(model.hugging_face_id)

    assert repository
    assert repository.has_revision(model.revision)
    assert (model.gated, model.context_length) == (repository.gated, repository.context_length)


@pytest.mark.parametrize("name", CATALOG.gpu_skus)
def test_every_size_exists_with_its_cores_and_gpus(name: str) -> None:
    """As the planner counts them."""
    sku = CATALOG.gpu_skus[name]
    size = find_vm_size(name)

    assert size
    assert (sku.vcpus, sku.memory_gib, sku.gpus, sku.quota_family) == (
        size.vcpus,
        size.memory_gib,
        size.gpus,
        size.family.name,
    )
