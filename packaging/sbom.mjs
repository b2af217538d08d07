// Writes what the programs are made of as CycloneDX 1.5: the crates that are linked or that run while
// building, and the npm packages that are in the browser app. Same sources, same bytes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const version = process.argv[2];
const roots = ["hearth-daemon", "hearth-hwctl"];
const options = { encoding: "utf8", maxBuffer: 1 << 28 };

/** A licence as SPDX has it: older crates write `MIT/Apache-2.0`. */
const licence = (text) => (text ? [{ expression: text.replaceAll("/", " OR ") }] : undefined);

const order = (a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);

/** Crates by what cargo resolves for this machine, without what only tests need. */
function crates() {
  const host = /host: (\S+)/.exec(execFileSync("rustc", ["-vV"], options))[1];
  const words = ["metadata", "--locked", "--format-version", "1", "--filter-platform", host];
  const metadata = JSON.parse(execFileSync("cargo", words, options));
  const packages = new Map(metadata.packages.map((found) => [found.id, found]));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const sums = checksums();
  const linked = reach(nodes, (kind) => kind.kind === null, packages);
  const all = reach(nodes, (kind) => kind.kind !== "dev", packages);
  const reference = (id) => `pkg:cargo/${packages.get(id).name}@${packages.get(id).version}`;
  return [...all.keys()].map((id) => {
    const { name, version, license } = packages.get(id);
    const sum = sums.get(`${name} ${version}`);
    return {
      component: {
        type: roots.includes(name) ? "application" : "library",
        "bom-ref": reference(id), name, version, purl: reference(id),
        scope: linked.has(id) ? "required" : "excluded",
        licenses: licence(license),
        hashes: sum && [{ alg: "SHA-256", content: sum }],
      },
      dependsOn: [...new Set(all.get(id).map(reference))].sort(),
    };
  });
}

/** What can be reached over edges that are wanted: each package, and those it needs. */
function reach(nodes, wanted, packages) {
  const reached = new Map();
  const open = [...nodes.keys()].filter((id) => roots.includes(packages.get(id).name));
  while (open.length > 0) {
    const id = open.pop();
    if (reached.has(id)) continue;
    const needs = nodes.get(id).deps.filter((dep) => dep.dep_kinds.some(wanted)).map((dep) => dep.pkg);
    reached.set(id, needs);
    open.push(...needs);
  }
  return reached;
}

function checksums() {
  const lock = readFileSync("Cargo.lock", "utf8").split("[[package]]");
  const field = (part, key) => new RegExp(`^${key} = "(.*)"`, "m").exec(part)?.[1];
  return new Map(lock.map((part) => [`${field(part, "name")} ${field(part, "version")}`, field(part, "checksum")]));
}

/** npm packages that the app's own code imports, and what those need. */
function modules() {
  const { packages } = JSON.parse(readFileSync("web/package-lock.json", "utf8"));
  const files = readdirSync("web/src", { recursive: true }).filter((path) => /(?<!test)\.(ts|svelte|css)$/.test(path));
  const sources = files.sort().map((path) => readFileSync(join("web/src", path), "utf8"));
  const imports = sources.flatMap((text) => [...text.matchAll(/(?:from|import|@import)\s*\(?\s*["']([^."'$][^"']*)["']/g)]);
  const named = imports.map(([, path]) => path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/"));
  const found = new Map();
  // The nearest folder has it, as Node looks for it.
  const open = [...new Set(named)].map((name) => ["", name]);
  while (open.length > 0) {
    const [from, name] = open.pop();
    const place = nearest(packages, from, name);
    if (!place || found.has(place)) continue;
    const { version, license, integrity, dependencies = {} } = packages[place];
    found.set(place, { name, version, license, integrity });
    open.push(...Object.keys(dependencies).map((needed) => [place, needed]));
  }
  // Types are gone once it is built.
  const kept = [...found.values()].filter(({ name }) => !name.startsWith("@types/"));
  const unique = new Map(kept.map((one) => [`pkg:npm/${one.name.replace("@", "%40")}@${one.version}`, one]));
  return [...unique].map(([purl, { name, version, license, integrity }]) => ({
    component: {
      type: "library", "bom-ref": purl, name, version, purl, scope: "required", licenses: licence(license),
      hashes: integrity && [{ alg: "SHA-512", content: Buffer.from(integrity.split("-")[1], "base64").toString("hex") }],
    },
  }));
}

function nearest(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    const place = `${folder ? `${folder}/` : ""}node_modules/${name}`;
    if (packages[place]) return place;
    if (!folder) return undefined;
  }
}

const rust = crates();
const parts = [...rust, ...modules()];
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
    component: { type: "application", "bom-ref": "hearth", name: "hearth", version },
  },
  components: parts.map((part) => part.component).sort(order),
  dependencies: [
    { ref: "hearth", dependsOn: rust.map((part) => part.component["bom-ref"]).filter((ref) => roots.some((root) => ref.includes(`/${root}@`))).sort() },
    ...rust.map(({ component, dependsOn }) => ({ ref: component["bom-ref"], dependsOn })).sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  ],
};
const digest = createHash("sha256").update(JSON.stringify(bom)).digest("hex");
bom.serialNumber = `urn:uuid:${digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5")}`;
console.log(JSON.stringify(bom, null, 1));
