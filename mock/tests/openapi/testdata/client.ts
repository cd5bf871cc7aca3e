// A client of the types that openapi-typescript makes of the document of everything: it delivers, fetches the
// document, is refused on demand, and registers a home.
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [baseUrl = "", exampleFile = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl });

async function tokenFor(api: string, org: string): Promise<string> {
  const { data, response } = await client.GET("/_sandkasse/token", {
    params: { query: { api, org } },
    parseAs: "text",
  });
  if (data === undefined) throw new Error(`no token: ${response.status}`);
  return `Bearer ${data}`;
}

const delivery = JSON.parse(readFileSync(exampleFile, "utf8")) as components["schemas"]["innrapporteringbsu_Melding"];
const authorization = await tokenFor("bsu", delivery.leveranse.oppgavegiver.organisasjonsnummer);
const params = { path: { inntektsaar: String(delivery.leveranse.inntektsaar) } };

const delivered = await client.POST("/innrapporteringbsu/v1/{inntektsaar}", {
  params: { ...params, header: { idempotencyKey: crypto.randomUUID() } },
  headers: { authorization },
  body: delivery,
});
if (delivered.data === undefined) throw new Error(`${delivered.error.kode} ${delivered.error.melding}`);
console.log("delivered", delivered.data.antallOppgaver);

const id: string = delivered.data.forsendelseId;
const fetched = await client.GET(
  "/innrapporteringbsu/v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}",
  { params: { path: { ...params.path, forsendelseId: id, dokumentId: id } }, headers: { authorization } },
);
if (typeof fetched.data !== "object" || !("leveranse" in fetched.data)) throw new Error(`${fetched.response.status}`);
console.log("document", fetched.data.leveranse.leveransetype);

const refused = await client.POST("/innrapporteringbsu/v1/{inntektsaar}", {
  params: { ...params, header: { idempotencyKey: crypto.randomUUID(), "Sandkasse-Scenario": "GLD_1015" } },
  headers: { authorization },
  body: delivery,
});
console.log("refused", refused.response.status, refused.error?.kode, refused.error?.spesifisering?.[0]?.kode);

const home: components["schemas"]["kobo_KoboboligTilKoboTO"] = {
  adresse: { gatenavn: "Prøvegata", husnummer: 12, postnummer: "0155" },
  boligtype: "ORDINAR_BOLIG",
  leverandorBoligId: "FDV-1",
  status: "KLAR_FOR_INNFLYTTING",
};
const municipality = await tokenFor("kobo", "313367002");
const header = { "x-kobo-systemid": "fdvu-1" };
const registered = await client.POST("/kobo/kobobolig", {
  params: { header },
  headers: { authorization: municipality },
  body: home,
});
if (registered.data === undefined) throw new Error(registered.error.detail);
const shown = await client.GET("/kobo/kobobolig/{koboBoligId}", {
  params: { header, path: { koboBoligId: registered.data.koboId } },
  headers: { authorization: municipality },
});
if (shown.data === undefined) throw new Error(shown.error.detail);
console.log("home", registered.response.status, shown.data.leverandorBoligId, shown.data.status);
