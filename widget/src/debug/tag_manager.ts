// Tags of Google Tag Manager that no consent holds back. Consent Mode reaches only templates that ask for it.
import type { Tag } from "./container.ts";
import type { Facts, PageContainer } from "./facts.ts";
import { count, enumerate, type Finding } from "./finding.ts";
import { hostOf, known, servicesOf, together } from "./hosts.ts";
import type { Row } from "./rows.ts";

/** Whether nothing holds a tag back. */
const free = ({ _consent: consent, _builtIn: builtIn, _triggered: triggered }: Tag): boolean =>
  !consent.length && !builtIn && !triggered;

/** The consent type that a tag should require, as far as the addresses that it names show. */
function typeFor({ _addresses: addresses }: Tag, { services, mapping }: Facts["_banner"]): string {
  const category =
    addresses.flatMap((each) => servicesOf(services, each))[0]?.category ??
    addresses.map((each) => known(hostOf(each))?.category).find(Boolean) ??
    "";
  return Object.keys(mapping).find((type) => mapping[type] === category) ?? "the type of its purpose";
}

/** A tag for a sentence: its number, its type, and whom it names beside the page's own host. */
const called = ({ _id: id, _kind: kind, _addresses: addresses }: Tag, { _host: host }: Facts): string =>
  `${id} (${[kind, ...addresses.map(hostOf).filter((each) => !together(each, host))].slice(0, 2).join(", ")})`;

function findings({ _id: id, _state: state, _waits: waits, _tags: tags }: PageContainer, facts: Facts): Finding[] {
  const { _banner: banner } = facts;
  const unchecked = tags.filter(free);
  if (state === "unread") {
    return [
      {
        _id: "container-unread " + id,
        _level: "note",
        _title: `The tags of ${id} cannot be read`,
        _why: "The page's Content-Security-Policy or another server keeps its script from this panel. The consent overview in Tag Manager lists the tags without a check.",
      },
    ];
  }
  if (!unchecked.length) return [];
  return [
    {
      _id: "container-unchecked " + id,
      _level: waits ? "note" : "fault",
      _title: `${count(unchecked.length, "tag")} of ${id} without a consent check`,
      _why: waits
        ? "They run as soon as the container may. Tags for another purpose need a check, or another container."
        : `Whatever the visitor chose, Consent Mode does not hold back tag ${enumerate(
            unchecked.map((tag) => called(tag, facts)),
            8,
          )}.${
            banner.consent_mode === "off" ? " Turn it on as well: without it, a check finds everything granted." : ""
          }`,
      _where: "In Tag Manager, Advanced Settings, Consent Settings, Require additional consent for tag to fire:",
      _to: unchecked.map((tag) => `tag ${tag._id}: ${typeFor(tag, banner)}`).join("\n"),
    },
  ];
}

export const tagManager = (facts: Facts): Finding[] =>
  facts._containers.flatMap((container) => findings(container, facts));

/** How a tag waits, and how good that is in a container that waits as a whole or does not. */
function check(
  { _consent: consent, _builtIn: builtIn, _triggered: triggered }: Tag,
  whole: boolean,
): readonly [string, Row["_kind"]] {
  if (consent.length) return ["consent check", "good"];
  if (triggered) return ["by trigger", "good"];
  if (builtIn) return ["own check", "note"];
  return ["no check", whole ? "note" : "fault"];
}

const STATES: Readonly<Record<PageContainer["_state"], string>> = {
  held: "held back",
  unread: "not readable",
  read: "",
};

/** Every container and its tags, and what each waits for. */
export const tagRows = (facts: Facts): Row[] =>
  facts._containers.flatMap(({ _id: id, _state: state, _waits: waits, _tags: tags }): Row[] => [
    {
      _id: id,
      _title: id,
      _chip: STATES[state],
      _kind: "note",
      _detail: `${count(tags.length, "tag")}${waits ? ", waiting for consent as a whole" : ""}.`,
    },
    ...tags.map((tag): Row => {
      const [chip, kind] = check(tag, waits);
      const { _consent: consent } = tag;
      return {
        _id: `${id} ${tag._id}`,
        _title: "Tag " + called(tag, facts),
        _chip: chip,
        _kind: kind,
        _detail: consent.length ? `Needs ${enumerate(consent, 7)}.` : "",
      };
    }),
  ]);
