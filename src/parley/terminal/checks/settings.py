"""Are the settings valid?"""

from collections.abc import Iterator

from dotenv import find_dotenv

from ...settings import Environment, Settings, SettingsError, find_misspelt, find_unparsed
from .finding import Finding, broken, doubtful, good


async def check_settings(environment: Environment) -> list[Finding]:
    """A line for each problem. That nobody may talk to the bot yet is told by the check of the credentials."""
    file = find_dotenv(usecwd=True)
    problems = list(_problems(environment))
    try:
        unset = [doubtful(line) for line in find_unparsed(file) + find_misspelt(file, environment)]
    except SettingsError as error:  # the file cannot be read
        problems, unset = error.problems + problems, []
    if problems:
        return [*(broken(problem) for problem in problems), *unset]
    valid = f"all are valid, those of {file} among them" if file else "all are valid; there is no .env file"
    return [good(valid), *unset]


def _problems(environment: Environment) -> Iterator[str]:
    for group in Settings.groups():
        try:
            group.load(environment)
        except SettingsError as error:
            yield from error.problems
