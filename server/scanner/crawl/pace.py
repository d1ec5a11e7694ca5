"""How often pages of a website are asked for."""

import asyncio


class Pace:
    """Lets one request for a page begin after the other, with a pause between them."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._next = 0.0
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until a page may be asked for."""
        async with self._turn:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._next - loop.time()))
            self._next = loop.time() + self.pause
