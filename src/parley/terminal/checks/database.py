"""Can the database be used?"""

import asyncio

from sqlalchemy import make_url

from ...settings import DatabaseSettings, Environment
from ...storage import Condition, UnusableDatabaseError, inspect_database
from .finding import Finding, broken, explain, good


async def check_database(environment: Environment) -> list[Finding]:
    """Looks, and changes nothing."""
    settings = DatabaseSettings.load(environment)
    name = make_url(settings.database_url).render_as_string(hide_password=True).partition("?")[0]
    try:
        condition = await asyncio.to_thread(inspect_database, settings.database_url)
    except UnusableDatabaseError as error:
        # The class of the error tells an operator nothing.
        cause = f"{name} cannot be used: {explain(error, settings.secrets()).partition(': ')[2]}"
        if error.__cause__ is None:  # the line says by itself what is to be done
            return [broken(cause)]
        advice = "whether its server is running" if settings.is_shared else "whether that is a file of Parley's"
        return [broken(f"{cause}. What to do: check DATABASE_URL, and {advice}")]
    match condition:
        case Condition.CURRENT:
            return [good(f"{name} is of this version")]
        case Condition.OUTDATED if settings.is_shared:
            return [broken(f"{name} is not prepared for this version of Parley: run 'parley db upgrade'")]
        case Condition.OUTDATED:
            return [good(f"{name} is of an older version, and will be brought up to date at the next start")]
        case Condition.MISSING:
            return [good(f"{name} will be made at the first start")]
