"""The job that reminds staff of agreements that end."""

from datetime import datetime
from functools import partial

from server.core import clock
from server.core.db import transaction
from server.core.jobs import each
from server.core.local_days import day_of
from server.notices.service import agreements, register
from server.sites import service as sites
from server.sites.values import Site


def remind(now: datetime | None = None) -> int:
    """Inform staff of agreements that end soon or have ended; returns of how many.

    Those with parties that neither the published version nor the draft names are left out.
    """
    return each(sites.each_site(), partial(_remind, now or clock.now()), fault="agreement_reminder_failed")


def _remind(now: datetime, site: Site) -> int:
    ending = list(agreements.with_an_end(site.id))
    if not ending:
        return 0
    today, sent = day_of(now, sites.time_zone(site.id)), 0
    named = register.named_anywhere(site.id, now=now)
    for one in ending:
        if one.party_id in named:
            with transaction():
                sent += register.remind(site, one, today=today, now=now)
    return sent
