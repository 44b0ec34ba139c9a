# SPDX-License-Identifier: Apache-2.0
"""How the unit tests look for counter-examples: for as long as it takes, a hundred at a time."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, max_examples=100)
settings.load_profile("unit")
