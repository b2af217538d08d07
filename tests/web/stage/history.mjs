/** A long history, written straight through the interface by somebody who is signed in. */

/** So many are written at once, until the last few, which keep their order. */
const AT_ONCE = 16;
const ORDERED = 60;

/**
 * Writes `count` messages named "<word> <number>" into a channel and gives their ids in the order of
 * the history. The last 60 are in the order of their numbers too.
 *
 * @param {import("./person.mjs").Person} person
 * @param {{ channel: string, count: number, word?: string }} what
 * @returns {Promise<string[]>}
 */
export function writeMany(person, { channel, count, word = "line" }) {
  return person.page.evaluate(
    async ([channel, count, word, atOnce, ordered]) => {
      const nonce = () => {
        const hex = [...crypto.getRandomValues(new Uint8Array(16))]
          .map((byte) => byte.toString(16).padStart(2, "0")).join("");
        const at = Date.now().toString(16).padStart(12, "0");
        return `${at.slice(0, 8)}-${at.slice(8)}-7${hex.slice(1, 4)}-8${hex.slice(5, 8)}-${hex.slice(8, 20)}`;
      };
      const write = async (n) => {
        const response = await fetch(`/api/v1/channels/${channel}/messages`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ nonce: nonce(), text: `${word} ${n}` }),
        });
        if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
        const [{ seq, event }] = (await response.json()).events;
        return { seq, id: event.message };
      };
      const written = [];
      for (let n = 0; n < count; ) {
        const some = count - n > ordered ? Math.min(atOnce, count - ordered - n) : 1;
        const numbers = Array.from({ length: some }, (_, at) => n + at);
        written.push(...(await Promise.all(numbers.map(write))));
        n += some;
      }
      return written.sort((a, b) => a.seq - b.seq).map(({ id }) => id);
    },
    [channel, count, word, AT_ONCE, ORDERED],
  );
}

/** The conversation that is open. */
export const openChannelId = (person) => new URL(person.page.url()).pathname.split("/")[2];

/**
 * Does something to the open list and says by how many pixels what was read has moved: the first
 * message in sight, against where it stood. `until` says when it is over.
 *
 * @param {import("./person.mjs").Person} person
 * @param {{ scrollTo?: number, grow?: number, until: "older" | "grown" }} what
 * @returns {Promise<number>}
 */
export function movedBy(person, what) {
  return person.page.evaluate(async ({ scrollTo, grow, until }) => {
    const log = document.querySelector("main [role=log]");
    const frame = () => new Promise((resume) => requestAnimationFrame(() => resume()));
    const articles = () => [...log.querySelectorAll("article")];
    if (scrollTo !== undefined) log.scrollTop = scrollTo;
    const oldest = articles()[0];
    const edge = log.getBoundingClientRect().top;
    const read = articles().find((row) => row.getBoundingClientRect().bottom > edge);
    const before = read.getBoundingClientRect().top;
    if (grow !== undefined) {
      // The list learns where it is from the scroll event, which comes with the next frame.
      await frame();
      await frame();
      const above = articles()[articles().indexOf(read) - 1];
      above.style.paddingBottom = `${grow}px`;
    }
    const over = () => until === "grown" || articles()[0] !== oldest;
    for (let frames = 0; frames < 1_200 && !over(); frames += 1) await frame();
    if (!over()) throw new Error("nothing older came");
    await frame();
    await frame();
    return Math.abs(read.getBoundingClientRect().top - before);
  }, what);
}
