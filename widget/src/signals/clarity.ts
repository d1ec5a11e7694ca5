// Microsoft Clarity: https://learn.microsoft.com/clarity/setup-and-installation/clarity-consent-api-v2
import { page, type Queues, type State, type Tool } from "./tool.ts";

export const clarity: Tool = (denied, known) => {
  const stub = function () {
    // As Clarity's own snippet does it.
    (stub.q ??= []).push(arguments);
  } as NonNullable<Queues["clarity"]>;
  const push = ({ ad_storage, analytics_storage }: State) =>
    (page.clarity ??= stub)("consentv2", { ad_Storage: ad_storage, analytics_Storage: analytics_storage });
  push(known ?? denied);
  return push;
};
