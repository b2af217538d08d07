import { describe, expect, it } from "vitest";

import { render } from "./markdown";
import { lookup, type Directory, type MentionLookup } from "./mentions";

const nobody = (): null => null;

function html(source: string, mention: MentionLookup = nobody): string {
  const box = document.createElement("div");
  box.append(render(source, { mention }));
  return box.innerHTML;
}

function elements(source: string): Element[] {
  return [...render(source, { mention: nobody }).querySelectorAll("*")];
}

describe("what people write", () => {
  it("is Markdown", () => {
    expect(html("**a** ~~b~~ `c`")).toContain("<strong>a</strong> <del>b</del> <code>c</code>");
    expect(html("a\nb")).toContain("<br>");
    expect(html("|a|b|\n|-|-:|\n|1|2|")).toContain('<td align="right">2</td>');
    expect(html("- [x] done")).toContain('type="checkbox"');
  });

  it("is read once and given to each who asks", () => {
    const source = "- [ ] **once** https://example.com @ada";
    const [first, second] = [render(source, { mention: nobody }), render(source, { mention: nobody })];
    const ada = (): { name: string; me: boolean } => ({ name: "Ada", me: true });
    expect(html(source, ada)).not.toBe(html(source));
    first.querySelector("strong")?.remove();
    expect(second.querySelector("strong")?.textContent).toBe("once");
    expect(html(source)).toContain("<strong>once</strong>");
  });

  it("opens links elsewhere, and the office's own in the page", () => {
    const [link] = elements("https://example.com/a").filter((each) => each.tagName === "A");
    expect(link?.getAttribute("rel")).toBe("noopener noreferrer");
    expect(link?.getAttribute("target")).toBe("_blank");
    const own = elements(`${location.origin}/c/abc/m/def`).find((each) => each.tagName === "A");
    expect(own?.getAttribute("href")).toBe("/c/abc/m/def");
    expect(own?.hasAttribute("target")).toBe(false);
  });
});

describe("what is drawn later", () => {
  it("keeps its source and is marked", () => {
    expect(html("```Rust ignore\nlet a;\n```")).toContain('<pre><code data-lang="rust">let a;\n</code></pre>');
    expect(html("$$\na^2\n$$")).toBe('<pre data-math="block"><code>a^2</code></pre>');
    expect(html("```math\na<b\n```")).toContain('<pre data-math="block"><code>a&lt;b</code></pre>');
    expect(html("so $a_1 < b$, and $$c$$")).toContain(
      'so <code data-math="inline">a_1 &lt; b</code>, and <code data-math="inline">c</code>',
    );
  });

  it("is no money", () => {
    for (const text of ["$5 and $10", "a$b$c", "价格$5到$10", "US$ 5 and $", "\\$a$", "$ a $", "`$a$`"]) {
      expect(html(text)).not.toContain("data-math");
    }
  });

  it("is large where it is a few emoji", () => {
    expect(html("👍 🎉")).toContain('class="exclamation"');
    expect(html("👍 yes")).not.toContain("class");
  });
});

describe("links", () => {
  it("end where a Chinese sentence goes on", () => {
    const address = (source: string): unknown =>
      elements(source).find((each) => each.tagName === "A")?.getAttribute("href");
    expect(address("请看https://a.example/路径，很好")).toBe(encodeURI("https://a.example/路径"));
    expect(address("（https://a.example/b）")).toBe("https://a.example/b");
    expect(address("www.a.example。www.b.example")).toBe("http://www.a.example");
    expect(address("https://a.example/b, 好")).toBe("https://a.example/b");
  });

  const id = "00000000-0000-7000-8000-000000000001";
  const named = (name: string | null): string => {
    const box = document.createElement("div");
    box.append(render(`see [#old](/c/${id})!`, { mention: nobody, channel: () => name }));
    return box.innerHTML;
  };

  it("to a channel have its name today, and are words for others", () => {
    expect(named("new")).toContain(`<a href="/c/${id}" class="channel">#new</a>`);
    expect(named(null)).toContain("see #old!");
    expect(html("[a](/c/../../evil) [b](/api/v1/office) [c](//evil.example)")).not.toContain("<a");
  });

  it("that pose as another host say where they lead", () => {
    expect(html("[https://bank.example/x](https://evil.example/)")).toContain("</a>".replace("</a>", "(evil.example)"));
    expect(html("[ba\u200Bnk.example](https://evil.example/)")).toContain("(evil.example)");
    expect(html("[银行.com](https://evil.example/)")).toContain("(evil.example)");
    expect(html("[www.bank.example](https://bank.example/)")).not.toContain("(");
    expect(html("[the bank](https://bank.example/)")).not.toContain("(");
    expect(html("[v1.2](https://bank.example/)")).not.toContain("(");
  });
});

