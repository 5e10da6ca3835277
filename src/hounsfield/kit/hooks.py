"""A room tells the rooms above it that something happened, in the same transaction, without importing them."""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Hook(Generic[P]):
    """Functions to call when something happens; the upper room connects them when the application is put together."""

    def __init__(self) -> None:
        self._functions: list[Callable[P, None]] = []

    def connect(self, function: Callable[P, None]) -> Callable[P, None]:
        """Add a function (usable as a decorator); adding it twice changes nothing."""
        if function not in self._functions:
            self._functions.append(function)
        return function

    def fire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for function in self._functions:
            function(*args, **kwargs)
