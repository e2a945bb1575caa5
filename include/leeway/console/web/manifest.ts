import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** What the bundle is made of, besides everything in src. tests/unit/console/test_bundle.py names the same files. */
const SOURCES = ["manifest.ts", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"];

/** What of others is in the bundle; React is not, it comes from Airflow. */
const BUNDLED = ["echarts", "tslib", "zrender"];

interface Options {
  folder: string;
  bundle: string;
  /** Bytes of the compressed bundle that are too many. */
  limit: number;
}

/** After a build: refuse a bundle that is too large, note what it was built from, and put the licences beside it. */
export function manifest({ folder, bundle, limit }: Options): Plugin {
  return {
    name: "leeway-manifest",
    apply: "build",
    closeBundle() {
      const built = readFileSync(join(folder, bundle));
      const compressed = gzipSync(built, { level: 9 }).length;
      this.info(`${built.length} bytes, ${compressed} compressed, at most ${limit}`);
      if (compressed > limit) this.error(`the bundle is too large: ${compressed} bytes compressed`);
      const told = { source: digestOf(folder), bundle: sha256(built) };
      writeFileSync(join(folder, bundle, "../manifest.json"), `${JSON.stringify(told, null, 2)}\n`);
      writeFileSync(join(folder, bundle, "../licences.txt"), BUNDLED.map((name) => licenceOf(folder, name)).join("\n"));
    },
  };
}

/** The sha256 over the names of all sources and the sha256 of each. */
function digestOf(folder: string): string {
  const sources = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const lines = [...SOURCES, ...sources].sort().map((name) => `${name} ${sha256(readFileSync(join(folder, name)))}\n`);
  return sha256(lines.join(""));
}

function licenceOf(folder: string, bundled: string): string {
  const place = join(folder, "node_modules", bundled);
  const about = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as { name: string; version: string };
  const texts = ["LICENSE", "LICENSE.txt", "NOTICE"].map((file) => join(place, file)).filter(existsSync);
  return [`== ${about.name} ${about.version}\n`, ...texts.map((file) => readFileSync(file, "utf8"))].join("\n");
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
