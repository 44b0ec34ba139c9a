# SPDX-License-Identifier: Apache-2.0
"""What models that Azure curates fetch when they start, as Azure's documentation lists it.

Azure docs, "Use Model Catalog collections with workspace managed virtual network".
"""

PACKAGES = (
    "*.anaconda.org",
    "*.anaconda.com",
    "anaconda.com",
    "pypi.org",
    "*.pythonhosted.org",
    "*.pytorch.org",
    "pytorch.org",
)
