"""Names that many websites give to what they store for themselves: they measure and advertise nothing. Pure.

Any other service that uses one of them stores it on hosts of its own, by which it is recognised before.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Ordinary:
    """A name, and what it is commonly for."""

    pattern: str
    """`*` stands for any characters."""
    meaning: str


CONSENT = "an answer to a consent banner"
"""The meaning of names under which websites remember what was answered."""

MANY = "many things"
"""The meaning of names that do not say what for."""

_NAMES: dict[str, str] = {
    "a session": (
        "_session session session_id sessionid sessid sid sess connect.sid express.sid express:sess "
        "express:sess.sig phpsessid jsessionid* jsessionidsso asp.net_sessionid aspsessionid* cfid cftoken "
        "ci_session laravel_session symfony rack.session _*_session user_session sess* ssess* sails.sid "
        "koa.sess koa.sess.sig koa:sess koa:sess.sig beaker.session.id plack_session frontend fe_typo_user "
        "play_session flask_session"
    ),
    "who is logged in": (
        "auth auth_token access_token refresh_token id_token jwt token remember_me remember_token "
        "rememberme remember_web_* remember_user_token logged_in user user_id userid uid username account "
        ".aspxauth .aspnetcore.cookies* .aspnetcore.identity.* .aspnet.applicationcookie sb-*-auth-token*"
    ),
    "protection against forged requests": (
        "csrf csrftoken csrf_token csrf-token _csrf _csrf_token xsrf-token x-csrf-token xsrf_token "
        "__requestverificationtoken* .aspnetcore.antiforgery.* csrf_cookie_name __host-csrf* "
        "__secure-csrf* anti_csrf authenticity_token"
    ),
    "a shopping basket": (
        "cart cart_id cartid cart_token cart-id basket basket_id basketid shopping_cart shoppingcart "
        "checkout checkout_id order_id wishlist wishlist_id recently_viewed recent_products"
    ),
    "the language, the country or the currency": (
        "lang language locale locale_id i18n i18next i18nextlng i18n_redirected django_language next_locale "
        "pll_language wp-wpml_current_language _icl_current_language user_lang userlang site_lang culture "
        ".aspnetcore.culture country country_code region currency currency_code timezone time_zone tz"
    ),
    "how the website is shown": (
        "theme color-theme color-mode color_scheme colorscheme colormode dark_mode darkmode dark-mode "
        "prefers-color-scheme chakra-ui-color-mode vueuse-color-scheme mantine-color-scheme-value "
        "font_size fontsize font-size contrast view view_mode layout sidebar sidebar_state sort "
        "sort_order filter filters page_size per_page preferences settings user_preferences ui_state "
        "scroll_position scrollposition"
    ),
    "what a visitor has seen already": (
        "flash flash_message messages notice notice_dismissed dismissed banner_closed popup_closed "
        "popup_shown modal_closed newsletter_dismissed age_verified age_gate cookies_enabled cookietest "
        "cookie_test testcookie test_cookie_support return_to return_url redirect_to redirect_url referer "
        "last_page previous_page"
    ),
    CONSENT: (
        "consent cookie_consent cookieconsent cookie-consent cookies_accepted cookie_accepted "
        "cookies-accepted acceptcookies accept_cookies cookie_notice_accepted cookie_policy "
        "cookie_preferences cookie-preferences gdpr gdpr_consent euconsent-v2 samtykke samtykke:*"
    ),
    MANY: "id uuid guid visitor visitor_id player key data state version test",
}

MEANINGS: dict[str, str] = {
    pattern: meaning for meaning, patterns in _NAMES.items() for pattern in patterns.split()
}
"""Pattern, in lower case → what it is commonly for."""

_PATTERNS = [
    (re.compile(".*".join(map(re.escape, pattern.split("*")))), Ordinary(pattern, meaning))
    for pattern, meaning in MEANINGS.items()
    if "*" in pattern
]


def find(name: str) -> Ordinary | None:
    """What a name of something that a website stores for itself is commonly for; None: it is no such name."""
    folded = name.casefold()
    if folded in MEANINGS:
        return Ordinary(folded, MEANINGS[folded])
    return next((each for pattern, each in _PATTERNS if pattern.fullmatch(folded)), None)
