"""A file of SQLite is for one process."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from filelock import FileLock, Timeout

from .engine import PRIVATE, file_of, is_sqlite
from .schema import UnusableDatabaseError


@contextmanager
def exclusive_lock(url: str) -> Generator[None]:
    """Hold the database for this process, if it is a file, until the block or the process ends: another one would take
    the turns that are being taken here.

    Raises:
        UnusableDatabaseError: another process holds it, or there is no folder for it.
    """
    with ExitStack() as stack:
        if is_sqlite(url):
            path = file_of(url)
            try:
                stack.enter_context(FileLock(f"{path}.lock", mode=PRIVATE, blocking=False))
            except Timeout:
                problem = f"another bot uses {path}; stop that one, or change DATABASE_URL"
                raise UnusableDatabaseError(problem) from None
            except (OSError, NotImplementedError):
                pass  # whoever opens the file tells what is wrong there, if anything is
        yield
