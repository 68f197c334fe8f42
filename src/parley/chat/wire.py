"""What comes from a model's server: of each event only what is read, checked as it is taken in."""

from pydantic import BaseModel, ConfigDict, InstanceOf

# JSON may break an emoji in two, and pydantic takes no half of one for a `str`; as an instance of it, it does.
Text = InstanceOf[str]


class Received(BaseModel):
    """A part of an event. Of the wrong shape, it raises an error that does not repeat what was sent."""

    # Some servers write the code of an error, or an id, as a number.
    model_config = ConfigDict(hide_input_in_errors=True, coerce_numbers_to_str=True)
