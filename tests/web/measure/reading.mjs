/**
 * What reading costs in Chromium with 500 channels and 10,000 people. Prints one line of JSON. Nothing
 * is asserted: figures depend on the machine and are published with it.
 *
 * - `key_ms`: from a key press in the switcher and in the composer to the paint that shows it
 * - `cached_ms`, `cold_ms`: from a click on a conversation to the paint of its messages
 * - `heap_mb`: what the page keeps after a day's traffic, after a collection
 *
 * `make measure`; `HEARTH_MEASURE_PEOPLE` and `HEARTH_MEASURE_CHANNELS` make it smaller.
 */
import { writeMany } from "../stage/history.mjs";
import { Stage } from "../stage/stage.mjs";
import { bootstrapOf, percentile, timed } from "./timing.mjs";

const PEOPLE = Number(process.env["HEARTH_MEASURE_PEOPLE"] ?? 10_000);
const CHANNELS = Number(process.env["HEARTH_MEASURE_CHANNELS"] ?? 500);
const ROUNDS = 12;
const MESSAGES = 120;
/** Eight hours at a message every two seconds. */
const TRAFFIC = Number(process.env["HEARTH_MEASURE_TRAFFIC"] ?? 14_400);

/** Opens conversations by turns and says how long each took to show its messages. */
async function switches(person, ids, word) {
  const took = [];
  for (const id of ids) {
    const click = () => person.page.locator(`nav a[href="/c/${id}"]`).dispatchEvent("click", { button: 0 });
    took.push(await timed(person.page, click, { id, word }));
  }
  return took;
}

/** Types letter by letter and says how long each took to be painted. */
async function keys(person, text) {
  const took = [];
  for (const letter of text) {
    took.push(await timed(person.page, () => person.page.keyboard.press(letter)));
  }
  return took;
}

const stage = await Stage.set();
try {
  const ada = await stage.found();
  const api = (method, path, body) =>
    ada.page.evaluate(
      async ([method, path, body]) => {
        const init = { method, headers: { "content-type": "application/json" } };
        const response = await fetch(`/api/v1${path}`, { ...init, body: JSON.stringify(body) });
        if (!response.ok) throw new Error(`${path}: ${response.status}`);
        return response.json();
      },
      [method, path, body],
    );
  const ids = [];
  for (let n = 0; n < CHANNELS; n += 1) {
    const { events } = await api("POST", "/channels", { kind: "public", name: `项目 project ${n}` });
    ids.push(events.find(({ event }) => event.kind === "channel.created").event.channel.id);
  }
  const shown = ids.slice(0, ROUNDS);
  for (const channel of shown) await writeMany(ada, { channel, count: MESSAGES });
  // Ten thousand accounts would take ten thousand password hashes: the page is given their records.
  await bootstrapOf(ada.page, PEOPLE);
  await ada.page.goto(`${stage.server.origin}/c/${ids[ROUNDS]}`);
  await ada.composer.waitFor();

  const cold = await switches(ada, shown, `line ${MESSAGES - 1}`);
  const cached = await switches(ada, [...shown].reverse().slice(1), `line ${MESSAGES - 1}`);
  await ada.composer.focus();
  const composer = await keys(ada, "thequickbrownfox");
  await ada.composer.fill("");
  await ada.page.keyboard.press("Control+k");
  await ada.page.getByRole("combobox").waitFor();
  await ada.page.waitForTimeout(2_000);
  const switcher = await keys(ada, "projectzhangsan");
  await ada.page.keyboard.press("Escape");

  const bo = await stage.join(ada.invitation);
  const id = await idOf(bo);
  for (const channel of shown) await api("PUT", `/channels/${channel}/members/${id}`, { role: "member" });
  for (let sent = 0; sent < TRAFFIC; sent += MESSAGES) {
    await writeMany(bo, { channel: shown[(sent / MESSAGES) % ROUNDS], count: MESSAGES });
  }
  const session = await ada.page.context().newCDPSession(ada.page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const figure = (all) => ({ p50: percentile(all, 50), max: percentile(all, 100) });
  process.stdout.write(`${JSON.stringify({
    channels: CHANNELS,
    people: PEOPLE,
    key_composer_ms: figure(composer),
    key_switcher_ms: figure(switcher),
    switch_cached_ms: figure(cached),
    switch_cold_ms: figure(cold),
    heap_mb: Math.round(usedSize / 1e5) / 10,
    heap_after_messages: TRAFFIC,
  })}\n`);
} finally {
  await stage.close();
}

async function idOf(person) {
  return person.page.evaluate(async () => (await (await fetch("/api/v1/bootstrap")).json()).me);
}
