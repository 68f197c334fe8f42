"""What `--help`, the README and `.env.example` say of the settings."""

from collections.abc import Iterator

from pydantic import BaseModel

from .settings import Settings, expected_of


class SettingDoc(BaseModel):
    """What the documentation says of one setting."""

    name: str
    description: str
    expected: str
    default: str


def documented() -> Iterator[SettingDoc]:
    """Every setting, in the order of the class."""
    for name, field in Settings.model_fields.items():
        default: object = field.default
        yield SettingDoc(
            name=name.upper(),
            description=field.description or "",
            expected=expected_of(name),
            default=""
            if default in (None, (), frozenset())
            else str(default).lower()
            if isinstance(default, bool)
            else str(default),
        )