const HOSTILE = [
  "```x\"onload=alert(1)\na\n```",
  "$<img src=x onerror=alert(1)>$",
  "$$\n</code></pre><script>alert(1)</script>\n$$",
  "```math\n\\href{javascript:alert(1)}{x}\n```",
  "[a](/c/00000000-0000-7000-8000-000000000001\"onclick=alert(1))",
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>",
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](&#106;avascript:alert(1))",
  "[a](java\tscript:alert(1))",
  "[a](data:text/html,<script>alert(1)</script>)",
  "[a](vbscript:x)",
  "[a](file:///etc/passwd)",
  "![a](javascript:alert(1))",
  "![a](x\"onerror=\"alert(1))",
  "[a](https://x\"onmouseover=\"alert(1))",
  "<https://x\" onclick=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<style>body{display:none}</style>",
  "<form action=//evil><input name=password></form>",
  "<iframe src=//evil></iframe>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
  "<div style='position:fixed;inset:0'>x</div>",
  "```\n</code></pre><script>alert(1)</script>\n```",
  "a <b class=at>@lin</b>",
  "[x]: javascript:alert(1)\n[x]",
];

describe("hostile source", () => {
  it.each(HOSTILE)("does nothing: %s", (source) => {
    for (const element of elements(source)) {
      expect(["SCRIPT", "IMG", "SVG", "STYLE", "FORM", "IFRAME", "MATH", "DIV", "B"]).not.toContain(
        element.tagName.toUpperCase(),
      );
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$|^class$|^id$/);
        if (name === "href") expect(value).toMatch(/^(https?:|mailto:)/i);
      }
    }
  });

  it("shows pictures as links, so that nobody's server learns who reads", () => {
    expect(html("![cat](https://example.com/cat.png)")).toMatch(/<a href="https:\/\/example.com\/cat.png"/);
  });

  it.each([
    ["quotes", "> ".repeat(1_000) + "deep"],
    ["tight quotes", ">".repeat(20_000) + "deep"],
    ["lists", Array.from({ length: 1_000 }, (_, at) => `${" ".repeat(at * 2)}- x`).join("\n")],
    ["lists on one line", "- ".repeat(1_000) + "x"],
    ["stars", "*a ".repeat(6_000)],
    ["many stars", "*".repeat(20_000)],
    ["underscores", "_a_".repeat(6_000)],
    ["brackets", "[".repeat(20_000)],
    ["links", "[a](".repeat(5_000)],
    ["backticks", "`a``".repeat(5_000)],
    ["tags", "<a ".repeat(6_000)],
    ["pipes", `${"|".repeat(5_000)}\n${"|-".repeat(2_500)}`],
    ["tildes", "~~a".repeat(6_000)],
    ["at signs", "@".repeat(20_000)],
    ["dollars", "$".repeat(20_000)],
    ["open formulas", "$a ".repeat(10_000)],
    ["open blocks of formulas", "$$\na\n\n".repeat(4_000)],
    ["emoji", "👩‍👩‍👧‍👦".repeat(3_600)],
    ["invisible characters", "\u200B\u202E\u2066".repeat(6_000)],
    ["links that pose", "[a.b](https://c.d) ".repeat(1_500)],
    ["labels of a host", `[${"a.".repeat(9_000)}](https://c.d)`],
  ])(
    "of nested or repeated %s ends, and shows something",
    (_, source) => {
      expect(render(source, { mention: nobody }).textContent).not.toBe("");
    },
    // Far above what a slow machine needs, far below what a backtracking one takes.
    60_000,
  );
});

describe("mentions", () => {
  const person = { role: "member" as const, state: "active" as const, created_at: 1 };
  const users = [
    { ...person, id: "1", handle: "lin", name: "林晓雨" },
    { ...person, id: "2", handle: "林晓雨", name: "Lin" },
    { ...person, id: "3", handle: "me", name: "Me" },
  ];
  const directory: Directory = {
    users: new Map(users.map((user) => [user.handle, user])),
    groups: new Map(),
    me: "3",
  };
  const chips = (source: string, mentions: { users?: string[]; wide?: "channel" } | null): string[] => {
    const fragment = render(source, { mention: lookup(directory, mentions) });
    return [...fragment.querySelectorAll(".at")].map((chip) => chip.textContent);
  };

  it("are chips with names, also after a full-width sign and before Chinese", () => {
    expect(chips("hi @lin, ＠lin. @林晓雨帮忙看", null)).toEqual(["@林晓雨", "@林晓雨", "@Lin"]);
    expect(chips("你好@lin", null)).toEqual(["@林晓雨"]);
  });

  it("are only those that the server saw", () => {
    expect(chips("@lin @me", { users: ["3"] })).toEqual(["@Me"]);
    expect(chips("@channel", {})).toEqual([]);
    expect(chips("@channel", { wide: "channel" })).toEqual(["@channel"]);
  });

  it("are none in code, links and addresses", () => {
    expect(chips("`@lin` a@lin https://x.org/@lin", null)).toEqual([]);
    expect(chips("@linus", null)).toEqual([]);
  });
});
