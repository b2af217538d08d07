/// <reference types="node" />
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

import { isLater } from "./words.ts";

interface Options {
  scriptBytesMax: number;
  styleBytesMax: number;
}

/**
 * Fails the build when what a first visit loads grows past the budget, counted after gzip. A first
 * visit loads the entry, what it imports statically, one language, and the styles of these. Pages
 * that open later bring theirs with them.
 */
export function budget({ scriptBytesMax, styleBytesMax }: Options): Plugin {
  return {
    name: "hearth-budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const first = new Set<string>();
        const walk = (fileName: string): void => {
          const file = bundle[fileName];
          if (file?.type !== "chunk" || first.has(fileName)) return;
          first.add(fileName);
          file.imports.forEach(walk);
        };
        const size = (fileName: string): number => {
          const file = bundle[fileName];
          if (file === undefined) return 0;
          return gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 }).length;
        };
        const total = (names: string[]): number => names.reduce((sum, name) => sum + size(name), 0);

        for (const file of Object.values(bundle)) {
          if (file.type !== "chunk") continue;
          // The frame in which diagrams are drawn is an entry too, and no part of a first visit.
          const table = file.facadeModuleId?.endsWith("/zh-CN.json");
          if (table || ["index", "chat"].includes(file.name)) walk(file.fileName);
        }
        const styles = new Set<string>();
        const early = new Set<string>();
        for (const fileName of first) {
          const file = bundle[fileName];
          if (file?.type !== "chunk") continue;
          file.viteMetadata?.importedCss.forEach((css) => styles.add(css));
          const said = file.code.match(/(?<=["'`])[a-z]+\.[A-Za-z]+(?=["'`])/g) ?? [];
          said.filter(isLater).forEach((key) => early.add(key));
        }
        if (early.size > 0) this.error(`a first visit says ${[...early].join(", ")}; see build/words.ts`);
        const script = total([...first]);
        const style = total([...styles]);
        this.info(`first load: ${script} bytes of script, ${style} bytes of style, gzipped`);
        if (script > scriptBytesMax) this.error(`script is ${script} > ${scriptBytesMax} bytes`);
        if (style > styleBytesMax) this.error(`style is ${style} > ${styleBytesMax} bytes`);
      },
    },
  };
}
