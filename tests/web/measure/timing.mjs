/** Times in Chromium: from an input to the frame that shows its effect; and a crowd to show. */

const FAMILY = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗郑梁谢宋唐";
const GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰";

/** Gives the page this many people more than the server has, in what it starts from. */
export async function bootstrapOf(page, people) {
  await page.route("**/api/v1/bootstrap", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    const [first] = body.users;
    for (let n = 0; n < people; n += 1) {
      const name = FAMILY[n % FAMILY.length] + GIVEN[(n >> 3) % GIVEN.length] + GIVEN[n % GIVEN.length];
      const id = `01990000-0000-7000-8000-${String(n).padStart(12, "0")}`;
      body.users.push({ ...first, id, handle: `person${n}`, name, role: "member" });
    }
    await route.fulfill({ response, json: body });
  });
}

/**
 * Milliseconds from an input to the paint of its effect, by the page's own clock: from the event's
 * time stamp until the frame that shows the effect was handed over. The effect is looked for at the
 * beginning of every frame, so a figure has up to one frame too much and never too little.
 *
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<unknown>} act a key press or a click
 * @param {{ id: string, word: string } | null} conversation what the click shows; a key's effect is
 *   in the next frame
 */
export async function timed(page, act, conversation = null) {
  await page.evaluate((wanted) => {
    const isShown = () =>
      wanted === null ||
      (location.pathname.startsWith(`/c/${wanted.id}`) &&
        document.querySelector("main [role=log][aria-busy=false]")?.textContent.includes(wanted.word));
    window.measured = new Promise((done) => {
      const begin = (event) => {
        for (const name of ["keydown", "click"]) removeEventListener(name, begin, true);
        const look = () => {
          if (!isShown()) return requestAnimationFrame(look);
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(performance.now() - event.timeStamp);
          return channel.port2.postMessage(0);
        };
        requestAnimationFrame(look);
      };
      for (const name of ["keydown", "click"]) addEventListener(name, begin, true);
    });
  }, conversation);
  await act();
  return page.evaluate(() => window.measured);
}

export function percentile(all, percent) {
  const sorted = [...all].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1);
  return Math.round((sorted[Math.max(0, at)] ?? 0) * 10) / 10;
}
