# SPDX-License-Identifier: Apache-2.0
"""The tables of the store, one class of queries for each."""
