"""The common base of all descriptions: frozen, compared by value, checked with sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from neurochannel.errors import NetworkError
from neurochannel.model.problems import MistakesError, Problem, merged, problems_of, short
from neurochannel.renamed import why_gone

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

MOST_PROBLEMS = 50
NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
"""How names of populations and of what is shared look."""


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed once it is made."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("descriptions are frozen; make a new one instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class _Telling(ModelMetaclass):
    """Classes that tell the new names of attributes that are gone."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            if told := why_gone(cls.__name__, name):
                raise AttributeError(told, name=name, obj=cls)
            return super().__getattr__(name)


class Description(BaseModel, metaclass=_Telling):
    """A frozen description; wrong values raise `NetworkError`, a sentence for each mistake."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, protected_namespaces=()
    )

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise _network_error(error, type(self)) from None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if told := why_gone(type(self).__name__, name):
                raise AttributeError(told, name=name, obj=self)
            return super().__getattr__(name)

    # Without this mark pydantic would call __init__ for nested models and lose their place.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Make a description from a mapping, an instance or a short form."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise _network_error(error, cls) from None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values in some fields; they are checked like any other."""
        return type(self)(**(self._given() | dict(update or {})))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self), self._given())

    def _given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}

    @classmethod
    def _expanded(cls, value: Any) -> Any:
        """Turn a short form into a mapping."""
        return value

    def _mistakes(self) -> Iterable[Problem]:
        """Find what is wrong with fields that are right one by one."""
        return ()

    @classmethod
    def _more_mistakes(cls, value: Mapping[str, Any], found: list[Problem]) -> Iterator[Problem]:
        """Find what else is wrong where some fields already have mistakes."""
        wrong = {problem.path[0] for problem in found if problem.path}
        kept = {key: part for key, part in value.items() if key not in wrong}
        if not wrong or len(kept) == len(value):
            return
        rest, further = cls._attempt(kept)
        for problem in further if rest is None else ():
            if problem.fields and wrong.isdisjoint(problem.fields):
                yield problem

    @classmethod
    def _attempt(cls, value: Any) -> tuple[Self | None, list[Problem]]:
        """Return the description, or None and its mistakes."""
        try:
            return super().model_validate(value), []
        except ValidationError as error:
            return None, problems_of(error, cls)

    @model_validator(mode="wrap")
    @classmethod
    def _complete(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if type(value) is cls:
            return handler(value)
        if isinstance(value, cls):
            raise ValueError(f"must be a {cls.__name__}, got {short(value)}; write its own keys")
        value = cls._expanded(value)
        if isinstance(value, Mapping):
            value = {key: _plain(part) for key, part in value.items()}
        try:
            made = handler(value)
        except ValidationError as error:
            found = problems_of(error, cls)
            if isinstance(value, dict):
                found += cls._more_mistakes(value, found)
            raise MistakesError(found) from None
        if found := list(made._mistakes()):
            raise MistakesError(found)
        return made

    @model_serializer(mode="wrap")
    def _dumped(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        changed = self.changed()
        return {key: value for key, value in handler(self).items() if key in changed}

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(same(getattr(self, name), getattr(other, name)) for name in _fields(self))

    def __hash__(self) -> int:
        return hash((type(self), *(_hashable(getattr(self, name)) for name in _fields(self))))

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return iter(self.changed().items())

    def changed(self) -> dict[str, Any]:
        """Return the fields whose values are not the defaults."""
        return {name: getattr(self, name) for name in _fields(self) if self._is_changed(name)}

    def _is_changed(self, name: str) -> bool:
        """Tell whether the value of a field is not the default."""
        if name not in self.model_fields_set:
            return False
        is_required, default = _defaults(type(self))[name]
        return is_required or not same(getattr(self, name), default)


@cache
def _defaults(kind: type[Description]) -> dict[str, tuple[bool, Any]]:
    """Return for each field whether it has no default, and the default."""
    return {
        name: (field.is_required(), None if field.is_required() else field.get_default())
        for name, field in kind.model_fields.items()
    }


def _remade(kind: type[Description], given: dict[str, Any]) -> Description:
    return kind(**given)


def _network_error(error: ValidationError, model: type[Description]) -> NetworkError:
    found = problems_of(error, model)
    problems = merged(found) if len(found) > MOST_PROBLEMS else [str(each) for each in found]
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems[MOST_PROBLEMS:] = [f"there are {more:,} more mistakes; fix these first"]
    return NetworkError(problems)


def _fields(description: Description) -> Iterable[str]:
    return type(description).model_fields


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def same(one: Any, other: Any) -> bool:
    """Tell whether two values of fields are equal, arrays by what is in them."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return type(one) is type(other) and np.array_equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one.items()) == list(other.items())
    return bool(one == other)


def _hashable(value: Any) -> Any:
    return (value.shape, (value + 0).tobytes()) if isinstance(value, np.ndarray) else value
