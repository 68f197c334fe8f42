"""The demo model: a Chat Completions endpoint inside the process, to try the bot without a key.

It is a list of rules, not a language model. It tells the user so, and uses what a real model would use: the
instructions, the history, pictures, and tools. The OpenAI client reaches it as it reaches a real one, but the request
does not leave the process.

    server.py     the endpoint
    question.py   a question, with the history and the tools that come with it
    rules.py      the rules: the answer to a question
    language.py   the language of a question, with the lines of `languages/TAG.toml`
    arithmetic.py, cities.py, pictures.py   what some of the rules need
    guide.py      a tool with sources, which only the demo model gets
"""

from .guide import setup_guide
from .rules import ToolCall, compose
from .server import BASE_URL, MODEL_NAME, DemoModel

__all__ = ["BASE_URL", "MODEL_NAME", "TOOLS", "DemoModel", "ToolCall", "compose"]

TOOLS = (setup_guide,)
"""Tools that the demo model gets beside the bot's own."""
