/** The main screens look as they did when somebody last looked at them. */
import { after, before, describe, test } from "node:test";

import { looksAs } from "./stage/picture.mjs";
import { PHONE, Stage } from "./stage/stage.mjs";

describe("the main screens", () => {
  /** @type {Stage} */
  let stage;
  let mei;

  before(async () => {
    stage = await Stage.set({ machine: "told" });
  });
  after(() => stage.close());

  test("the first page", async () => {
    const visitor = await stage.visit({ tongue: "en" });
    await visitor.page.goto(stage.server.setupLink);
    await visitor.heading(visitor.t("setup.title")).waitFor();
    await looksAs(visitor.page, "setup-en");
    await visitor.close();
  });

  test("a conversation", async () => {
    mei = await stage.found({
      office: "溪畔工作室",
      name: "林小梅",
      handle: "xiaomei",
      tongue: "zh-CN",
    });
    const bo = await stage.join(mei.invitation, { name: "Bo Reed", handle: "bo" });
    await bo.write("The quote for the lobby is in. **Controls** are the difference.");
    await mei.reads("The quote for the lobby");
    await mei.write("| 项目 | 十月 | 现在 |\n|---|---|---|\n| 灯具 | 86,400 | 88,000 |\n| 控制 | 31,000 | 40,500 |");
    await mei.write("- [x] 报价\n- [ ] 合同\n\n> 先确认预算，再签合同。\n\n`DALI-2` 没有问题。");
    await mei.reads("先确认预算");
    await bo.close();
    await looksAs(mei.page, "chat-zh-light");
    await mei.own("theme.dark");
    await looksAs(mei.page, "chat-zh-dark");
    await mei.own("theme.light");
  });

  test("a conversation and the list of them, on a phone", async () => {
    await mei.page.setViewportSize(PHONE);
    await mei.page.getByLabel(mei.t("action.back"), { exact: true }).waitFor();
    await looksAs(mei.page, "chat-zh-phone");
    await mei.home();
    await looksAs(mei.page, "list-zh-phone");
  });

  test("the machine, by day on a phone and by night at a desk", async () => {
    // Since when it was drilled changes with the day.
    stage.machine.say({ drill: null });
    await mei.office("machine");
    await mei.main.getByRole("slider").nth(2).waitFor();
    await looksAs(mei.page, "machine-zh-phone");
    await mei.page.setViewportSize({ width: 1280, height: 800 });
    await mei.page.goto(stage.server.origin);
    await mei.own("theme.dark");
    await mei.office("machine");
    await mei.main.getByRole("slider").nth(2).waitFor();
    await looksAs(mei.page, "machine-zh-dark");
  });
});
