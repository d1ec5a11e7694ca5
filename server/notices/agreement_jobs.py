"""The job that reminds staff of agreements that end."""

from datetime import datetime

from server.core import clock
from server.core.db import transaction
from server.core.local_days import day_of
from server.notices.service import agreements, register
from server.sites import service as sites


def remind(now: datetime | None = None) -> int:
    """Inform staff of agreements that end soon or have ended; returns of how many.

    Those with parties that neither the published version nor the draft names are left out.
    """
    moment = now or clock.now()
    sent = 0
    for site in sites.each_site():
        ending = list(agreements.with_an_end(site.id))
        if not ending:
            continue
        today = day_of(moment, sites.time_zone(site.id))
        named = register.named_anywhere(site.id, now=moment)
        for one in ending:
            if one.party_id in named:
                with transaction():
                    sent += register.remind(site, one, today=today, now=moment)
    return sent
