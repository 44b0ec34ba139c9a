# SPDX-License-Identifier: Apache-2.0
"""Stand-in for the azure-native provider plugin: the engine's gRPC on one side, ARM on the other.

It imitates pulumi-azure-native 3.29 for the resource types in `resources.json`, so that programs
written for the real plugin run against the sandbox unchanged. It is no place for library logic.
"""
