# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the helpers that a Pulumi CLI built from its Go module lacks.

=====================================  =========================================
the official distribution's            stand-in
=====================================  =========================================
``pulumi-language-python``             ``python -m azure_sandbox.language``
``pulumi-analyzer-policy-python``      ``python -m azure_sandbox.language.policy``
``pulumi-resource-pulumi-python``      ``python -m azure_sandbox.language.dynamic``
=====================================  =========================================

Programs, plugins and policy packs run with the interpreter that their ``runtime`` options choose,
as a process of their own, exactly as under the official helpers.
"""
