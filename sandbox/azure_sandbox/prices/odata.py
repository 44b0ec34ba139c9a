# SPDX-License-Identifier: Apache-2.0
"""The filters of the price list: as much of OData as the service takes, and no more.

Azure docs, "Azure Retail Prices overview": comparisons joined by ``and`` and ``or``, ``contains``,
and values whose case counts. That ``not`` and ``in`` are refused, as is a filter of more than
twenty comparisons or an unknown price type, is from public reports of its answers.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from azure_sandbox.arm.wire import JsonObject

Predicate = Callable[[JsonObject], bool]

MAX_COMPARISONS = 20
PRICE_TYPES = ("Consumption", "DevTestConsumption", "Reservation", "SavingsPlan", "savingsplan")
"""SavingsPlan is accepted and matches nothing: those prices are parts of other items."""

# A filter's name for a field is the item's own, but for `type`.
_FIELDS = {
    name: name
    for name in (
        *("armRegionName", "armSkuName", "currencyCode", "isPrimaryMeterRegion", "location"),
        *("meterId", "meterName", "productId", "productName", "reservationTerm", "retailPrice"),
        *("serviceFamily", "serviceId", "serviceName", "skuId", "skuName", "unitOfMeasure"),
    )
} | {"priceType": "type"}
_OPERATORS: dict[str, Callable[[object, object], bool]] = {"eq": operator.eq, "ne": operator.ne}
_BOOLEANS = {"true": True, "false": False}
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z]+|[(),])")


class FilterError(Exception):
    """A filter that the service does not understand."""


def predicate(text: str, *, case_sensitive: bool = True) -> Predicate:
    """Return what a filter asks of an item.

    Raises:
        FilterError: the filter is malformed, or more than the service takes.
    """
    reader = _Reader(_tokens(text), case_sensitive=case_sensitive)
    asked = reader.alternatives()
    if reader.tokens or reader.comparisons > MAX_COMPARISONS:
        raise FilterError(text)
    return asked


def _tokens(text: str) -> list[str]:
    tokens = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(text)
        tokens.append(match[1])
        position = match.end()
    return tokens


@dataclass
class _Reader:
    """Reads an expression token by token, from the weakest operator to the strongest."""

    tokens: list[str]
    case_sensitive: bool
    comparisons: int = 0

    def alternatives(self) -> Predicate:
        found = [self._conditions()]
        while self._took("or"):
            found.append(self._conditions())
        return lambda item: any(condition(item) for condition in found)

    def _conditions(self) -> Predicate:
        found = [self._condition()]
        while self._took("and"):
            found.append(self._condition())
        return lambda item: all(condition(item) for condition in found)

    def _condition(self) -> Predicate:
        if self._took("("):
            inner = self.alternatives()
            self._expect(")")
            return inner
        self.comparisons += 1
        return self._containment() if self._took("contains") else self._comparison()

    def _containment(self) -> Predicate:
        self._expect("(")
        field = self._field()
        self._expect(",")
        part = self._literal()
        self._expect(")")
        if not isinstance(part, str):
            raise FilterError(part)

        def contains(item: JsonObject) -> bool:
            return part in str(self._folded(item.get(field, "")))

        if not self.tokens or self.tokens[0] not in _OPERATORS:
            return contains
        compare, wanted = _OPERATORS[self._next()], self._literal()
        return lambda item: compare(contains(item), wanted)

    def _comparison(self) -> Predicate:
        field = self._field()
        compare = _OPERATORS.get(self._next())
        value = self._literal()
        if compare is None or (field == "type" and not self._is_price_type(value)):
            raise FilterError(field)
        return lambda item: compare(self._folded(item.get(field)), value)

    def _is_price_type(self, value: object) -> bool:
        return value in [self._folded(kind) for kind in PRICE_TYPES]

    def _field(self) -> str:
        name = self._next()
        if name not in _FIELDS:
            raise FilterError(name)
        return _FIELDS[name]

    def _literal(self) -> object:
        token = self._next()
        if token in _BOOLEANS:
            return _BOOLEANS[token]
        if token.startswith("'"):
            return self._folded(token[1:-1].replace("''", "'"))
        try:
            return float(token)
        except ValueError:
            raise FilterError(token) from None

    def _folded(self, value: object) -> object:
        if self.case_sensitive or not isinstance(value, str):
            return value
        return value.lower()

    def _took(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def _expect(self, token: str) -> None:
        if not self._took(token):
            raise FilterError(token)

    def _next(self) -> str:
        if not self.tokens:
            raise FilterError("the end")
        return self.tokens.pop(0)
