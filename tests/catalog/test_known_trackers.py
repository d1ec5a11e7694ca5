"""Cookies that measure or advertise on very many websites. The catalog must always know these.

That a service of the category necessary is given one of the names fails here too.
"""

import pytest

from server.catalog import service

KNOWN = {
    "Google Analytics": "_ga _ga_8XYZ _ga_* _gid _gat _gat_UA-1 _dc_gtm_UA-1",
    "Google Analytics until 2023": "__utma __utmb __utmc __utmt __utmv __utmz",
    "Google advertising": "_gcl_au _gac_1 __gads __gpi IDE DSID test_cookie NID 1P_JAR ANID ar_debug",
    "YouTube": "VISITOR_INFO1_LIVE VISITOR_PRIVACY_METADATA YSC",
    "Meta": "_fbp _fbc fr tr datr lastExternalReferrer lastExternalReferrerTime",
    "Microsoft": "MUID MUIDB _uetsid _uetsid_exp _uetvid _uetvid_exp _clck _clsk CLID ANONCHK",
    "Hotjar": "_hjSession_1 _hjSessionUser_1 _hj* hjActiveViewportIds hjViewportId",
    "TikTok": "_ttp _tt_enable_cookie ttclid tt_appInfo tt_sessionId tt_pixel_session_index",
    "Snap": "_scid _scid_r sc_at _ScCbts _sctr",
    "LinkedIn": "li_sugr bcookie bscookie lidc UserMatchHistory AnalyticsSyncHistory li_fat_id ln_or",
    "X": "muc_ads personalization_id guest_id_ads guest_id_marketing _twclid",
    "Pinterest": "_pin_unauth _pinterest_ct_ua _pinterest_ct_rt _derived_epik",
    "HubSpot": "hubspotutk __hstc __hssc __hssrc",
    "Matomo": "_pk_id.1.abcd _pk_id* _pk_ses* _pk_ref* _pk_cvar* _pk_hsr*",
    "Adobe": "s_cc s_sq s_vi s_fid AMCV_1 AMCVS_1 mbox demdex dpm",
    "Mixpanel": "mp_abc_mixpanel",
    "Amplitude": "amplitude_id_1 AMP_1 amp_1",
    "Criteo": "cto_bundle cto_bidid cto_tld_test",
    "Cxense": "cX_P cX_S gckp",
    "INFOnline": "i00",
    "Visual Website Optimizer": "_vwo_uuid _vis_opt_s",
    "Yandex": "_ym_uid _ym_d _ym_isad",
    "Segment": "ajs_anonymous_id ajs_user_id",
    "Reddit": "_rdt_uuid",
    "Vimeo": "vuid",
    "Marketo": "_mkto_trk",
}


@pytest.mark.parametrize("owner", KNOWN)
def test_the_cookies_of_a_tracker_are_known_to_measure_or_to_advertise(owner: str) -> None:
    assert [name for name in KNOWN[owner].split() if service.tracker_by_storage(name) is None] == []


SESSIONS = (
    "JSESSIONID PHPSESSID ASP.NET_SessionId sessionid session sid csrftoken XSRF-TOKEN lang cart connect.sid"
)


def test_sessions_of_websites_are_not_suspected() -> None:
    assert [name for name in SESSIONS.split() if service.tracker_by_storage(name)] == []


def test_nothing_of_a_service_that_is_necessary_is_suspected() -> None:
    suspected = [
        (known.key, what)
        for known in service.services("necessary")
        for what, tracker in (
            *(
                (stored.name, service.tracker_by_storage(stored.name, stored.host))
                for stored in known.storage
                if stored.category in (None, "necessary")
            ),
            *((host, service.tracker_by_host(host)) for host in known.hosts),
        )
        if tracker
    ]

    assert suspected == []


def test_a_service_that_measures_or_advertises_is_recognised_by_something_besides_its_name() -> None:
    """By a host, or by something that it stores, if any is known."""
    unknown = [
        known.key
        for category in ("statistics", "advertising")
        for known in service.services(category)
        if (known.hosts or known.storage)
        and not any(map(service.tracker_by_host, known.hosts))
        and not any(service.tracker_by_storage(stored.name, stored.host) for stored in known.storage)
    ]

    assert unknown == []
