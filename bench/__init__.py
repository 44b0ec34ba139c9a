# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: what this project costs, beside what it is compared to, measured in one run."""
