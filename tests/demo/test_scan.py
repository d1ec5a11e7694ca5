"""The demo as a scan sees it: it does what it declares, and nothing before it is allowed."""

from urllib.request import urlopen

import pytest

from server.core import clock
from server.scanner import declared, known_lists
from server.scanner.crawl import running
from server.scanner.crawl.job import Job
from server.scanner.findings import rules

PAGES = ("/demo/pledd", "/demo/inspirasjon", "/demo/kundeservice", "/demo/personvern", "/demo/?lang=nn")


@pytest.mark.scanner
def test_what_a_scan_sees_of_the_demo_is_what_its_declaration_says(live: str) -> None:
    listed = tuple(live + each for each in PAGES)
    job = Job(f"{live}/demo/", listed=listed, follow=False, allow_private=True, wait=3, first_wait=3)
    crawl = running.crawl(job, now=clock.now)
    with urlopen(f"{live}/s/demo/cookies.json") as answer:
        said = declared.of_published(answer.read())

    findings = rules.find(crawl, said, known_lists.classifier(said))

    assert crawl.whole
    accepted = [visit for page in crawl.pages for visit in page.visits if visit.choice == "accept_all"]
    # The test can see them: all four services ran, and stored what they store.
    seen = {stored.name for visit in accepted for stored in visit.stored}
    assert seen >= {"samtykke", "_maaling", "plakat_id", "lerretet_id", "lerretet_posisjon", "praten"}
    assert [(each.kind, each.subject, dict(each.facts)) for each in findings if each.weight != "note"] == []
