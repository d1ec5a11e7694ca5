// How long a cookie lives, as text.

const UNITS = ["year", "month", "week", "day", "hour", "minute", "second"] as const;
const FORM = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** An ISO 8601 duration as text in a language; anything else as it was given. */
export function humanise(duration: string, locales: string | readonly string[]): string {
  const found = FORM.exec(duration);
  if (!found) return duration;
  const parts = UNITS.flatMap((unit, index) => {
    const amount = Number(found[index + 1] ?? 0);
    return amount ? [new Intl.NumberFormat(locales, { style: "unit", unit, unitDisplay: "long" }).format(amount)] : [];
  });
  return parts.join(" ") || duration;
}
