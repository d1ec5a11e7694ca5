___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Samtykke consent",
  "categories": ["TAG_MANAGEMENT", "UTILITY"],
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "Sets Google's default consent before any tag fires, and signals what the visitor decided in the Samtykke banner of the page.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "LABEL",
    "name": "setup",
    "displayName": "Fire this tag on Consent Initialization, and on the custom event samtykke_consent where the banner's script may load after Tag Manager. Consent Mode must be off in the banner's own settings: this tag takes its place."
  },
  {
    "type": "GROUP",
    "name": "mapping",
    "displayName": "Which category of the banner stands for which type of consent",
    "groupStyle": "ZIPPY_OPEN",
    "subParams": [
      {
        "type": "TEXT",
        "name": "ad_storage",
        "displayName": "ad_storage",
        "simpleValueType": true,
        "defaultValue": "advertising",
        "help": "Key of a category. Empty: always denied."
      },
      {
        "type": "TEXT",
        "name": "ad_user_data",
        "displayName": "ad_user_data",
        "simpleValueType": true,
        "defaultValue": "advertising",
        "help": "Key of a category. Empty: always denied."
      },
      {
        "type": "TEXT",
        "name": "ad_personalization",
        "displayName": "ad_personalization",
        "simpleValueType": true,
        "defaultValue": "advertising",
        "help": "Key of a category. Empty: always denied."
      },
      {
        "type": "TEXT",
        "name": "analytics_storage",
        "displayName": "analytics_storage",
        "simpleValueType": true,
        "defaultValue": "statistics",
        "help": "Key of a category. Empty: always denied."
      },
      {
        "type": "TEXT",
        "name": "functionality_storage",
        "displayName": "functionality_storage",
        "simpleValueType": true,
        "defaultValue": "functional",
        "help": "Key of a category. Empty: always denied."
      },
      {
        "type": "TEXT",
        "name": "personalization_storage",
        "displayName": "personalization_storage",
        "simpleValueType": true,
        "defaultValue": "functional",
        "help": "Key of a category. Empty: always denied."
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "wait_for_update",
    "displayName": "Milliseconds that tags wait for the stored decision",
    "simpleValueType": true,
    "defaultValue": "500",
    "valueValidators": [{"type": "REGEX", "args": ["^[1-9][0-9]{2,3}$"], "errorMessage": "From 100 to 9999."}]
  },
  {
    "type": "TEXT",
    "name": "region",
    "displayName": "Regions in which the default holds",
    "simpleValueType": true,
    "defaultValue": "",
    "valueHint": "NO, SE, DK",
    "help": "ISO 3166-2 codes with commas between. Empty: everywhere."
  },
  {
    "type": "CHECKBOX",
    "name": "ads_data_redaction",
    "checkboxText": "Redact advertising data while ad_storage is denied",
    "simpleValueType": true,
    "defaultValue": true
  },
  {
    "type": "CHECKBOX",
    "name": "url_passthrough",
    "checkboxText": "Pass click information on in addresses",
    "simpleValueType": true,
    "defaultValue": false
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const callInWindow = require('callInWindow');
const copyFromDataLayer = require('copyFromDataLayer');
const copyFromWindow = require('copyFromWindow');
const gtagSet = require('gtagSet');
const makeNumber = require('makeNumber');
const setDefaultConsentState = require('setDefaultConsentState');
const updateConsentState = require('updateConsentState');

const TYPES = ['ad_storage', 'ad_user_data', 'ad_personalization', 'analytics_storage',
  'functionality_storage', 'personalization_storage'];

// What Google gets when the categories are decided as in `granted`.
const stateOf = (granted) => {
  const state = {security_storage: 'granted'};
  TYPES.forEach((type) => {
    state[type] = granted[data[type]] === true ? 'granted' : 'denied';
  });
  return state;
};

// What the banner of this page knows; nothing while its script has not come.
const known = () => copyFromWindow('samtykke.consent') || {};
const update = () => updateConsentState(stateOf(known()));

if (copyFromDataLayer('event') === 'samtykke_consent') {
  updateConsentState(stateOf(copyFromDataLayer('samtykke') || {}));
} else {
  const initial = stateOf({});
  const regions = (data.region || '').split(',').map((code) => code.trim()).filter((code) => code.length > 0);
  if (regions.length > 0) initial.region = regions;
  initial.wait_for_update = makeNumber(data.wait_for_update) || 500;
  setDefaultConsentState(initial);
  gtagSet('ads_data_redaction', data.ads_data_redaction === true);
  gtagSet('url_passthrough', data.url_passthrough === true);
  if (known().decided) update();
  callInWindow('samtykke.on', 'change', update);
}
data.gtmOnSuccess();


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "access_consent", "versionId": "1"},
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "ad_storage"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "ad_user_data"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "ad_personalization"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "analytics_storage"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "functionality_storage"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "personalization_storage"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "consentType"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"}
                ],
                "mapValue": [
                  {"type": 1, "string": "security_storage"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": true}
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "access_globals", "versionId": "1"},
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "key"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"},
                  {"type": 1, "string": "execute"}
                ],
                "mapValue": [
                  {"type": 1, "string": "samtykke.consent"},
                  {"type": 8, "boolean": true},
                  {"type": 8, "boolean": false},
                  {"type": 8, "boolean": false}
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {"type": 1, "string": "key"},
                  {"type": 1, "string": "read"},
                  {"type": 1, "string": "write"},
                  {"type": 1, "string": "execute"}
                ],
                "mapValue": [
                  {"type": 1, "string": "samtykke.on"},
                  {"type": 8, "boolean": false},
                  {"type": 8, "boolean": false},
                  {"type": 8, "boolean": true}
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "read_data_layer", "versionId": "1"},
      "param": [
        {"key": "allowedKeys", "value": {"type": 1, "string": "specific"}},
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 1, "string": "event"},
              {"type": 1, "string": "samtykke"},
              {"type": 1, "string": "samtykke.*"}
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "write_data_layer", "versionId": "1"},
      "param": [
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [{"type": 1, "string": "ads_data_redaction"}, {"type": 1, "string": "url_passthrough"}]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: Everything is denied before anything else happens
  code: |-
    runCode(mockData);
    assertThat(calls[0][0]).isEqualTo('default');
    assertThat(calls[0][1].ad_storage).isEqualTo('denied');
    assertThat(calls[0][1].ad_user_data).isEqualTo('denied');
    assertThat(calls[0][1].ad_personalization).isEqualTo('denied');
    assertThat(calls[0][1].analytics_storage).isEqualTo('denied');
    assertThat(calls[0][1].functionality_storage).isEqualTo('denied');
    assertThat(calls[0][1].personalization_storage).isEqualTo('denied');
    assertThat(calls[0][1].security_storage).isEqualTo('granted');
    assertThat(calls[0][1].wait_for_update).isEqualTo(500);
    assertThat(calls[0][1].region).isUndefined();
    assertThat(calls.length).isEqualTo(1);
    assertApi('gtmOnSuccess').wasCalled();
- name: A default can be limited to regions
  code: |-
    mockData.region = 'NO, SE ,';
    runCode(mockData);
    assertThat(calls[0][1].region).isEqualTo(['NO', 'SE']);
- name: A stored decision follows the default at once
  code: |-
    consent = {decided: true, statistics: true, advertising: false, functional: false};
    runCode(mockData);
    assertThat(calls.length).isEqualTo(2);
    assertThat(calls[1][0]).isEqualTo('update');
    assertThat(calls[1][1].analytics_storage).isEqualTo('granted');
    assertThat(calls[1][1].ad_storage).isEqualTo('denied');
    assertThat(calls[1][1].security_storage).isEqualTo('granted');
- name: A decision on the page is signalled when it is made
  code: |-
    runCode(mockData);
    consent = {decided: true, statistics: false, advertising: true, functional: false};
    listener();
    assertThat(calls.length).isEqualTo(2);
    assertThat(calls[1][1].ad_storage).isEqualTo('granted');
    assertThat(calls[1][1].ad_user_data).isEqualTo('granted');
    assertThat(calls[1][1].analytics_storage).isEqualTo('denied');
    consent = {decided: false, statistics: false, advertising: false, functional: false};
    listener();
    assertThat(calls[2][1].ad_storage).isEqualTo('denied');
- name: The banner's event in the data layer updates, and sets no second default
  code: |-
    layer = {event: 'samtykke_consent', samtykke: {statistics: true, advertising: false}};
    runCode(mockData);
    assertThat(calls.length).isEqualTo(1);
    assertThat(calls[0][0]).isEqualTo('update');
    assertThat(calls[0][1].analytics_storage).isEqualTo('granted');
    assertThat(calls[0][1].personalization_storage).isEqualTo('denied');
- name: A type that stands for no category is always denied
  code: |-
    mockData.ad_personalization = '';
    consent = {decided: true, advertising: true};
    runCode(mockData);
    assertThat(calls[1][1].ad_storage).isEqualTo('granted');
    assertThat(calls[1][1].ad_personalization).isEqualTo('denied');
- name: Google gets how to treat what is denied
  code: |-
    runCode(mockData);
    assertApi('gtagSet').wasCalledWith('ads_data_redaction', true);
    assertApi('gtagSet').wasCalledWith('url_passthrough', false);
setup: |-
  const calls = [];
  let layer = {event: 'gtm.init_consent'};
  let consent;
  let listener;
  const mockData = {
    ad_storage: 'advertising',
    ad_user_data: 'advertising',
    ad_personalization: 'advertising',
    analytics_storage: 'statistics',
    functionality_storage: 'functional',
    personalization_storage: 'functional',
    wait_for_update: '500',
    region: '',
    ads_data_redaction: true,
    url_passthrough: false
  };
  mock('setDefaultConsentState', (state) => { calls.push(['default', state]); });
  mock('updateConsentState', (state) => { calls.push(['update', state]); });
  mock('copyFromDataLayer', (key) => layer[key]);
  mock('copyFromWindow', () => consent);
  mock('callInWindow', (name, event, callback) => { listener = callback; });


___NOTES___

Sets the default on Consent Initialization and updates it from window.samtykke, or from the data layer's event
samtykke_consent. How to set it up: docs/adapters.md of the project.
