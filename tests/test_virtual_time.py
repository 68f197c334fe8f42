"""The virtual time of the tests."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Timer

from doubles.clock import VirtualTimeLoop


async def test_time_jumps_to_the_next_timer():
    await asyncio.sleep(3600)

    assert asyncio.get_running_loop().time() == 3600


async def test_time_stands_still_while_abandoned_work_goes_on():
    loop = asyncio.get_running_loop()
    begun = Event()
    ended_at: list[float] = []

    def work() -> None:
        begun.set()
        Event().wait(0.05)  # real seconds, longer than the loop waits for the kernel
        ended_at.append(loop.time())

    task = asyncio.create_task(asyncio.to_thread(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(1)

    assert ended_at == [0]


async def test_time_goes_on_after_waiting_work_is_cancelled():
    loop = asyncio.get_running_loop()
    may_end = Event()
    with ThreadPoolExecutor(1) as threads:
        working = loop.run_in_executor(threads, may_end.wait)
        loop.run_in_executor(threads, may_end.wait).cancel()
        may_end.set()
        await working

    await asyncio.sleep(1)

    assert loop.time() == 1


def test_the_end_of_the_loop_waits_for_its_threads():
    may_end = Event()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:

        async def leave_work_behind() -> None:
            asyncio.get_running_loop().run_in_executor(None, may_end.wait)

        runner.run(leave_work_behind())
        Timer(0.05, may_end.set).start()  # real seconds, after which the thread ends

    assert may_end.is_set()
