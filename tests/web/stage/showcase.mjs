/** An office at its best hour: what the pictures of the READMEs show, in one language. */
import { eventually } from "./eventually.mjs";
import { asFile } from "./pictures.mjs";
import { create } from "./tour.mjs";
import { VIEWS, draw } from "./views.mjs";

const CODE = `\`\`\`rust
/// Chinese first: one character or two are enough.
fn is_found(text: &str, query: &str) -> bool {
    fold(text).windows(query.len()).any(|part| part == fold(query))
}
\`\`\``;

const FORMULA = "$$P_{fan} = k\\,n^3 \\qquad T_j = T_{amb} + P\\,(R_{jh} + R_{sa}(n))$$";

/** What is said, by whom: 0 founded the office, 1 and 2 came in. */
export const SCENES = {
  en: {
    office: "Riverside Studio",
    channel: "launch",
    craft: "workshop",
    people: [
      { name: "Lin Mei", handle: "linmei" },
      { name: "Jonas Berg", handle: "jonas" },
      { name: "苏婉清", handle: "wanqing" },
    ],
    talk: [
      [2, "Morning! The venue sent its pictures. Which view goes on the invitation?", ["dawn", "lake", "dusk"]],
      [1, "The first, please. It is *exactly* the light we have at seven 🌅"],
      [0, "**Before Friday**\n- [x] Venue and date\n- [x] Quote approved\n- [ ] Invitations, @wanqing"],
      [2, "On it. 邀请函今天下午发出。"],
    ],
    craftTalk: [
      [1, `The search rule, in one function:\n\n${CODE}`],
      [2, `And why a slow fan is a quiet fan: power grows with the cube of its speed.\n\n${FORMULA}`],
      [0, "Half the speed, an eighth of the power. Beautiful."],
    ],
    answers: ["Booked for the 12th.", "Then I tell the printer today."],
    find: "budget",
    jump: "l",
  },
  "zh-CN": {
    office: "溪畔工作室",
    channel: "新品发布",
    craft: "技术讨论",
    people: [
      { name: "林小梅", handle: "xiaomei" },
      { name: "Jonas Berg", handle: "jonas" },
      { name: "苏婉清", handle: "wanqing" },
    ],
    talk: [
      [2, "早上好！场地发来了照片，邀请函用哪一张？", ["dawn", "lake", "dusk"]],
      [1, "The first, please. 就是我们早上七点的光线 🌅"],
      [0, "**周五之前**\n- [x] 场地和日期\n- [x] 报价已批\n- [ ] 发邀请函，@wanqing"],
      [2, "好的，今天下午发出。"],
    ],
    craftTalk: [
      [1, `搜索的规则，一个函数就够：\n\n${CODE}`],
      [2, `风扇慢一点为什么安静得多：功率随转速的三次方增长。\n\n${FORMULA}`],
      [0, "转速减半，功率只剩八分之一。漂亮。"],
    ],
    answers: ["12 号已经订好了。", "那我今天就通知印刷厂。"],
    find: "预算",
    jump: "s",
  },
};

/** Sends a message with pictures, through the composer. */
async function say(person, text, files) {
  const form = person.main.locator("form.composer");
  if (files.length > 0) {
    await form.locator("input[type=file]").setInputFiles(files);
    await eventually(async () => {
      if ((await form.getByRole("listitem").count()) < files.length) throw new Error("not attached yet");
    });
  }
  await person.composer.fill(text);
  await form.getByRole("button", { name: person.t("action.send"), exact: true }).click();
  // Markdown is shown as what it means; the first word is enough to know it again.
  await person.main.getByRole("article").last().filter({ hasText: text.match(/\p{L}+/u)[0] }).waitFor();
}

async function tell(cast, channel, talk) {
  const views = {};
  for (const [name, view] of Object.entries(VIEWS)) views[name] = await draw(cast[0].page, view);
  for (const [who, text, pictures = []] of talk) {
    const person = cast[who];
    await person.openChannel(channel);
    await say(person, text, pictures.map((name) => asFile(`${name}.jpg`, "image/jpeg", views[name])));
  }
}

/**
 * Fills an office: three people, some made-up ones, and what they say.
 *
 * @returns {Promise<import("./person.mjs").Person[]>} those who are there, the owner first
 */
export async function stageShowcase(stage, tongue, size) {
  const scene = SCENES[tongue];
  const [first, ...others] = scene.people;
  const owner = await stage.found({ ...first, office: scene.office, tongue, size });
  await stage.server.operate("sample", "--messages", "400");
  await owner.page.reload();
  await owner.nav.waitFor();
  const cast = [owner];
  for (const other of others) cast.push(await stage.join(owner.invitation, { ...other, tongue, size }));
  for (const channel of [scene.craft, scene.channel]) {
    await create(owner, channel);
    for (const person of cast.slice(1)) await enter(person, new URL(owner.page.url()).pathname);
  }
  await tell(cast, scene.craft, scene.craftTalk);
  await tell(cast, scene.channel, scene.talk);
  const [, jonas, wanqing] = cast;
  await answer(jonas, scene);
  await wanqing.act(wanqing.message("🌅").first(), "reaction.with", { emoji: "❤️" });
  await owner.act(owner.message("🌅").first(), "reaction.with", { emoji: "❤️" });
  return cast;
}

/** Comes into a channel that is open to everybody. */
async function enter(person, path) {
  await person.page.goto(person.server.origin + path);
  await person.button("channel.join").click();
  await person.composer.waitFor();
}

/** Two answers in the thread of the first message. */
async function answer(person, { talk, answers }) {
  await person.openThread(talk[0][1]);
  for (const text of answers) {
    await person.write(text, person.thread.getByRole("textbox"));
    await person.reads(text, person.thread);
  }
}
