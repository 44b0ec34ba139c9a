# SPDX-License-Identifier: Apache-2.0
"""The public retail price list: ``GET /api/retail/prices``, for anybody, without a token."""
