"""Names of known analytics and advertising cookies, which must not be declared as necessary."""

from fnmatch import fnmatchcase

_KNOWN = """
Google Analytics: _ga _ga_* _gid _gat _gat_* _dc_gtm_* __utma __utmb __utmc __utmt __utmv __utmz
Google advertising: _gcl_* _gac_* __gads __gpi __gpi_optout IDE DSID test_cookie NID 1P_JAR ANID ar_debug
YouTube: VISITOR_INFO* VISITOR_PRIVACY_METADATA YSC
Meta: _fbp _fbc fr tr datr lastExternalReferrer lastExternalReferrerTime
Microsoft: MUID MUIDB _uetsid* _uetvid* _clck _clsk CLID ANONCHK
Hotjar: _hj* hjActiveViewportIds hjViewportId
TikTok: _ttp _tt_* ttclid tt_appInfo tt_sessionId tt_pixel_session_index
Snap: _scid _scid_r sc_at _ScCbts _sctr
LinkedIn: li_sugr bcookie bscookie lidc UserMatchHistory AnalyticsSyncHistory li_fat_id ln_or
X: muc_ads personalization_id guest_id_ads guest_id_marketing _twclid
Pinterest: _pin_unauth _pinterest_ct_ua _pinterest_ct_rt _derived_epik
HubSpot: hubspotutk __hstc __hssc __hssrc
Matomo: _pk_id* _pk_ses* _pk_ref* _pk_cvar* _pk_hsr*
Adobe: s_cc s_sq s_vi s_fid AMCV_* AMCVS_* mbox demdex dpm
Mixpanel: mp_*_mixpanel
Amplitude: amplitude_id* AMP_* amp_*
Criteo: cto_bundle cto_bidid cto_tld_test
Cxense: cX_* gckp
Kantar: unispring* i00
Visual Website Optimizer: _vwo_* _vis_opt_*
Yandex: _ym_uid _ym_d _ym_isad
Segment: ajs_anonymous_id ajs_user_id
Reddit: _rdt_uuid
Vimeo: vuid
Marketo: _mkto_trk
"""

_NAMES = {
    name: owner
    for owner, names in (line.split(": ") for line in _KNOWN.strip().splitlines())
    for name in names.split()
}


def owner_of(cookie: str) -> str | None:
    """The owner of an analytics or advertising cookie by its name, or by a pattern such as `_ga_*`."""
    found = (owner for name, owner in _NAMES.items() if fnmatchcase(cookie, name))
    return _NAMES.get(cookie) or next(found, None)
