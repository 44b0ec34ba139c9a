# SPDX-License-Identifier: Apache-2.0
"""Open-weight models as Azure Machine Learning endpoints."""
