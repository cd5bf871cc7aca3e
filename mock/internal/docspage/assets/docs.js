// Shows the document with Swagger UI, fills in tokens, and plays the scenario that is chosen.
"use strict";

(async () => {
  const place = document.getElementById("ui");
  const scenario = document.querySelector("#scenario select");
  const answer = await fetch(place.dataset.document);
  if (!answer.ok) {
    place.textContent = await answer.text();
    return;
  }
  const spec = await answer.json();
  delete spec.info.license; // which Swagger UI links to another host

  // The scenario is chosen once for all operations: a list here, and no parameter of each.
  const words = new Map();
  const own = new Set();
  for (const [key, parameter] of Object.entries(spec.components.parameters ?? {})) {
    if (parameter.name !== "Sandkasse-Scenario") continue;
    own.add("#/components/parameters/" + key);
    for (const [name, text] of Object.entries(parameter["x-sandkasse-scenarios"] ?? {})) words.set(name, text);
  }
  for (const item of Object.values(spec.paths)) {
    for (const operation of Object.values(item)) {
      operation.parameters = (operation.parameters ?? []).filter((one) => !own.has(one.$ref));
    }
  }
  for (const [name, text] of words) {
    scenario.add(new Option(`${name}: ${text}`, name));
  }
  scenario.closest("label").hidden = words.size === 0;

  const ui = SwaggerUIBundle({
    spec,
    domNode: place,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
    requestInterceptor(request) {
      if (scenario.value) request.headers["Sandkasse-Scenario"] = scenario.value;
      return request;
    },
  });

  const form = document.getElementById("token");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector("output");
    const query = new URLSearchParams({ api: form.elements.api.value, org: form.elements.org.value, ttl: "1h" });
    const token = await fetch(`${place.dataset.token}?${query}`);
    const text = await token.text();
    if (token.ok) ui.preauthorizeApiKey("maskinporten", text);
    output.textContent = token.ok ? `filled in for ${form.elements.org.value}, valid for an hour` : text;
  });
  form?.removeAttribute("hidden"); // not before it works
})();
