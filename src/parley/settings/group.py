"""The base of the groups of settings: reads their values and reports the wrong ones."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError

from .values import Environment, passwords_in

# The type of an error whose message is the line for the operator.
_PROBLEM = "settings"


class SettingsError(Exception):
    """One or more settings are wrong. `problems` has a line for each, without secrets."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class SettingsGroup(BaseModel):
    """Settings that belong together. The name of a field in upper case is that of its environment variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def load(cls, environment: Environment) -> Self:
        """Read the settings of this group from `environment` and ignore all others.

        Raises:
            SettingsError: a value is wrong, or the values contradict each other.
        """
        given = {name.lower(): value for name, value in environment.items() if value}
        try:
            return cls.model_validate(given, context=environment)
        except ValidationError as error:
            raise SettingsError([cls._explain(details, given) for details in error.errors()]) from None

    @classmethod
    def expected(cls, name: str) -> str:
        """The values that the setting takes, in words."""
        return cast(dict[str, str], cls.model_fields[name].json_schema_extra)["expected"]

    def secrets(self) -> list[str]:
        """The values that no log may show."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        secrets = [value.get_secret_value() for value in values.values() if isinstance(value, SecretStr)]
        return secrets + [text for name, url in values.items() if _is_url(name) and url for text in passwords_in(url)]

    def missing(self, name: str, reason: str) -> PydanticCustomError:
        """The error that another setting needs this one."""
        return problem(f"{name.upper()} is missing: expected {self.expected(name)}, since {reason} is set")

    @classmethod
    def _explain(cls, details: Mapping[str, Any], given: Mapping[str, str]) -> str:
        """The line for an error of pydantic. It never shows a URL, which may contain a secret."""
        if details["type"] == _PROBLEM:
            return str(details["msg"])
        name = str(details["loc"][0])
        value = "malformed" if _is_url(name) else repr(given[name])
        return f"{name.upper()} is {value}: expected {cls.expected(name)}"


def setting(default: Any, description: str, *, expected: str, **constraints: Any) -> Any:
    """A field with its description and, in words, the values that it takes."""
    return Field(default, description=description, json_schema_extra={"expected": expected}, **constraints)


def number(default: float | None, description: str, kind: str, limits: tuple[float, float]) -> Any:
    """A field for a number between `limits`, both included; `kind` names its unit."""
    low, high = limits
    return setting(default, description, expected=f"{kind} from {low} to {high}", ge=low, le=high)


def seconds(default: float, description: str) -> Any:
    """A field for a time of at most an hour."""
    expected = "a number of seconds, more than 0, at most 3600"
    return setting(default, description, expected=expected, gt=0, le=3600)


def problem(line: str) -> PydanticCustomError:
    """The error of a validator that has its own line for the operator."""
    return PydanticCustomError(_PROBLEM, "{line}", {"line": line})


@contextmanager
def explained(name: str) -> Generator[None]:
    """Turn a `ValueError` into a problem of the setting `name`."""
    try:
        yield
    except ValueError as error:
        raise problem(f"{name} {error}") from None


def _is_url(name: str) -> bool:
    return name.endswith(("_url", "_endpoint"))
