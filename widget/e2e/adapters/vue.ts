// A small application in Vue, for the test of its adapter.
import { createApp, createSSRApp, defineComponent, h } from "vue";
import { useConsent } from "../../adapters/vue/consent.ts";

export const App = defineComponent(() => {
  const { consent, allowed } = useConsent();
  const statistics = allowed("statistics");
  return () =>
    h("main", [
      h("p", { id: "state" }, `${consent.value.decided} ${consent.value.advertising}`),
      statistics.value ? h("p", { id: "statistics" }, "measured") : h("p", { id: "fallback" }, "not measured"),
      h("p", { id: "gate" }, String(statistics.value)),
    ]);
});

const place = typeof document === "undefined" ? null : document.getElementById("root");
if (place) {
  const app = place.firstChild ? createSSRApp(App) : createApp(App);
  app.mount(place);
  Object.assign(window, { seen: { root: app } });
}
