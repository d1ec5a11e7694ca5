// Microsoft Advertising: https://help.ads.microsoft.com/#apex/ads/en/60119/1
import { page, type State, type Tool } from "./tool.ts";

export const uet: Tool = (denied, known) => {
  const push = (command: string, { ad_storage }: State) => {
    (page.uetq ??= []).push("consent", command, { ad_storage });
  };
  push("default", denied);
  const update = (state: State) => push("update", state);
  if (known) update(known);
  return update;
};
